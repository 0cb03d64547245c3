// How connections leave this machine: straight, or by an upstream proxy.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gemkeeper::proxy {

struct egress {
  enum class protocol : std::uint8_t {
    direct,
    http,    // CONNECT (RFC 9110, 9.3.6)
    https,   // the same inside TLS to the proxy
    socks5,  // RFC 1928; names are looked up by the proxy
  };

  egress() = default;
  egress(const egress&) = default;
  egress(egress&&) = default;
  egress& operator=(const egress&) = default;
  egress& operator=(egress&&) = default;
  ~egress();  // wipes the credentials

  protocol kind = protocol::direct;
  std::string host;        // a name in lower case, or a numeric address without brackets
  std::uint16_t port = 0;  // 80, 443 and 1080 where none is given
  std::string user;        // a secret, as the password is; empty: there are no credentials
  std::string password;

  // Without credentials, for logs and errors: "http://proxy.corp:3128", "direct".
  [[nodiscard]] std::string label() const;
};

// "http://[user[:password]@]host[:port]", "https://…", "socks5://…" ("socks5h://…" is the same), or
// "direct"; user and password percent-encoded (RFC 3986, 2.1). What is wrong with it, and nothing
// of the text, which may hold a password; empty: nothing is. Pure.
std::string parse_egress(std::string_view text, egress& into);

}  // namespace gemkeeper::proxy
