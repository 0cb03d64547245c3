#include "client_connection.hpp"

#include "exchange/exchange.hpp"
#include "tunnel/tunnel.hpp"
#include "worker.hpp"

#include <memory>

namespace gemkeeper::proxy {

namespace {

constexpr std::chrono::seconds linger_time{2};
constexpr std::size_t linger_bytes = 16 * 1024 * 1024;

// Closing while the client is still sending would reset the connection, and the client might never
// read its answer (RFC 9112, 9.6).
awaitable<void> linger(worker& w, stream& client, signal& wake) {
  client.shutdown_send();
  wake.expire_after(linger_time);
  for (std::size_t read = 0; read < linger_bytes && !w.stopping();) {
    read += client.in().size();
    client.in().consume(client.in().size());
    if (co_await client.fill() != io_result::ok) break;
  }
}

}  // namespace

awaitable<void> serve_client(worker& w, unique_fd accepted) {
  // Shared with the read that is outstanding on it.
  const auto client = std::make_shared<stream>(w.context(), std::move(accepted));
  signal wake(w.deadlines());
  client->attach(&wake);
  exchange::fate fate = exchange::fate::keep_alive;
  opened_tunnel opened;
  {
    const auto one = std::make_unique<exchange>(w, *client, wake);
    while (fate == exchange::fate::keep_alive)
      fate = co_await one->run();
    opened = one->take_tunnel();
  }
  if (fate == exchange::fate::tunnel) {
    co_await serve_tunnel(w, *client, wake, opened);
    co_return;
  }
  if (fate == exchange::fate::linger) co_await linger(w, *client, wake);
  if (fate == exchange::fate::abort) {
    client->abort();
  } else {
    // Without close_notify, the last answer could have been cut short for all the client knows.
    if (client->tls() != nullptr) client->shutdown_send();
    client->close();
  }
}

}  // namespace gemkeeper::proxy
