// Finished requests, counted for /metrics and kept for GET /requests.
//
// Thread-safety: `record` may be called from any thread, and is cheap: each thread has a part of
// its own, whose lock only a reader contends for. The readers sum the parts.
#pragma once

#include <gemkeeper/pool/usage.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
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
  std::uint64_t bytes_in = 0, bytes_out = 0;
  std::chrono::microseconds total{}, upstream{}, first_byte{};
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
  std::uint64_t bytes_in = 0, bytes_out = 0;
  std::chrono::microseconds total{}, upstream{}, first_byte{};
};

// Upper bounds in microseconds of the buckets of every histogram; beyond the last: +Inf.
inline constexpr std::array<std::uint64_t, 16> bucket_bounds{
    100,     250,     500,       1'000,     2'500,     5'000,      10'000,     25'000,
    100'000, 250'000, 1'000'000, 2'500'000, 5'000'000, 10'000'000, 30'000'000, 120'000'000};

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
  histogram overhead;    // of which not spent waiting for the upstream
  histogram first_byte;  // of answered requests
};

class recorder {
 public:
  static constexpr std::size_t kept_per_thread = 256;
  // Distinct models per thread; what comes beyond is counted under "other".
  static constexpr std::size_t max_models = 64;

  recorder();
  recorder(const recorder&) = delete;
  recorder& operator=(const recorder&) = delete;
  ~recorder();

  void record(const finished_request& request, std::chrono::system_clock::time_point now);

  [[nodiscard]] request_totals totals() const;
  // The newest first.
  [[nodiscard]] std::vector<kept_request> recent(std::size_t at_most) const;
  [[nodiscard]] std::optional<kept_request> find(std::string_view request_id) const;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace gemkeeper::admin
