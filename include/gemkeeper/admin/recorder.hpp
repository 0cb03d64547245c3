// Finished requests, counted for /metrics and kept for GET /requests.
//
// Thread-safety: `record` may be called from any thread, and is cheap: each thread has a part of
// its own, whose lock only a reader contends for. The readers sum the parts.
#pragma once

#include <gemkeeper/pool/attempt.hpp>
#include <gemkeeper/pool/prices.hpp>
#include <gemkeeper/pool/usage.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gemkeeper::admin {

// Views are valid during the call only. Holds no secret.
struct finished_request {
  std::string_view request_id, method, route, model, key_id, key_name, outcome, reason;
  std::string_view client, client_name;  // id and name; empty: it did not say who it is
  unsigned attempts = 0;
  int status = 0;  // 0: the client left before an answer
  bool cancelled = false;
  std::uint64_t prompt_tokens = 0, output_tokens = 0, total_tokens = 0;
  std::string_view model_version;
  std::optional<std::int64_t> cost_micros = 0;  // 10^-6 USD; nothing: not known
  pool::cost_basis cost_basis = pool::cost_basis::not_billed;
  std::uint64_t bytes_in = 0, bytes_out = 0;
  std::chrono::microseconds total{}, upstream{}, first_byte{};
  // Of `total`: waiting for the client's body; for a key and between attempts.
  std::chrono::microseconds receiving{}, waited{};
  std::span<const pool::attempt> trail;
  std::size_t left_out = 0;  // attempts that are not in `trail`, before the last of it
  std::string_view trace_id;

  // Of `total`, what gemkeeper itself took.
  [[nodiscard]] std::chrono::microseconds overhead() const {
    return total - upstream - receiving - waited;
  }
};

// One of the recent ones.
struct kept_request {
  std::chrono::system_clock::time_point ended;
  std::string request_id, method, route, model, key_id, key_name, outcome, reason;
  std::string client, client_name;
  unsigned attempts = 0;
  int status = 0;
  bool cancelled = false;
  std::uint64_t prompt_tokens = 0, output_tokens = 0, total_tokens = 0;
  std::string model_version;
  std::optional<std::int64_t> cost_micros = 0;
  pool::cost_basis cost_basis = pool::cost_basis::not_billed;
  std::uint64_t bytes_in = 0, bytes_out = 0;
  std::chrono::microseconds total{}, upstream{}, first_byte{}, receiving{}, waited{}, overhead{};
  std::vector<pool::attempt> trail;
  std::size_t left_out = 0;
  std::string trace_id;
};

// A place among the recent ones, which goes on being one when its request is forgotten.
struct request_place {
  std::chrono::system_clock::time_point ended;
  std::string request_id;
  friend auto operator<=>(const request_place&, const request_place&) = default;
};

// Which of the recent ones. Empty or unset: all.
struct request_filter {
  std::string_view key;     // id or name, of any attempt or the last
  std::string_view client;  // id or name
  std::string_view model;   // "other" and the like mean themselves
  std::string_view outcome;
  std::optional<int> status;
  std::chrono::microseconds min_duration{};
  std::optional<request_place> before;
};

// Upper bounds in microseconds of the buckets of every histogram; beyond the last: +Inf.
inline constexpr std::array<std::uint64_t, 22> bucket_bounds{
    50,         100,        250,        500,         1'000,       2'500,      5'000,     10'000,
    25'000,     50'000,     100'000,    250'000,     500'000,     1'000'000,  2'500'000, 5'000'000,
    10'000'000, 30'000'000, 60'000'000, 120'000'000, 300'000'000, 600'000'000};

struct histogram {
  std::array<std::uint64_t, bucket_bounds.size() + 1> buckets{};  // not cumulative
  std::uint64_t sum_us = 0;

  void observe(std::chrono::microseconds value);
  histogram& operator+=(const histogram& other);
};

struct request_totals {
  struct labels {
    std::string route, model, code;
    friend auto operator<=>(const labels&, const labels&) = default;
  };
  std::map<labels, std::uint64_t> requests;
  histogram duration;    // first byte in to last byte out
  histogram overhead;    // of which gemkeeper itself took
  histogram waited;      // for keys and between attempts, of those that did
  histogram first_byte;  // of answered requests
};

class recorder {
 public:
  static constexpr std::size_t kept_per_thread = 256;
  static constexpr std::size_t default_models = 64;

  // `max_models`: distinct ones per thread; what comes beyond is counted under "other".
  explicit recorder(std::size_t max_models = default_models);
  recorder(const recorder&) = delete;
  recorder& operator=(const recorder&) = delete;
  ~recorder();

  void record(const finished_request& request, std::chrono::system_clock::time_point now);

  [[nodiscard]] request_totals totals() const;
  // The newest first.
  [[nodiscard]] std::vector<kept_request> recent(std::size_t at_most,
                                                 const request_filter& which = {}) const;
  [[nodiscard]] std::optional<kept_request> find(std::string_view request_id) const;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace gemkeeper::admin
