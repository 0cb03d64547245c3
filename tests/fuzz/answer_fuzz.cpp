// usage_scanner and first_event: any answer, however it is framed and cut.
#include "fuzz_input.hpp"
#include <gemkeeper/gemini/first_event.hpp>
#include <gemkeeper/gemini/usage_meter.hpp>

#include <tuple>

using namespace gemkeeper;
using gemini::answer_form;

namespace {

using usage_result = std::tuple<bool, pool::token_usage, std::string, bool>;
using event_result = std::tuple<gemini::first_event::state, std::string, bool>;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::input input(data, size);
  const auto form = static_cast<answer_form>(input.choice % 4);

  std::vector<usage_result> usages;
  std::vector<event_result> events;
  gemini::usage_scanner scanner(form);
  gemini::first_event event(form);
  for (const auto& delivery : input.deliveries()) {
    scanner.reset(form);
    event.reset(form);
    for (const std::string_view piece : delivery) {
      scanner.feed(piece);
      event.feed(piece);
    }
    const bool complete = event.complete();
    const auto state = event.finish();
    usages.emplace_back(scanner.seen(), scanner.usage(), scanner.model_version(),
                        scanner.error_seen());
    events.emplace_back(state, event.error_json(), complete);
    if (state == gemini::first_event::state::data) std::get<std::string>(events.back()).clear();
  }
  fuzz::require_same(usages);
  // Its bound on an undecided start is looked at after each piece.
  if (size <= gemini::first_event::max_undecided) fuzz::require_same(events);
  return 0;
}
