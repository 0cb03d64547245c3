#include "fuzz_input.hpp"
#include <gemkeeper/gemini/request_body.hpp>

#include <tuple>

using namespace gemkeeper;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::input input(data, size);
  std::vector<std::tuple<std::string, bool, bool>> results;
  gemini::request_scanner scanner;
  for (const auto& delivery : input.deliveries()) {
    scanner.reset();
    for (const std::string_view piece : delivery)
      scanner.feed(piece);
    results.emplace_back(scanner.model(), scanner.stream(), scanner.done());
  }
  fuzz::require_same(results);
  return 0;
}
