#include "support/intercept_rig.hpp"

#include "support/tunnel_rig.hpp"
#include <gemkeeper/proxy/certificate_authority.hpp>

#include <chrono>
#include <cstdlib>

namespace gemkeeper::test {

intercept_rig::directory::directory() {
  std::string name = (std::filesystem::temp_directory_path() / "gemkeeper-ca-XXXXXX").native();
  if (::mkdtemp(name.data()) == nullptr) throw wire_error("mkdtemp failed");
  path_ = name;
}

intercept_rig::directory::~directory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

intercept_rig::intercept_rig(const proxy_rig::adjustment& adjust)
    : proxy(upstream.port(), [&](proxy::proxy_settings& settings) {
        settings.intercept.ca_directory = state_.path() / "ca";
        if (adjust) adjust(settings);
      }) {}

tls_client intercept_rig::client_of(std::string_view host) const {
  const auto trusted =
      proxy::open_trusted_roots(proxy.settings(), std::chrono::system_clock::now());
  tls_client as;
  as.trusted = trusted.roots.at(0).pem;
  as.server_name = as.expected = host;
  return as;
}

connection intercept_rig::tunnel(std::string_view host) const {
  connection client = proxy.connect();
  client.send(connect_to(std::string(host) + ":443"));
  if (client.receive(established.size()) != established) throw wire_error("no tunnel");
  return client;
}

connection intercept_rig::secured(std::string_view host) const {
  connection client = tunnel(host);
  client.connect_tls(client_of(host));
  return client;
}

message intercept_rig::serve(std::string_view with) {
  connection visitor = upstream.accept();
  message request = read_request(visitor);
  visitor.send(with);
  return request;
}

}  // namespace gemkeeper::test
