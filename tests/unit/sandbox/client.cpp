#include "client.hpp"

#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http.hpp>

namespace gemkeeper::sandbox::test {

client::client(std::uint16_t port) : socket_(context_) {
  connect(port);
}

client::client(std::uint16_t port, const std::string& ca_pem, const std::string& host)
    : socket_(context_) {
  tls_.emplace(asio::ssl::context::tls_client);
  tls_->add_certificate_authority(asio::buffer(ca_pem));
  tls_->set_verify_mode(asio::ssl::verify_peer);
  connect(port);
  stream_.emplace(socket_, *tls_);
  stream_->set_verify_callback(asio::ssl::host_name_verification(host));
  // SSL_set_tlsext_host_name, without the old-style cast in that macro.
  SSL_ctrl(stream_->native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
           const_cast<char*>(host.c_str()));
  stream_->handshake(asio::ssl::stream_base::client);
}

response client::get(std::string target, const fields& headers) {
  return exchange(http::verb::get, std::move(target), {}, headers);
}

response client::post(std::string target, std::string body, const fields& headers) {
  return exchange(http::verb::post, std::move(target), std::move(body), headers);
}

response client::put(std::string target, std::string body) {
  return exchange(http::verb::put, std::move(target), std::move(body), {});
}

void client::send(std::string_view bytes) {
  if (stream_) {
    asio::write(*stream_, asio::buffer(bytes));
  } else {
    asio::write(socket_, asio::buffer(bytes));
  }
}

std::pair<std::string, boost::system::error_code> client::read_to_end() {
  std::string bytes;
  boost::system::error_code error;
  if (stream_) {
    asio::read(*stream_, asio::dynamic_buffer(bytes), error);
  } else {
    asio::read(socket_, asio::dynamic_buffer(bytes), error);
  }
  return {bytes, error};
}

std::string client::read_some() {
  std::string bytes(64 * 1024, '\0');
  const asio::mutable_buffer room = asio::buffer(bytes);
  bytes.resize(stream_ ? stream_->read_some(room) : socket_.read_some(room));
  return bytes;
}

void client::close() {
  socket_.close();
}

void client::connect(std::uint16_t port) {
  socket_.connect({asio::ip::make_address("127.0.0.1"), port});
}

response client::exchange(http::verb method, std::string target, std::string body,
                          const fields& headers) {
  http::request<http::string_body> request(method, target, 11, std::move(body));
  request.set(http::field::host, "localhost");
  for (const auto& [name, value] : headers)
    request.insert(name, value);
  request.prepare_payload();
  response answer;
  if (stream_) {
    http::write(*stream_, request);
    http::read(*stream_, buffer_, answer);
  } else {
    http::write(socket_, request);
    http::read(socket_, buffer_, answer);
  }
  return answer;
}

}  // namespace gemkeeper::sandbox::test
