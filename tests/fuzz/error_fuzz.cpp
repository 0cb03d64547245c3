// parse_error and the judge: any error body under any status, for every family.
#include "fuzz_input.hpp"
#include <gemkeeper/gemini/error.hpp>
#include <gemkeeper/gemini/judge.hpp>

#include <array>

using namespace gemkeeper;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::array<int, 16> statuses{200, 400, 401, 403, 404, 408, 409, 413,
                                         429, 499, 500, 501, 502, 503, 504, 999};
  const fuzz::input input(data, size);
  gemini::endpoint where;
  where.family = static_cast<gemini::api_family>(input.choice % 4);
  where.model = "gemini-3.6-flash";
  where.spends_quota = true;
  where.known = true;

  gemini::parse_error(input.text);
  gemini::parse_duration(input.text);
  gemini::judge({.status = statuses[input.choice / 4 % statuses.size()],
                 .content_type = "application/json",
                 .retry_after = input.text.substr(0, input.cut),
                 .body = input.text},
                where);
  gemini::judge_first_event(input.text, where);
  return 0;
}
