// What the dashboard draws its first view of: sums since the start, of which it makes rates.
#include "json_output.hpp"
#include "router.hpp"

#include <numeric>

namespace gemkeeper::admin {
namespace {

constexpr double us_per_ms = 1000;

void write_histogram(json_output& json, std::string_view name, const histogram& of) {
  json.key(name).begin_object();
  json.key("buckets").begin_array();
  for (const std::uint64_t bucket : of.buckets)
    json.value(bucket);
  json.end_array();
  json.member("sum_ms", static_cast<double>(of.sum_us) / us_per_ms);
  json.end_object();
}

// An error that is not of the client's own doing.
bool is_error(std::string_view code) {
  return code == "429" || code.starts_with('5');
}

}  // namespace

answer show_overview(context& in, const request&) {
  const request_totals totals = in.requests.totals();
  std::uint64_t requests = 0, errors = 0;
  for (const auto& [of, number] : totals.requests) {
    requests += number;
    if (is_error(of.code)) errors += number;
  }
  pool::usage_counts used;
  for (const auto& [of, counts] : in.behind.usage())
    used += counts;
  const pool::traffic under_way = in.behind.traffic();
  json_output json;
  json.begin_object();
  json.member("requests", requests);
  json.member("errors", errors);
  json.member("tokens", used.tokens.total);
  json.member("rotated", std::accumulate(under_way.rotations.begin(), under_way.rotations.end(),
                                         std::uint64_t{0}));
  json.member("streams_in_flight", under_way.streams + under_way.websockets);
  json.member("connections", in.behind.connections());
  json.key("bounds_ms").begin_array();
  for (const std::uint64_t bound : bucket_bounds)
    json.value(static_cast<double>(bound) / us_per_ms);
  json.end_array();
  write_histogram(json, "duration", totals.duration);
  write_histogram(json, "overhead", totals.overhead);
  write_histogram(json, "first_byte", totals.first_byte);
  json.end_object();
  return to_answer(json);
}

}  // namespace gemkeeper::admin
