// What the admin API says of the pool and the traffic at one moment. Pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gemkeeper::app::top {

using std::chrono::system_clock;

struct cool_down {
  std::string model;  // empty: all
  std::string quota;
  system_clock::time_point until;
};

struct key {
  std::string name;
  std::string state;
  std::uint64_t calls = 0, tokens = 0, errors = 0;
  std::optional<double> cost;  // USD; nothing: unknown
  std::vector<cool_down> cool_downs;
};

// Upper bounds in seconds (the last: infinity), each with how many were no greater.
using buckets = std::vector<std::pair<double, std::uint64_t>>;

struct sample {
  system_clock::time_point at;
  std::vector<std::pair<std::string, std::uint64_t>> counts;  // keys by state, "total" first
  std::vector<key> keys;
  std::uint64_t requests = 0, tokens = 0;  // since the start
  buckets overhead, first_byte;            // seconds
  std::uint64_t streams = 0, active = 0, idle = 0, connecting = 0;
  double started = 0;  // seconds since 1970; 0: unknown
};

// Of GET /api/v1/api-keys/status and GET /metrics. nullopt: that is no answer of gemkeeper's.
std::optional<sample> read_sample(std::string_view status, std::string_view metrics,
                                  system_clock::time_point now);

// "2026-07-01T12:00:00.000Z"; nullopt: it is none.
std::optional<system_clock::time_point> parse_time(std::string_view text);

// Of what was counted since `before` (empty: since the start), interpolated as Prometheus'
// histogram_quantile does; nullopt: nothing was.
std::optional<double> quantile(double q, const buckets& now, const buckets& before);

// What happened between two samples.
struct rates {
  std::optional<double> requests_per_second, tokens_per_minute;  // nothing: there is but one sample
  std::optional<double> overhead_p50, overhead_p99, first_byte_p50, first_byte_p99;
};
rates rates_between(const sample* before, const sample& now);

// Whether `now` is of another run of gemkeeper than `before`: its counts began anew.
bool restarted(const sample& before, const sample& now);

}  // namespace gemkeeper::app::top
