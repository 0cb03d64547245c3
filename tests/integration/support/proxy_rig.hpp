// The proxy in this process: its server on a free port of 127.0.0.1, a pool of keys, and an
// observer that remembers.
#pragma once

#include "support/connection.hpp"
#include <gemkeeper/pool/pool.hpp>
#include <gemkeeper/proxy/server.hpp>

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace gemkeeper::test {

// Two keys of two projects; "first" is the first to be used.
constexpr std::string_view first_secret = "AIzaFirst/Secret+0123456789_abcdefghij";
constexpr std::string_view second_secret = "AIzaSecond-Secret.9876543210_klmnopqrst";

// What the log would say of a request.
struct finished_request {
  std::string text;  // all that is text of it
  std::string outcome, reason;
  unsigned attempts = 0;
  int status = 0;
  bool cancelled = false;
  std::uint64_t bytes_in = 0, bytes_out = 0;
};

class proxy_rig {
 public:
  using adjustment = std::function<void(proxy::proxy_settings&)>;

  // In front of a plain upstream on that port, with one worker and a free port of 127.0.0.1;
  // `adjust` sees the settings before they are used.
  explicit proxy_rig(std::uint16_t upstream_port, const adjustment& adjust = {},
                     const proxy::server_options& options = {});
  proxy_rig(const proxy_rig&) = delete;
  proxy_rig& operator=(const proxy_rig&) = delete;
  ~proxy_rig();

  [[nodiscard]] connection connect() const { return connection::to(port_); }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  proxy::server& server() { return *server_; }
  [[nodiscard]] const proxy::proxy_settings& settings() const { return settings_; }
  pool::key_pool& keys() { return keys_; }
  // Stops the proxy; the pool and what was observed remain.
  void stop() { server_.reset(); }

  // The first `count` requests that finished. Throws wire_error when they do not in time.
  std::vector<finished_request> finished(std::size_t count);
  // The first `count` failures of TLS towards clients, each as "host: problem".
  std::vector<std::string> tls_failures(std::size_t count);
  // Attempts that any key was used for.
  [[nodiscard]] std::uint64_t key_uses() const;
  [[nodiscard]] bool keys_are_healthy() const;

 private:
  class observer final : public proxy::request_observer {
   public:
    void finished(const proxy::request_record& record) override;
    void tls_failed(const proxy::tls_failure& failure) override;
    std::vector<finished_request> wait_for(std::size_t count);
    std::vector<std::string> wait_for_tls(std::size_t count);

   private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<finished_request> requests_;
    std::vector<std::string> tls_failures_;
  };

  proxy::proxy_settings settings_;
  pool::key_pool keys_;
  observer observer_;
  std::unique_ptr<proxy::server> server_;
  std::uint16_t port_ = 0;
};

// A file of CA certificates that lives as long as the object.
class ca_file {
 public:
  explicit ca_file(const std::string& pem);
  ca_file(const ca_file&) = delete;
  ca_file& operator=(const ca_file&) = delete;
  ~ca_file();
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace gemkeeper::test
