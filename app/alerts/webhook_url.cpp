#include "webhook_url.hpp"

#include <algorithm>

namespace gemkeeper::app {

complaint parse_webhook_url(std::string_view text, proxy::post_destination& into) {
  constexpr std::string_view scheme_end = "://";
  const std::size_t scheme = text.find(scheme_end);
  const std::size_t begin = scheme == text.npos ? text.size() : scheme + scheme_end.size();
  const std::size_t end = std::min(text.find_first_of("/?#", begin), text.size());
  const std::string_view origin = text.substr(0, end);
  if (origin.find('@') != origin.npos) {
    return "must not hold credentials (the signature tells the receiver who sends)";
  }
  proxy::upstream_settings parsed;
  if (auto wrong = parse_base_url(origin, parsed); !wrong.empty()) return wrong;
  const std::string_view rest = text.substr(end);
  const auto unsafe = [](unsigned char c) { return c <= ' ' || c >= 0x7f; };
  if (std::ranges::any_of(rest, unsafe) || rest.find('#') != rest.npos) {
    return "has a fragment, or characters that must be percent-encoded";
  }
  into.tls = parsed.tls;
  into.host = parsed.host;
  into.port = parsed.port;
  into.target = rest.starts_with('/') ? std::string(rest) : "/" + std::string(rest);
  return {};
}

}  // namespace gemkeeper::app
