// What is said to an upstream proxy until it lets bytes through: HTTP CONNECT (RFC 9110, 9.3.6)
// with Basic credentials (RFC 7617), or SOCKS5 (RFC 1928) with user name and password (RFC 1929).
#pragma once

#include "http/head.hpp"
#include <gemkeeper/proxy/egress.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gemkeeper::proxy {

// Bytes in, bytes out; pure. Whatever a proxy says, it takes a bounded number of bytes of it, and
// none of them ever gets into `problem`.
class proxy_handshake {
 public:
  enum class state : std::uint8_t {
    send,     // `output` is to be sent, then `sent` called
    receive,  // more bytes are needed
    done,     // what follows is the target's
    failed,   // see `problem`
  };

  // `via` is a proxy, and must outlive this; the target is a name or a numeric address without
  // brackets.
  proxy_handshake(const egress& via, std::string_view host, std::uint16_t port);
  proxy_handshake(const proxy_handshake&) = delete;
  proxy_handshake& operator=(const proxy_handshake&) = delete;
  ~proxy_handshake();  // wipes the credentials

  [[nodiscard]] state status() const { return state_; }
  [[nodiscard]] std::string_view output() const { return output_; }
  void sent();
  // `bytes` is all that was received and not consumed; tells how much of it is consumed.
  std::size_t feed(std::string_view bytes);
  // The proxy ended the connection.
  void ended();

  // "it demands credentials (407)".
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  // Whose answer comes next.
  enum class step : std::uint8_t { http_answer, socks_method, socks_login, socks_reply };

  void say(std::string bytes, step next);
  void fail(std::string problem);
  void say_connect();
  std::size_t read_http(std::string_view bytes);
  void judge_http(const http::response_head& head);
  void say_greeting();
  std::size_t read_method(std::string_view bytes);
  void say_login();
  std::size_t read_login(std::string_view bytes);
  void say_request();
  std::size_t read_reply(std::string_view bytes);

  const egress& via_;
  std::string host_;
  std::uint16_t port_;
  state state_ = state::send;
  step step_ = step::http_answer;
  std::string output_;
  std::string problem_;
  http::head_scanner scanner_;
  unsigned interim_answers_ = 0;
};

}  // namespace gemkeeper::proxy
