#include "fuzz_input.hpp"
#include <gemkeeper/gemini/answer_resources.hpp>

#include <utility>

using namespace gemkeeper;

// The choice: whose answer it is.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static constexpr std::pair<const char*, const char*> requests[] = {
      {"GET", "/v1beta/files"},          {"POST", "/v1beta/interactions"},
      {"GET", "/v1beta/batches/b"},      {"GET", "/v1beta/interactions/i?stream=true"},
      {"GET", "/v1beta/openai/batches"}, {"POST", "/v1beta/openai/files"},
  };
  const fuzz::input input(data, size);
  const auto& [method, target] = requests[input.choice % std::size(requests)];
  const gemini::endpoint asked = gemini::classify(method, target);
  std::vector<std::vector<gemini::learned_resource>> results;
  gemini::answer_resources reader;
  for (const auto& delivery : input.deliveries()) {
    reader.reset(asked);
    for (const std::string_view piece : delivery)
      reader.feed(piece);
    reader.finish();
    results.push_back(reader.take());
    for (const gemini::learned_resource& one : results.back())
      fuzz::require(gemini::kind_of(one.name) != gemini::resource_kind::none);
  }
  fuzz::require_same(results);
  static_cast<void>(gemini::parse_timestamp(input.text));
  return 0;
}
