#include "channel.hpp"
#include "playback.hpp"
#include "session.hpp"
#include <gemkeeper/sandbox/server.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <sys/socket.h>

#include <charconv>
#include <cstdio>
#include <stdexcept>
#include <thread>

namespace gemkeeper::sandbox {
namespace {

using tcp = asio::ip::tcp;
using acceptor = asio::basic_socket_acceptor<tcp, executor>;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable_t<executor>{});

// A thread with connections of its own.
struct worker {
  asio::io_context context{1};
  asio::executor_work_guard<executor> busy{context.get_executor()};
  std::thread thread;
};

// Sessions and acceptors end by return; an exception is a bug, or no memory. The others go on.
void report(std::exception_ptr error) {
  if (!error) return;
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& what) {
    fmt::print(stderr, "gemkeeper sandbox: a connection failed: {}\n", what.what());
  }
}

task<void> serve(std::unique_ptr<channel> connection, playback& played) {
  session life(std::move(connection), played);
  co_await life.run();
}

task<void> accept(acceptor from, asio::ssl::context* tls, playback& played) {
  steady_timer waiting(from.get_executor());
  for (;;) {
    auto [error, socket] = co_await from.async_accept(as_result);
    if (error == asio::error::operation_aborted) co_return;
    if (error) {
      // No file descriptor is left, most likely.
      waiting.expires_after(std::chrono::milliseconds(10));
      co_await waiting.async_wait(as_result);
      continue;
    }
    auto connection = std::make_unique<channel>(std::move(socket), tls);
    asio::co_spawn(from.get_executor(), serve(std::move(connection), played), report);
  }
}

tcp::endpoint resolve(asio::io_context& context, std::string_view address) {
  const std::size_t colon = address.rfind(':');
  std::uint16_t port = 0;
  const char* const end = address.data() + address.size();
  const auto complain = [&](std::string_view why) {
    return std::runtime_error(fmt::format(
        "cannot listen on \"{}\": {} (write it as 127.0.0.1:8002 or [::1]:8002)", address, why));
  };
  if (colon == std::string_view::npos ||
      std::from_chars(address.data() + colon + 1, end, port).ptr != end) {
    throw complain("no port");
  }
  std::string_view host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  error_code error;
  tcp::resolver resolver(context);
  const auto found = resolver.resolve(host, std::to_string(port), error);
  if (error || found.empty()) throw complain(error.message());
  return found.begin()->endpoint();
}

acceptor open(asio::io_context& context, const tcp::endpoint& at) {
  acceptor opened(context.get_executor());
  opened.open(at.protocol());
  opened.set_option(tcp::acceptor::reuse_address(true));
  using reuse_port = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
  opened.set_option(reuse_port(true));
  opened.bind(at);
  opened.listen(4096);
  return opened;
}

int choose_http_1_1(SSL*, const unsigned char** chosen, unsigned char* length,
                    const unsigned char* offered, unsigned int offered_length, void*) {
  static constexpr unsigned char protocols[] = "\x08http/1.1";
  unsigned char* found = nullptr;
  if (SSL_select_next_proto(&found, length, protocols, sizeof protocols - 1, offered,
                            offered_length) != OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_NOACK;
  }
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

struct server::impl {
  impl(scenario what, server_settings with)
      : settings(std::move(with)), played(std::move(what), settings.now) {
    for (unsigned i = 0; i < std::max(1U, settings.threads); ++i) {
      workers.push_back(std::make_unique<worker>());
    }
    for (auto& each : workers) {
      each->thread = std::thread([&context = each->context] { context.run(); });
    }
  }

  ~impl() {
    for (auto& each : workers)
      each->context.stop();
    for (auto& each : workers)
      each->thread.join();
  }
  impl(const impl&) = delete;
  impl& operator=(const impl&) = delete;

  asio::ssl::context* prepare_tls() {
    if (tls) return tls.get();
    if (settings.identity.certificate.empty()) settings.identity = make_identity();
    tls = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
    tls->set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
    tls->use_certificate_chain(asio::buffer(settings.identity.certificate));
    tls->use_private_key(asio::buffer(settings.identity.private_key), asio::ssl::context::pem);
    constexpr std::string_view id = "gemkeeper sandbox";
    SSL_CTX_set_session_id_context(tls->native_handle(),
                                   reinterpret_cast<const unsigned char*>(id.data()), id.size());
    SSL_CTX_set_alpn_select_cb(tls->native_handle(), choose_http_1_1, nullptr);
    SSL_CTX_set_mode(tls->native_handle(), SSL_MODE_RELEASE_BUFFERS);
    return tls.get();
  }

  std::uint16_t listen(std::string_view address, transport how) {
    const std::scoped_lock lock(mutex);
    asio::ssl::context* const secure = how == transport::tls ? prepare_tls() : nullptr;
    tcp::endpoint at = resolve(workers.front()->context, address);
    try {
      for (auto& each : workers) {
        acceptor opened = open(each->context, at);
        at = opened.local_endpoint();
        asio::co_spawn(each->context, accept(std::move(opened), secure, played), report);
      }
    } catch (const boost::system::system_error& error) {
      throw std::runtime_error(fmt::format("cannot listen on \"{}\": {} (choose another port)",
                                           address, error.code().message()));
    }
    port = at.port();
    return at.port();
  }

  server_settings settings;
  playback played;
  mutable std::mutex mutex;
  std::unique_ptr<asio::ssl::context> tls;
  std::uint16_t port = 0;
  // Last: their connections refer to all of the above.
  std::vector<std::unique_ptr<worker>> workers;
};

namespace {

scenario with_keys(scenario what) {
  constexpr std::size_t enough = 3;
  if (what.keys.empty()) what.keys = default_keys(enough);
  return what;
}

}  // namespace

server::server(scenario what, server_settings settings)
    : impl_(std::make_unique<impl>(with_keys(std::move(what)), std::move(settings))) {}
server::~server() = default;

std::uint16_t server::listen(std::string_view address, transport how) {
  return impl_->listen(address, how);
}

std::uint16_t server::port() const {
  const std::scoped_lock lock(impl_->mutex);
  return impl_->port;
}

std::string server::ca_pem() const {
  const std::scoped_lock lock(impl_->mutex);
  return impl_->settings.identity.authority;
}

void server::set_scenario(scenario what) {
  impl_->played.play(std::move(what));
}
void server::reset() {
  impl_->played.reset();
}

std::vector<recorded_request> server::requests() const {
  return impl_->played.log().requests();
}

bool server::wait_until(const std::function<bool(const std::vector<recorded_request>&)>& condition,
                        std::chrono::milliseconds limit) const {
  return impl_->played.log().wait_until(condition, limit);
}

std::uint64_t server::connections_accepted() const {
  return impl_->played.connections_accepted;
}
std::uint64_t server::connections_open() const {
  return impl_->played.connections_open;
}

}  // namespace gemkeeper::sandbox
