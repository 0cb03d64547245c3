#include "admin_client.hpp"

#include <gemkeeper/app/values.hpp>

#include <boost/asio/connect.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>
#include <openssl/crypto.h>

#include <charconv>
#include <chrono>
#include <optional>

namespace gemkeeper::app {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using endpoint = asio::generic::stream_protocol::endpoint;

constexpr std::size_t max_answer = 64 * 1024 * 1024;

// Who listens on all addresses is asked on this machine's own.
asio::ip::address loopback_or(const proxy::listen_address& where) {
  const asio::ip::address address = asio::ip::make_address(where.host);
  if (!address.is_unspecified()) return address;
  return address.is_v4() ? asio::ip::address(asio::ip::address_v4::loopback())
                         : asio::ip::address(asio::ip::address_v6::loopback());
}

endpoint endpoint_of(const proxy::listen_address& where) {
  if (where.kind == proxy::listen_address::family::unix_path) {
    return asio::local::stream_protocol::endpoint(where.path);
  }
  return asio::ip::tcp::endpoint(loopback_or(where), where.port);
}

std::string request_text(const admin_settings& where, const admin_call& what) {
  std::string text = fmt::format("{} {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n",
                                 what.method, what.target);
  if (!where.token.empty()) text += "Authorization: Bearer " + where.token + "\r\n";
  if (!what.body.empty()) {
    text +=
        fmt::format("Content-Type: application/json\r\nContent-Length: {}\r\n", what.body.size());
  }
  return text + "\r\n" + what.body;
}

// By what the listener's certificate is known; its file is PEM.
struct trust {
  std::string file;
  std::string address;  // that the certificate must be for; empty: the file holds the very one
};

trust trust_for(const admin_settings& where, const proxy::listen_address& asked) {
  const std::string address = loopback_or(asked).to_string();
  if (!where.ca_file.empty()) return {where.ca_file, address};
  if (where.tls == "auto") return {where.local_ca, address};
  return {where.tls, {}};
}

// One exchange, each of whose steps has the time that is left.
class exchange {
 public:
  exchange(const endpoint& to, std::chrono::milliseconds patience)
      : end_(std::chrono::steady_clock::now() + patience), socket_(io_, to.protocol()) {
    socket_.async_connect(to, [this](const error_code& error) { error_ = error; });
    finish();
  }

  // False: the certificate, or the file of `by`, is no good.
  bool start_tls(const trust& by) {
    if (error_) return true;  // there is nobody, which is the better thing to say
    error_code wrong;
    context_.load_verify_file(by.file, wrong);
    if (wrong) {
      error_ = wrong;
      return false;
    }
    tls_.emplace(socket_, context_);
    tls_->set_verify_mode(asio::ssl::verify_peer, wrong);
    X509_VERIFY_PARAM* rules = SSL_get0_param(tls_->native_handle());
    // The very certificate, or a CA that another one has signed, is trusted too.
    X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_PARTIAL_CHAIN);
    if (!by.address.empty()) X509_VERIFY_PARAM_set1_ip_asc(rules, by.address.c_str());
    tls_->async_handshake(asio::ssl::stream_base::client,
                          [this](const error_code& error) { error_ = error; });
    finish();
    return !error_ || error_ == asio::error::timed_out;
  }

  std::string ask(const std::string& text) {
    return tls_ ? ask_by(*tls_, text) : ask_by(socket_, text);
  }
  [[nodiscard]] const error_code& error() const { return error_; }

 private:
  template <class Stream>
  std::string ask_by(Stream& stream, const std::string& text) {
    if (!error_) {
      asio::async_write(stream, asio::buffer(text),
                        [this](const error_code& error, std::size_t) { error_ = error; });
      finish();
    }
    std::string answer;
    if (!error_) {
      asio::async_read(stream, asio::dynamic_buffer(answer, max_answer),
                       [this](const error_code& error, std::size_t) { error_ = error; });
      finish();
    }
    return answer;
  }

  void finish() {
    io_.restart();
    io_.run_until(end_);
    if (io_.stopped()) return;
    socket_.close();
    io_.run();
    error_ = asio::error::timed_out;
  }

  const std::chrono::steady_clock::time_point end_;
  asio::io_context io_{1};
  asio::generic::stream_protocol::socket socket_;
  asio::ssl::context context_{asio::ssl::context::tls_client};
  std::optional<asio::ssl::stream<asio::generic::stream_protocol::socket&>> tls_;
  error_code error_;
};

}  // namespace

admin_reply ask_admin(const admin_settings& where, const admin_call& what) {
  admin_reply reply;
  if (where.listen.empty()) {
    reply.problem = "admin.listen is []: there is no admin API to ask (set an address)";
    return reply;
  }
  const proxy::listen_address& first = where.listen.front();
  const std::string address = format_listen_address(first);
  if (first.kind == proxy::listen_address::family::tcp && first.port == 0) {
    reply.problem = fmt::format(
        "admin.listen is {}, whose port only the log of the running gemkeeper tells (give it with "
        "--set admin.listen=HOST:PORT)",
        address);
    return reply;
  }
  const bool by_tls = where.tls != "off" && first.kind == proxy::listen_address::family::tcp;
  exchange asking(endpoint_of(first), what.patience);
  if (by_tls) {
    const trust by = trust_for(where, first);
    if (by.file.empty()) {
      reply.problem =
          "admin.tls is \"auto\", and nothing is written here, so that nobody can know its CA (set "
          "storage.path = \"\", or admin.tls to a PEM file)";
      return reply;
    }
    if (!asking.start_tls(by)) {
      reply.problem = fmt::format(
          "no TLS with the admin API on {} by the certificates in \"{}\": {} (look at admin.tls "
          "and admin.ca_file)",
          address, by.file, asking.error().message());
      return reply;
    }
  }
  std::string text = request_text(where, what);
  const std::string answer = asking.ask(text);
  OPENSSL_cleanse(text.data(), text.size());
  constexpr std::string_view version = "HTTP/1.1 ";
  const std::size_t head_end = answer.find("\r\n\r\n");
  if (!answer.starts_with(version) || head_end == answer.npos) {
    reply.problem = fmt::format(
        "no answer from the admin API on {}: {} (is gemkeeper running? admin.listen says where to "
        "ask)",
        address, asking.error() ? asking.error().message() : "the connection ended");
    return reply;
  }
  std::from_chars(answer.data() + version.size(), answer.data() + answer.size(), reply.status);
  reply.body = answer.substr(head_end + 4);
  return reply;
}

}  // namespace gemkeeper::app
