// Certificates for the connections whose TLS ends here, made off the data path and kept.
#pragma once

#include "intercept/leaf_mint.hpp"
#include "net/executor.hpp"
#include "net/signal.hpp"
#include "net/stream.hpp"
#include <gemkeeper/pool/string_map.hpp>

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace gemkeeper::proxy {

// A server's side of a connection, its handshake being the next step; or why there is none.
struct server_session {
  ssl_ptr tls;          // nullptr: see `problem`
  std::string problem;  // with the remedy; for the log and the client
};

// One for all workers, thread-safe. Nothing is read or made before the first call. Minting happens
// on a thread of its own, which starts then and ends with the store; who needs a certificate that
// is there pays one short lock.
//
// A certificate is minted anew before it ends, and when another CA signs: until the new one is
// there, the old one serves. Files are looked at once a second at most, while connections come.
class leaf_store {
 public:
  using clock = std::function<system_time()>;  // asked by all threads
  static constexpr std::size_t default_capacity = 256;

  // At most `capacity` names are kept; the one not asked for longest goes. Throws ca_error that
  // names the setting: proxy.tls, intercept.ca_cert, intercept.ca_key.
  explicit leaf_store(const proxy_settings& settings, clock now = std::chrono::system_clock::now,
                      std::size_t capacity = default_capacity);
  leaf_store(const leaf_store&) = delete;
  leaf_store& operator=(const leaf_store&) = delete;
  // No coroutine waits any more.
  ~leaf_store();

  // For a tunnel to `host`, which must be intercepted (host_names.hpp). `owner` lives on
  // `context`, which the calling thread runs. An interrupted wait gives a problem too.
  awaitable<server_session> accept_for(std::string_view host, signal& owner,
                                       asio::io_context& context);
  // For a client that speaks TLS to the proxy itself; also where a hosts file sends the
  // intercepted names to it.
  awaitable<server_session> accept_own(signal& owner, asio::io_context& context);

  // How many names are kept, the proxy's own not counted.
  [[nodiscard]] std::size_t size() const;

 private:
  struct waiter;
  struct wake_up;
  struct waiting;
  struct entry {
    leaf_ptr ready;
    std::uint64_t generation = 0;  // of `ready`
    std::string problem;           // of the last attempt; "": it succeeded
    system_time retry_at{};
    std::uint64_t last_asked = 0;
    bool queued = false;
    std::vector<std::shared_ptr<waiter>> waiters;
  };
  struct found {
    leaf_ptr ready;
    std::string problem;
    std::shared_ptr<waiter> wait;
  };

  awaitable<server_session> accept(std::string name, signal& owner, asio::io_context& context);
  found look_up(const std::string& name, signal& owner, asio::io_context& context);
  void enqueue(const std::string& name, entry& what);
  bool make_room();  // false: all that is kept is being made
  void forget(const std::string& name, const std::shared_ptr<waiter>& who);
  void work();
  void mint_next(std::unique_lock<std::mutex>& lock);

  const clock now_;
  const std::size_t capacity_;
  const bool speaks_tls_;
  leaf_mint mint_;  // used by the thread alone

  mutable std::mutex mutex_;
  std::condition_variable wanted_;
  pool::string_map<entry> entries_;  // "": the proxy's own
  std::vector<std::string> queue_;
  std::uint64_t generation_ = 1;
  std::uint64_t asked_ = 0;
  system_time look_again_{};
  bool look_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace gemkeeper::proxy
