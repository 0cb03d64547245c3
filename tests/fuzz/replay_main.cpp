// Stands in for libFuzzer where there is none: runs a target on files and on their beginnings.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

std::vector<std::uint8_t> read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void replay(const std::vector<std::uint8_t>& input) {
  const std::size_t step = input.size() / 200 + 1;
  for (std::size_t left = 0; left <= input.size(); left += step) {
    // In memory of exactly its size, so that a sanitizer sees a read beyond it.
    const std::vector<std::uint8_t> beginning(input.begin(),
                                              input.end() - static_cast<std::ptrdiff_t>(left));
    LLVMFuzzerTestOneInput(beginning.data(), beginning.size());
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t files = 0;
  for (int i = 1; i < argc; ++i) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[i])) {
      if (!entry.is_regular_file()) continue;
      replay(read_file(entry.path()));
      ++files;
    }
  }
  std::cout << files << " seeds replayed\n";
  return files > 0 ? 0 : 1;
}
