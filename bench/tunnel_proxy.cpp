// gemkeeper's proxy as bench/tunnels needs it: with one worker, and with tunnels to 127.0.0.1,
// which no configuration of the real one allows. Prints "port N"; ends with its input.
#include <gemkeeper/pool/pool.hpp>
#include <gemkeeper/proxy/server.hpp>

#include <fmt/format.h>

#include <cstdio>
#include <string>

namespace {

class no_log final : public gemkeeper::proxy::request_observer {
  void finished(const gemkeeper::proxy::request_record&) override {}
};

}  // namespace

int main(int argc, char** argv) {
  using namespace gemkeeper;
  if (argc != 2) {
    fmt::print(stderr, "usage: bench_tunnel_proxy TARGET-PORT\n");
    return 2;
  }
  proxy::proxy_settings settings;
  settings.listen = {{proxy::listen_address::family::tcp, "127.0.0.1", 0, {}}};
  settings.workers = 1;
  settings.upstream.tls = false;
  settings.upstream.host = "127.0.0.1";
  settings.connect.ports = {static_cast<std::uint16_t>(std::stoul(argv[1]))};
  pool::key_pool keys({}, "hash key of the bench");
  no_log observer;
  const proxy::server server(settings, keys, observer,
                             {.tunnel_exempt = {"127.0.0.1"}, .prices = nullptr});
  const std::string& address = server.addresses().front();
  fmt::print("port {}\n", address.substr(address.rfind(':') + 1));
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  return 0;
}
