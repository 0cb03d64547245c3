// One POST to a server of the operator's choice, with the data path's own client: look-up, upstream
// proxies, verified TLS. For webhooks; off the data path.
#pragma once

#include <gemkeeper/proxy/settings.hpp>

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

namespace gemkeeper::proxy {

// Where a POST goes. The strings may hold secrets: no message repeats `target` or `via`.
struct post_destination {
  bool tls = true;
  std::string host;  // a name, or a numeric address without brackets
  std::uint16_t port = 443;
  std::string target = "/";   // with the query
  std::string ca_file;        // of the CAs to trust; empty: the system's
  std::string via;            // as of `parse_egress`; empty: straight
  std::string proxy_ca_file;  // for an https:// proxy
  // Where these are set, for messages: "alerts" makes "alerts.webhook_url".
  std::string_view ca_setting, via_setting, url_setting;
};

struct post_answer {
  int status = 0;       // 0: there was no answer
  std::string problem;  // why there was none, and which setting to look at
  std::string body;     // of the answer, its first KiB
};

// Sends `body` with these header fields ("name: value\r\n" each) beside Host, Content-Length and
// Connection. Follows no redirect. Blocks for `limit` at most; from any thread. Ends early once
// `abandoned` says so, which is asked every 50 ms. Never throws for what happens on the way; what
// cannot be read (a CA file) is a problem too.
post_answer post(const post_destination& to, std::string_view fields, std::string_view body,
                 milliseconds limit, const std::function<bool()>& abandoned);

}  // namespace gemkeeper::proxy
