#include "ascii.hpp"
#include <gemkeeper/gemini/judge.hpp>
#include <gemkeeper/gemini/live.hpp>

namespace gemkeeper::gemini {
namespace {

// The HTTP status that the same error has elsewhere in the API (protocol document, 5.9).
int status_of_close(std::uint16_t code, std::string_view reason) {
  switch (code) {
    case 1007:
      return 400;
    case 1008:
      return ascii::contains(reason, "not found") ? 404 : 403;
    case 1012:
    case 1013:
      return 503;
    case 1014:
      return 502;
    case 1011:
      return 500;
    default:
      return 400;
  }
}

}  // namespace

pool::verdict judge_live_close(std::uint16_t code, std::string_view reason, const endpoint& where) {
  if (code == 1000 || code == 1001) {
    pool::verdict ended;
    ended.kind = pool::outcome::success;
    ended.next = pool::next_step::pass_on;
    ended.reason = "closed";
    return ended;
  }
  answer what;
  what.status = status_of_close(code, reason);
  what.body = reason;
  return judge(what, where);
}

}  // namespace gemkeeper::gemini
