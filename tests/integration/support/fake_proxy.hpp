// An upstream proxy that behaves well, or in one of the ways in which proxies do not. Whatever host
// is asked for, it leads to one port of this machine: names need not exist.
#pragma once

#include <gemkeeper/sandbox/certificate.hpp>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace gemkeeper::test {

class fake_proxy {
 public:
  enum class protocol { http, socks5 };
  struct manners {
    protocol speaks = protocol::http;
    // "user:password" that it wants; empty: none.
    std::string login;
    // Said instead of an answer; what was asked is read first. "\0" alone: nothing, ever.
    std::string lie;
    bool then_close = true;                           // after the lie
    const sandbox::tls_identity* identity = nullptr;  // of an https:// proxy
  };

  fake_proxy(std::uint16_t leads_to, manners how);
  explicit fake_proxy(std::uint16_t leads_to) : fake_proxy(leads_to, manners()) {}
  fake_proxy(const fake_proxy&) = delete;
  fake_proxy& operator=(const fake_proxy&) = delete;
  ~fake_proxy();

  [[nodiscard]] std::uint16_t port() const { return port_; }
  // "http://127.0.0.1:PORT"; `login` as in a URL.
  [[nodiscard]] std::string url(std::string_view login = {}) const;
  // "host:port", in order.
  [[nodiscard]] std::vector<std::string> asked() const;
  // All heads and logins as they came.
  [[nodiscard]] std::string heard() const;
  [[nodiscard]] std::size_t connections() const { return accepted_.load(); }
  // Connections that are open now.
  [[nodiscard]] std::size_t open() const { return open_.load(); }

 private:
  class client;
  void accept();
  void serve(client& from);
  bool speak_http(client& from);
  bool speak_socks(client& from);
  void note(std::string_view heard, std::string target);
  void relay(client& from) const;

  manners how_;
  std::uint16_t leads_to_;
  std::uint16_t port_ = 0;
  int listening_ = -1;
  int stop_ = -1;  // readable when it ends
  int stop_write_ = -1;
  mutable std::mutex mutex_;
  std::vector<std::string> asked_;
  std::string heard_;
  std::atomic<std::size_t> accepted_{0}, open_{0};
  std::vector<std::thread> serving_;
  std::thread accepting_;
};

}  // namespace gemkeeper::test
