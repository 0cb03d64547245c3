#include "fuzz_input.hpp"
#include <gemkeeper/gemini/list_merge.hpp>

using namespace gemkeeper;

// Two answers of two projects, cut from the text; the choice: which list.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::input input(data, size);
  const gemini::endpoint asked =
      gemini::classify("GET", input.choice % 2 == 0 ? "/v1beta/files" : "/v1beta/openai/files");
  const gemini::list_shape shape = gemini::mergeable_list(asked).value();
  pool::project_ref first, second;
  first.key.hex.fill('a');
  second.key.hex.fill('b');
  gemini::list_merger merger(shape, {first, second}, {}, 3);
  for (const std::string_view body :
       {input.text.substr(0, input.cut), input.text.substr(input.cut), input.text}) {
    const auto question = merger.next();
    if (!question) break;
    std::string target;
    gemini::append_list_target(target, shape, input.text, *question);
    merger.take(body);
  }
  const auto page = merger.finish("secret", "scope");
  // What was put together is a list again.
  if (page) {
    gemini::list_merger again(shape, {first}, {}, 3);
    fuzz::require(again.take(*page));
  }
  static_cast<void>(gemini::read_list_request(shape, input.text));
  static_cast<void>(pool::open_page_token("secret", "scope", input.text));
  return 0;
}
