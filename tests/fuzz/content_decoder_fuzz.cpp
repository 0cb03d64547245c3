#include "fuzz_input.hpp"
#include <gemkeeper/gemini/content_decoder.hpp>

using namespace gemkeeper;
using gemini::content_decoder;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::input input(data, size);
  const auto coding = static_cast<gemini::content_coding>(input.choice % 5);

  std::vector<std::string> results;
  content_decoder decoder(coding);
  for (const auto& delivery : input.deliveries()) {
    decoder.reset(coding);
    std::string text;
    for (const std::string_view piece : delivery) {
      decoder.feed(piece, [&](std::string_view out) { text += out; });
    }
    // One piece of output may pass the bound before it is noticed.
    fuzz::require(text.size() <= content_decoder::free_output +
                                     content_decoder::max_ratio * input.text.size() + 16 * 1024);
    if (!decoder.failed()) results.push_back(std::move(text));
  }
  fuzz::require_same(results);
  return 0;
}
