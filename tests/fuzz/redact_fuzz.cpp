// The redactor: lengths never change, the key never survives, and cuts do not matter.
#include "fuzz_input.hpp"
#include <gemkeeper/gemini/redact.hpp>

using namespace gemkeeper;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::string_view secret = "AIza/q-1";
  const fuzz::input input(data, size);

  std::vector<std::string> results{std::string(input.text)};
  gemini::redactor(secret).redact(results.front());
  fuzz::require(results.front().size() == input.text.size());
  fuzz::require(results.front().find(secret) == std::string::npos);

  for (const auto& delivery : input.deliveries()) {
    gemini::stream_redactor redactor(secret);
    std::string text;
    for (const std::string_view piece : delivery)
      text += redactor.feed(piece);
    results.push_back(text + redactor.finish());
  }
  fuzz::require_same(results);
  return 0;
}
