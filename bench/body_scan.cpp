// What looking into a request's body costs: GB/s of `request_scanner` beside those of copying the
// same body once, for bodies that name no resource.
#include <gemkeeper/gemini/request_body.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace gemkeeper::gemini;
using clock = std::chrono::steady_clock;

constexpr std::size_t body_size = 10UL << 20;
constexpr std::size_t read_size = 64UL << 10;  // what one read from a socket brings

std::string noise(std::size_t size, std::string_view letters) {
  std::mt19937 random(7);
  std::string text(size, ' ');
  for (char& c : text)
    c = letters[random() % letters.size()];
  return text;
}

std::string base64_body() {
  return R"({"contents":[{"parts":[{"inlineData":{"mimeType":"video/mp4","data":")" +
         noise(body_size, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") +
         R"("}},{"text":"What is this?"}]}],"generationConfig":{"temperature":0.5}})";
}

std::string one_long_text() {
  return R"({"contents":[{"parts":[{"text":")" + noise(body_size, "etaoin shrdlu etaoin shrdlu.,") +
         R"("}]}]})";
}

// Prose with line ends and quotations, 200 bytes a part.
std::string many_parts() {
  std::string body = R"({"contents":[)";
  const std::string part =
      R"({"role":"user","parts":[{"text":"It said \"files/abc\" and went on:\n)" +
      noise(130, "etaoin shrdlu ") + R"("}]},)";
  while (body.size() < body_size)
    body += part;
  return body + "{}]}";
}

template <class Work>
double gigabytes_per_second(std::size_t bytes, Work work) {
  double best = 0;
  for (int repeat = 0; repeat < 15; ++repeat) {
    const auto start = clock::now();
    work();
    const std::chrono::duration<double> took = clock::now() - start;
    best = std::max(best, static_cast<double>(bytes) / took.count() / 1e9);
  }
  return best;
}

template <class Each>
void in_reads(std::string_view body, Each each) {
  for (std::size_t at = 0; at < body.size(); at += read_size)
    each(body.substr(at, read_size));
}

}  // namespace

int main() {
  const struct {
    const char* name;
    std::string body;
  } bodies[] = {{"base64 in one string", base64_body()},
                {"one long text", one_long_text()},
                {"200-byte texts, escapes", many_parts()}};
  std::printf("%-26s%14s%14s%14s\n", "10 MiB, GB/s", "resources", "routing", "one copy");
  for (const auto& [name, body] : bodies) {
    request_scanner scanner;
    const auto scan = [&scanner, &text = body](body_facts wanted) {
      return gigabytes_per_second(text.size(), [&] {
        scanner.reset(wanted);
        in_reads(text, [&scanner](std::string_view piece) { scanner.feed(piece); });
      });
    };
    std::vector<char> out(read_size);
    const double copied = gigabytes_per_second(body.size(), [&out, &text = body] {
      in_reads(text, [&out](std::string_view piece) {
        std::memcpy(out.data(), piece.data(), piece.size());
        asm volatile("" : : "r"(out.data()) : "memory");
      });
    });
    const double resources = scan(body_facts::resources);
    const bool none = scanner.done() && scanner.resources().empty();
    std::printf("%-26s%14.1f%14.1f%14.1f%s\n", name, resources, scan(body_facts::routing), copied,
                none ? "" : "  (found what is not there)");
  }
}
