// Clients of the proxy, known by their tokens, and what they use of their limits.
//
// A token is kept as its SHA-256 alone: a token that gemkeeper makes has 256 bits of chance, so
// that nothing is gained by guessing.
#pragma once

#include <gemkeeper/pool/limits.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gemkeeper::pool {

using token_hash = std::array<unsigned char, 32>;
// SHA-256. Throws std::runtime_error when OpenSSL cannot compute it.
token_hash hash_token(std::string_view token);

struct client_spec {
  std::string id;    // unique
  std::string name;  // unique
  token_hash token{};
  limit_set limits;
  bool enabled = true;
};

struct client_view {
  std::string id;
  std::string name;
  bool enabled = true;
  std::uint32_t in_flight = 0;
  std::uint64_t calls = 0;  // since the start, those that were refused too
  std::uint64_t refused = 0;
  std::uint64_t tokens = 0;
  std::optional<time_point> last_used;
  std::optional<time_point> exhausted_until;
  std::vector<limit_view> limits;
};

// Why a client's request may not begin.
struct client_refusal {
  limit_kind which = limit_kind::requests_in_flight;
  std::optional<time_point> until;  // not set: until another of its requests ends
  bool until_day_end = false;       // of a day or a month
};

class client;
struct usage_hold;

// A request of a client under way. Movable; settled exactly once, by `settle` or, as one without
// usage, by the destructor.
class client_pass {
 public:
  client_pass() = default;
  client_pass(client_pass&& other) noexcept;
  client_pass& operator=(client_pass&& other) noexcept;
  ~client_pass();

  // What it has used since the last time, of a request that goes on for long; `settle` gets the
  // rest.
  void charge(std::uint64_t tokens, std::optional<std::uint64_t> micro_usd, time_point now);
  // What is not known counts as none.
  void settle(std::optional<std::uint64_t> tokens, std::optional<std::uint64_t> micro_usd,
              time_point now);

 private:
  friend class client;
  std::shared_ptr<client> of_;  // shared with the table, which may drop it meanwhile
  std::uint32_t tokens_ = 0, micro_usd_ = 0;
  time_point begun_{};
};

// Thread-safe; a short lock of its own for each request.
class client : public std::enable_shared_from_this<client> {
 public:
  using listener = std::function<void(const limit_event&)>;
  client(std::string id, std::shared_ptr<const listener> tell);
  client(const client&) = delete;
  client& operator=(const client&) = delete;
  ~client();

  [[nodiscard]] const std::string& id() const { return id_; }
  // As it was when it was found: a client that is renamed is another object.
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] bool enabled() const { return enabled_; }

  // Begins a request within the limits, or says which one is reached.
  std::optional<client_refusal> begin(client_pass& into, time_point now);
  [[nodiscard]] client_view view(time_point now) const;

 private:
  friend class client_pass;
  friend class client_table;
  struct usage;
  void charge(std::uint64_t tokens, std::optional<std::uint64_t> micro_usd, time_point now);
  void settle(const client_pass& pass, std::optional<std::uint64_t> tokens,
              std::optional<std::uint64_t> micro_usd, time_point now);
  void tell_news(const std::vector<limit_event>& news) const;
  // With the lock held.
  std::vector<limit_event> count(const usage_hold& held, std::optional<std::uint64_t> tokens,
                                 std::optional<std::uint64_t> micro_usd, time_point now);
  std::vector<limit_event> take_news(time_point now) const;

  const std::string id_;
  std::string name_;
  bool enabled_ = true;
  std::shared_ptr<const listener> tell_;  // shared by all clients of a table
  std::shared_ptr<usage> usage_;          // shared by all objects of one id
};

// Thread-safety: every member may be called from any thread.
class client_table {
 public:
  client_table();
  client_table(const client_table&) = delete;
  client_table& operator=(const client_table&) = delete;
  ~client_table();

  // Set before the table is shared.
  void on_limit(client::listener listener);
  void tell_limits_at(const limit_shares& shares);  // from the next request on
  // The table holds just these. Who is known by the same id keeps what it has used.
  void apply(const std::vector<client_spec>& clients);
  // So much was used of this day and month by what the ledger says, which knows of the time before
  // this process, and before the limits were set. Nothing is counted twice.
  void count_at_least(std::string_view id, const past_usage& day, const past_usage& month,
                      time_point now);

  // No client at all: nobody need be asked for a token. Cheap.
  [[nodiscard]] bool empty() const { return size_.load(std::memory_order_relaxed) == 0; }
  // Changes whenever an earlier `find` may be out of date. Cheap.
  [[nodiscard]] std::uint64_t generation() const {
    return generation_.load(std::memory_order_acquire);
  }
  // Disabled ones too; null: nobody has this token.
  [[nodiscard]] std::shared_ptr<client> find(std::string_view token) const;

  [[nodiscard]] std::vector<client_view> clients(time_point now) const;  // by name

 private:
  struct equal_hash {
    bool operator()(const token_hash& a, const token_hash& b) const;  // in constant time
  };
  struct first_bytes {
    std::size_t operator()(const token_hash& h) const;
  };

  mutable std::mutex mutex_;
  std::unordered_map<token_hash, std::shared_ptr<client>, first_bytes, equal_hash> by_token_;
  std::shared_ptr<const client::listener> listener_;
  limit_shares shares_;
  std::atomic<std::size_t> size_{0};
  std::atomic<std::uint64_t> generation_{1};
};

}  // namespace gemkeeper::pool
