#include "webhook_receiver.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <optional>

namespace gemkeeper::test {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

template <class Stream>
received read_request(Stream& from) {
  received one;
  asio::read_until(from, asio::dynamic_buffer(one.head), "\r\n\r\n");
  const std::size_t end = one.head.find("\r\n\r\n") + 4;
  one.body = one.head.substr(end);
  one.head.resize(end);
  const std::size_t size = std::stoul("0" + one.field("content-length"));
  const std::size_t before = one.body.size();
  one.body.resize(std::max(size, before));
  asio::read(from, asio::buffer(one.body.data() + before, one.body.size() - before));
  return one;
}

template <class Stream>
void answer(Stream& to, int status) {
  const std::string text = fmt::format(
      "HTTP/1.1 {} Word\r\nLocation: /elsewhere\r\nContent-Length: 5\r\n\r\nheard", status);
  asio::write(to, asio::buffer(text));
}

}  // namespace

std::string received::field(std::string_view name) const {
  std::string lower = head;
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  const std::size_t at = lower.find(fmt::format("\r\n{}: ", name));
  if (at == lower.npos) return {};
  const std::size_t begin = at + name.size() + 4;
  return head.substr(begin, head.find("\r\n", begin) - begin);
}

webhook_receiver::webhook_receiver(std::vector<int> answers, const sandbox::tls_identity* identity)
    : answers_(std::move(answers)), identity_(identity) {
  listening_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(where);
  ::bind(listening_, reinterpret_cast<sockaddr*>(&where), size);
  ::listen(listening_, SOMAXCONN);
  ::getsockname(listening_, reinterpret_cast<sockaddr*>(&where), &size);
  port_ = ntohs(where.sin_port);
  thread_ = std::thread([this] { accept(); });
}

webhook_receiver::~webhook_receiver() {
  stopping_ = true;
  ::shutdown(listening_, SHUT_RDWR);
  thread_.join();
  ::close(listening_);
  for (const int one : hanging_)
    ::close(one);
}

std::string webhook_receiver::url(std::string_view path) const {
  return fmt::format("{}://127.0.0.1:{}{}", identity_ != nullptr ? "https" : "http", port_, path);
}

std::vector<received> webhook_receiver::wait_for(std::size_t count, std::chrono::seconds limit) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, limit, [&] { return received_.size() >= count; });
  return received_;
}

std::vector<received> webhook_receiver::all() const {
  const std::lock_guard lock(mutex_);
  return received_;
}

void webhook_receiver::accept() {
  while (!stopping_) {
    const int client = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return;
    try {
      serve(client);
    } catch (const std::exception&) {
      // A client that does not trust the certificate, or has no patience.
    }
  }
}

void webhook_receiver::serve(int client) {
  asio::io_context context;
  tcp::socket socket(context, tcp::v4(), client);
  std::optional<asio::ssl::context> rules;
  std::optional<asio::ssl::stream<tcp::socket&>> tls;
  if (identity_ != nullptr) {
    rules.emplace(asio::ssl::context::tls_server);
    rules->use_certificate_chain(asio::buffer(identity_->certificate));
    rules->use_private_key(asio::buffer(identity_->private_key), asio::ssl::context::pem);
    tls.emplace(socket, *rules);
    tls->handshake(asio::ssl::stream_base::server);
  }
  received one = tls ? read_request(*tls) : read_request(socket);
  int status = 0;
  {
    const std::lock_guard lock(mutex_);
    status = answers_[std::min(received_.size(), answers_.size() - 1)];
    received_.push_back(std::move(one));
    if (status == 0) hanging_.push_back(socket.release());
  }
  changed_.notify_all();
  if (status == 0) return;
  if (tls) {
    answer(*tls, status);
  } else {
    answer(socket, status);
  }
}

}  // namespace gemkeeper::test
