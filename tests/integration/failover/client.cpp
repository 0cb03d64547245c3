#include "client.hpp"

#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <chrono>
#include <stdexcept>

namespace gemkeeper::test {

namespace {

// What a healthy answer never takes, on a loaded machine with sanitizers either.
constexpr std::chrono::seconds patience{30};

}  // namespace

client::client(std::uint16_t port) : socket_(context_) {
  socket_.connect({asio::ip::address_v4::loopback(), port});
}

client::client(std::uint16_t port, const std::string& ca_pem) : client(port) {
  tls_.emplace(asio::ssl::context::tls_client);
  tls_->add_certificate_authority(asio::buffer(ca_pem));
  tls_->set_verify_mode(asio::ssl::verify_peer);
  stream_.emplace(socket_, *tls_);
  stream_->set_verify_callback(asio::ssl::host_name_verification("localhost"));
  stream_->handshake(asio::ssl::stream_base::client);
}

// Runs one asynchronous operation to its end.
template <class Start>
client::result client::finish(const Start& start) {
  std::optional<result> ended;
  start([&ended](const boost::system::error_code& error, std::size_t size) {
    ended = result{error, size};
  });
  context_.restart();
  context_.run_for(patience);
  if (!ended) {
    socket_.close();
    context_.run();
    throw std::runtime_error("the proxy is silent for too long");
  }
  return *ended;
}

response client::request(std::string_view method, std::string_view target, std::string_view body,
                         const fields& extra) {
  send_as(http::string_to_verb({method.data(), method.size()}), target, body, extra);
  return receive();
}

void client::send(std::string_view target, std::string_view body, const fields& extra) {
  send_as(body.empty() ? http::verb::get : http::verb::post, target, body, extra);
}

void client::send_as(http::verb method, std::string_view target, std::string_view body,
                     const fields& extra) {
  http::request<http::string_body> request(method, {target.data(), target.size()}, 11,
                                           std::string(body));
  request.set(http::field::host, "localhost");
  if (!body.empty()) request.set(http::field::content_type, "application/json");
  for (const auto& [name, value] : extra)
    request.set(name, value);
  request.prepare_payload();
  const auto [error, size] = finish([&](auto done) {
    if (stream_) {
      http::async_write(*stream_, request, std::move(done));
    } else {
      http::async_write(socket_, request, std::move(done));
    }
  });
  if (error) throw std::runtime_error("cannot send: " + error.message());
}

response client::receive() {
  for (;;) {
    http::response_parser<http::string_body> parser;
    parser.body_limit(64U << 20U);
    const auto [error, size] = finish([&](auto done) {
      if (stream_) {
        http::async_read(*stream_, buffer_, parser, std::move(done));
      } else {
        http::async_read(socket_, buffer_, parser, std::move(done));
      }
    });
    if (error) throw std::runtime_error("no whole answer: " + error.message());
    if (parser.get().result_int() >= 200) return parser.release();  // else an interim answer
  }
}

response client::call(std::string_view target, std::string_view body, const fields& extra) {
  send(target, body, extra);
  return receive();
}

bool client::read_some(std::string& into) {
  std::string bytes(16 * 1024, '\0');
  const auto [error, size] = finish([&](auto done) {
    if (stream_) {
      stream_->async_read_some(asio::buffer(bytes), std::move(done));
    } else {
      socket_.async_read_some(asio::buffer(bytes), std::move(done));
    }
  });
  into.append(bytes, 0, size);
  return !error;
}

std::string client::receive_until(std::string_view mark) {
  std::string got;
  while (got.find(mark) == std::string::npos && read_some(got)) {
  }
  return got;
}

std::string client::receive_to_end() {
  std::string got;
  while (read_some(got)) {
  }
  return got;
}

void client::close() {
  socket_.close();
}

std::string header(const response& of, std::string_view name) {
  const auto found = of.find({name.data(), name.size()});
  if (found == of.end()) return {};
  return {found->value().data(), found->value().size()};
}

}  // namespace gemkeeper::test
