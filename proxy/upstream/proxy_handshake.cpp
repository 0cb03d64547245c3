#include "upstream/proxy_handshake.hpp"

#include <boost/asio/ip/address.hpp>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <utility>

namespace gemkeeper::proxy {

namespace {

namespace asio = boost::asio;
using protocol = egress::protocol;

constexpr http::head_limits answer_limits{16 * 1024, 64};
constexpr unsigned most_interim_answers = 4;

constexpr char socks_version = 5;
constexpr char login_version = 1;
constexpr unsigned char no_login = 0;
constexpr unsigned char login = 2;
constexpr unsigned char no_method_suits = 0xff;

void wipe(std::string& text) {
  OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}

std::string base64(std::string_view text) {
  std::string coded(4 * ((text.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(coded.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  coded.resize(static_cast<std::size_t>(size));
  return coded;
}

bool offers_basic(const http::response_head& head) {
  constexpr std::string_view basic = "Basic";
  bool any = false;
  bool found = false;
  for (const http::field& f : head.fields) {
    if (!http::iequals(f.name, "Proxy-Authenticate")) continue;
    any = true;
    http::for_each_element(f.value, [&](std::string_view challenge) {
      found = found || http::iequals(challenge.substr(0, challenge.find(' ')), basic);
    });
  }
  return found || !any;
}

// RFC 1928, section 6.
std::string_view reply_text(unsigned char code) {
  switch (code) {
    case 1:
      return "it reports a general failure";
    case 2:
      return "its rules do not allow the connection";
    case 3:
      return "it cannot reach the network of the upstream";
    case 4:
      return "it cannot reach the upstream's host, or does not know its name";
    case 5:
      return "the upstream refuses its connection";
    case 6:
      return "its connection to the upstream timed out";
    case 7:
      return "it does not know the command CONNECT";
    case 8:
      return "it does not know this type of address";
    default:
      return {};
  }
}

}  // namespace

proxy_handshake::proxy_handshake(const egress& via, std::string_view host, std::uint16_t port)
    : via_(via), host_(host), port_(port) {
  if (via.kind == protocol::socks5) {
    say_greeting();
  } else {
    say_connect();
  }
}

proxy_handshake::~proxy_handshake() {
  wipe(output_);
}

void proxy_handshake::sent() {
  wipe(output_);
  state_ = state::receive;
}

std::size_t proxy_handshake::feed(std::string_view bytes) {
  std::size_t used = 0;
  std::size_t taken = 0;
  do {
    const std::string_view rest = bytes.substr(used);
    switch (step_) {
      case step::http_answer:
        taken = read_http(rest);
        break;
      case step::socks_method:
        taken = read_method(rest);
        break;
      case step::socks_login:
        taken = read_login(rest);
        break;
      case step::socks_reply:
        taken = read_reply(rest);
        break;
    }
    used += taken;
  } while (state_ == state::receive && taken != 0);
  return used;
}

void proxy_handshake::ended() {
  if (state_ != state::failed) fail("it closed the connection before it answered");
}

void proxy_handshake::say(std::string bytes, step next) {
  wipe(output_);
  output_ = std::move(bytes);
  step_ = next;
  state_ = state::send;
}

void proxy_handshake::fail(std::string problem) {
  problem_ = std::move(problem);
  state_ = state::failed;
}

void proxy_handshake::say_connect() {
  const std::string shown = host_.find(':') == host_.npos ? host_ : "[" + host_ + "]";
  const std::string target = fmt::format("{}:{}", shown, port_);
  std::string request =
      fmt::format("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\nUser-Agent: gemkeeper\r\n", target);
  if (!via_.user.empty()) {
    std::string plain = via_.user + ":" + via_.password;
    std::string coded = base64(plain);
    request.reserve(request.size() + coded.size() + 64);  // no copy of it stays behind
    request += "Proxy-Authorization: Basic ";
    request += coded;
    request += "\r\n";
    wipe(plain);
    wipe(coded);
  }
  request += "\r\n";
  say(std::move(request), step::http_answer);
}

std::size_t proxy_handshake::read_http(std::string_view bytes) {
  if (bytes.empty()) return 0;
  http::head_status found = scanner_.scan(bytes, answer_limits);
  if (found == http::head_status::incomplete) return 0;
  http::response_head head;
  const std::string_view text = bytes.substr(0, scanner_.size());
  if (found == http::head_status::complete) {
    found = http::parse_response(text, answer_limits, head);
  }
  if (found != http::head_status::complete) {
    fail("its answer to CONNECT is not HTTP/1.1");
    return 0;
  }
  scanner_.reset();
  judge_http(head);
  return text.size();
}

// A 2xx answer to CONNECT has no content, whatever its fields say (RFC 9112, 6.3).
void proxy_handshake::judge_http(const http::response_head& head) {
  const int status = head.status;
  if (status >= 200 && status < 300) {
    state_ = state::done;
  } else if (status == 407 && !offers_basic(head)) {
    fail("it demands a login other than Basic (407)");
  } else if (status == 407) {
    fail(via_.user.empty() ? "it demands credentials (407)" : "it rejects the credentials (407)");
  } else if (status == 403) {
    fail("it does not allow the connection (403)");
  } else if (status == 502 || status == 503 || status == 504) {
    fail(fmt::format("it cannot reach the upstream ({})", status));
  } else if (status == 400 || status == 405 || status == 501) {
    fail(fmt::format("it does not accept CONNECT ({})", status));
  } else if (status < 200 && status != 101 && ++interim_answers_ <= most_interim_answers) {
    return;
  } else {
    fail(fmt::format("it answers CONNECT with {}", status));
  }
}

void proxy_handshake::say_greeting() {
  std::string greeting{socks_version};
  if (via_.user.empty()) {
    greeting += {1, no_login};
  } else {
    greeting += {2, no_login, login};
  }
  say(std::move(greeting), step::socks_method);
}

std::size_t proxy_handshake::read_method(std::string_view bytes) {
  if (!bytes.empty() && bytes[0] != socks_version) {
    fail("it does not speak SOCKS5");
    return 0;
  }
  if (bytes.size() < 2) return 0;
  const auto method = static_cast<unsigned char>(bytes[1]);
  if (method == no_login) {
    say_request();
  } else if (method == login && !via_.user.empty()) {
    say_login();
  } else if (method == no_method_suits) {
    fail(via_.user.empty() ? "it demands credentials"
                           : "it takes neither a user name and password nor none");
  } else {
    fail("it chose a login that was not offered");
  }
  return 2;
}

void proxy_handshake::say_login() {
  std::string message;
  message.reserve(3 + via_.user.size() + via_.password.size());  // no copy of it stays behind
  message += login_version;
  message += static_cast<char>(via_.user.size());
  message += via_.user;
  message += static_cast<char>(via_.password.size());
  message += via_.password;
  say(std::move(message), step::socks_login);
}

std::size_t proxy_handshake::read_login(std::string_view bytes) {
  if (!bytes.empty() && bytes[0] != login_version) {
    fail("its answer to the credentials is not that of SOCKS5");
    return 0;
  }
  if (bytes.size() < 2) return 0;
  if (bytes[1] == 0) {
    say_request();
  } else {
    fail("it rejects the credentials");
  }
  return 2;
}

void proxy_handshake::say_request() {
  constexpr char connect = 1;
  constexpr char ipv4 = 1;
  constexpr char name = 3;
  constexpr char ipv6 = 4;
  std::string request{socks_version, connect, 0};
  boost::system::error_code not_numeric;
  const auto address = asio::ip::make_address(host_, not_numeric);
  if (not_numeric) {
    request += name;
    request += static_cast<char>(host_.size());  // at most 253 by the rules of names
    request += host_;
  } else if (address.is_v4()) {
    request += ipv4;
    for (const unsigned char byte : address.to_v4().to_bytes())
      request += static_cast<char>(byte);
  } else {
    request += ipv6;
    for (const unsigned char byte : address.to_v6().to_bytes())
      request += static_cast<char>(byte);
  }
  request += static_cast<char>(port_ >> 8);
  request += static_cast<char>(port_ & 0xff);
  say(std::move(request), step::socks_reply);
}

std::size_t proxy_handshake::read_reply(std::string_view bytes) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  if (!bytes.empty() && bytes[0] != socks_version) {
    fail("its reply is not that of SOCKS5");
    return 0;
  }
  if (bytes.size() < 2) return 0;
  if (at(1) != 0) {
    const std::string_view text = reply_text(at(1));
    fail(text.empty() ? fmt::format("it replies with the unknown code {}", at(1))
                      : std::string(text));
    return 0;
  }
  if (bytes.size() < 5) return 0;
  std::size_t address = 0;
  switch (at(3)) {
    case 1:
      address = 4;
      break;
    case 3:
      address = 1 + std::size_t{at(4)};
      break;
    case 4:
      address = 16;
      break;
    default:
      fail("its reply is not that of SOCKS5");
      return 0;
  }
  const std::size_t size = 4 + address + 2;
  if (bytes.size() < size) return 0;
  state_ = state::done;
  return size;
}

}  // namespace gemkeeper::proxy
