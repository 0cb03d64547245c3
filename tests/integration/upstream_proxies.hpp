// What the tests of upstream proxies share.
#pragma once

#include "support/fake_proxy.hpp"
#include "support/proxy_rig.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

namespace gemkeeper::test {

using namespace std::chrono_literals;
using protocol = fake_proxy::protocol;

inline constexpr std::string_view login = "egress-user:egress-pass@word";
inline constexpr std::string_view login_in_url = "egress-user:egress-pass%40word";

inline const sandbox::tls_identity& identity() {
  static const sandbox::tls_identity made = sandbox::make_identity();
  return made;
}
inline const ca_file& trusted() {
  static const ca_file made(identity().authority);
  return made;
}

inline fake_proxy::manners speaking(protocol what, std::string_view wanted_login = {},
                                    const sandbox::tls_identity* tls = nullptr) {
  fake_proxy::manners how;
  how.speaks = what;
  how.login = wanted_login;
  how.identity = tls;
  return how;
}
inline fake_proxy::manners lying(std::string lie, protocol what = protocol::http) {
  fake_proxy::manners how;
  how.speaks = what;
  how.lie = std::move(lie);
  return how;
}

// To an upstream of a name that exists nowhere but behind the proxy.
inline proxy_rig::adjustment through(std::string url, bool tls = false) {
  return [url = std::move(url), tls](proxy::proxy_settings& settings) {
    settings.upstream.proxy = url;
    settings.upstream.proxy_ca_file = trusted().path();
    settings.upstream.host = tls ? "generativelanguage.googleapis.com" : "gemini.invalid";
    settings.upstream.tls = tls;
    if (tls) settings.upstream.ca_file = trusted().path();
  };
}

inline bool shows_credentials(std::string_view text) {
  return text.find("egress-user") != text.npos || text.find("egress-pass") != text.npos;
}

// What ends a connection comes a moment after its reason.
inline bool comes_true(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(2ms);
  }
  return true;
}

inline pool::key_spec key(std::string_view name, std::string_view secret, std::string proxy = {}) {
  pool::key_spec made;
  made.name = name;
  made.secret = secret;
  made.proxy = std::move(proxy);
  return made;
}

}  // namespace gemkeeper::test
