#include "support/tunnel_rig.hpp"

#include <utility>

namespace gemkeeper::test {

std::string connect_to(std::string_view authority, std::string_view fields) {
  const std::string name(authority);
  return "CONNECT " + name + " HTTP/1.1\r\nHost: " + name + "\r\n" + std::string(fields) + "\r\n";
}

// The target stands in for the upstream too: a request that took a key would be seen.
tunnel_rig::tunnel_rig(const proxy_rig::adjustment& adjust)
    : proxy(target.port(),
            [&](proxy::proxy_settings& settings) {
              settings.connect.ports = {target.port()};
              if (adjust) adjust(settings);
            },
            {.tunnel_exempt = {"127.0.0.1"}, .prices = nullptr}) {}

std::string tunnel_rig::authority() const {
  return "127.0.0.1:" + std::to_string(target.port());
}

tunnel_rig::tunnel tunnel_rig::open() {
  connection client = proxy.connect();
  client.send(connect_to(authority()));
  connection behind = accept(client);
  return {std::move(client), std::move(behind)};
}

connection tunnel_rig::accept(connection& client) {
  if (client.receive(established.size()) != established) throw wire_error("no tunnel");
  return target.accept();
}

}  // namespace gemkeeper::test
