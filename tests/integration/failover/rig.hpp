// gemkeeper's data path with its pool, in one process with the fake Gemini API behind it.
#pragma once

#include "calls.hpp"
#include "client.hpp"
#include <gemkeeper/pool/affinity.hpp>
#include <gemkeeper/pool/attempt.hpp>
#include <gemkeeper/pool/pool.hpp>
#include <gemkeeper/proxy/server.hpp>
#include <gemkeeper/sandbox/server.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace gemkeeper::test {

using namespace std::chrono_literals;

// A key whose secret holds its name, so that a leak tells whose.
pool::key_spec key(std::string_view name, std::string_view project = {},
                   pool::tier tier = pool::tier::unknown);
std::string secret_of(std::string_view name);

// A fault that befalls the requests of that key; of any, where it has no name.
sandbox::fault fault_of(std::string_view name, std::string_view fault);

struct rig_setup {
  std::vector<pool::key_spec> keys;
  std::vector<sandbox::fault> faults;
  sandbox::scenario upstream;  // its keys come from `keys`, its faults from `faults`
  pool::pool_settings pool;
  std::vector<pool::client_spec> clients;
  std::vector<pool::project_spec> projects;
  proxy::proxy_settings proxy;  // where it listens and what it asks is filled in
  std::shared_ptr<const pool::price_table> prices{};  // null: no cost is known
};

// "one" in project "alpha", "two" in "beta", "three" in "gamma".
rig_setup three_projects();

// What the log would say of a request.
struct finished_request {
  std::string model;
  std::string key_name;
  std::string client, client_name;
  std::string outcome;
  std::string reason;
  unsigned attempts = 0;
  int status = 0;
  bool cancelled = false;
  bool metered = false;
  pool::token_usage usage;
  std::vector<pool::attempt> trail;
  std::size_t left_out = 0;
  std::string trace_id;
  std::chrono::microseconds total{}, upstream{}, waited{};
};

class recorder final : public proxy::request_observer {
 public:
  void finished(const proxy::request_record& record) override;
  // All so far, once they are `count`; fewer when the others do not come in time.
  std::vector<finished_request> wait_for(std::size_t count);

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<finished_request> requests_;
};

class rig {
 public:
  explicit rig(rig_setup setup);
  ~rig();
  rig(const rig&) = delete;
  rig& operator=(const rig&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  // Over a connection of its own.
  response call(const api_call& what, const fields& extra = {}) const;
  response ask(std::string_view method, std::string_view target, std::string_view body = {},
               const fields& extra = {}) const;
  // Past the proxy, with a key in the slot that `what` wants.
  response call_upstream(const api_call& what, std::string_view key_name) const;

  // Names of the keys that came to the upstream, in order.
  [[nodiscard]] std::vector<std::string> tried() const;
  [[nodiscard]] pool::key_view key_state(std::string_view name) const;
  [[nodiscard]] std::vector<pool::key_view> keys_now() const;
  void set_faults(std::vector<sandbox::fault> faults);
  void set_keys(std::vector<pool::key_spec> keys);
  // False: not within half a minute.
  [[nodiscard]] static bool wait_until(const std::function<bool()>& condition);
  // What the pool told so far, once it is so much.
  [[nodiscard]] std::vector<pool::pool_event> wait_for_events(std::size_t count);

  // Which names of keys have their secret in `text`.
  [[nodiscard]] std::vector<std::string> secrets_in(std::string_view text) const;

  sandbox::server& upstream() { return *upstream_; }
  pool::key_pool& keys() { return pool_; }
  pool::client_table& clients() { return clients_; }
  pool::affinity_table& affinity() { return affinity_; }
  proxy::server& proxy() { return *proxy_; }
  recorder& requests() { return requests_; }
  // Takes the upstream away, and brings another one up at the same port.
  void stop_upstream();
  void start_upstream();

 private:
  [[nodiscard]] sandbox::scenario scenario() const;

  rig_setup setup_;
  std::unique_ptr<sandbox::server> upstream_;
  pool::key_pool pool_;
  pool::client_table clients_;
  pool::affinity_table affinity_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<pool::pool_event> events_;
  recorder requests_;
  std::unique_ptr<proxy::server> proxy_;
  std::uint16_t port_ = 0;
  std::uint16_t upstream_port_ = 0;
};

// [from, to] around a moment of the test, moved by a cool-down's length.
struct time_span {
  pool::time_point from, to;
  [[nodiscard]] bool holds(pool::time_point t) const { return from <= t && t <= to; }
};
class stopwatch {
 public:
  [[nodiscard]] time_span in(pool::duration later) const {
    return {start_ + later, std::chrono::system_clock::now() + later};
  }

 private:
  pool::time_point start_ = std::chrono::system_clock::now();
};

}  // namespace gemkeeper::test

namespace gemkeeper::pool {
inline std::ostream& operator<<(std::ostream& out, key_state state) {
  return out << to_string(state);
}
}  // namespace gemkeeper::pool
