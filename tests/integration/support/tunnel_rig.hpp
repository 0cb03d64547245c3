// The proxy with tunnels to a target on 127.0.0.1, which no configuration could allow.
#pragma once

#include "support/proxy_rig.hpp"
#include "support/raw_upstream.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace gemkeeper::test {

std::string connect_to(std::string_view authority, std::string_view fields = {});
constexpr std::string_view established = "HTTP/1.1 200 Connection established\r\n\r\n";

class tunnel_rig {
 public:
  explicit tunnel_rig(const proxy_rig::adjustment& adjust = {});

  [[nodiscard]] std::string authority() const;  // of the target
  // A client of a tunnel, and the target's end of it.
  struct tunnel {
    connection client;
    connection target;
  };
  tunnel open();
  // `client` has asked for a tunnel with what it sent.
  connection accept(connection& client);

  raw_upstream target;
  proxy_rig proxy;
};

}  // namespace gemkeeper::test
