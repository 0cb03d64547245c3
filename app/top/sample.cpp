#include "sample.hpp"

#include <rapidjson/document.h>

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace gemkeeper::app::top {
namespace {

using rapidjson::Value;

const Value* find(const Value& object, const char* name) {
  if (!object.IsObject()) return nullptr;
  const auto found = object.FindMember(name);
  return found == object.MemberEnd() ? nullptr : &found->value;
}

std::string text_of(const Value& object, const char* name) {
  const Value* value = find(object, name);
  return value != nullptr && value->IsString() ? value->GetString() : "";
}

std::uint64_t number_of(const Value& object, const char* name) {
  const Value* value = find(object, name);
  return value != nullptr && value->IsUint64() ? value->GetUint64() : 0;
}

template <class Number>
bool read_number(std::string_view text, Number& into) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
  return error == std::errc{} && end == text.data() + text.size();
}

// Money may come as text, to be exact.
std::optional<double> money_of(const Value& object, const char* name) {
  const Value* value = find(object, name);
  if (value == nullptr) return std::nullopt;
  if (value->IsNumber()) return value->GetDouble();
  double usd = 0;
  if (value->IsString() && read_number(std::string_view(value->GetString()), usd)) return usd;
  return std::nullopt;
}

key read_key(std::string name, const Value& from) {
  key made;
  made.name = std::move(name);
  made.state = text_of(from, "state");
  made.calls = number_of(from, "calls_made");
  made.tokens = number_of(from, "tokens_used");
  made.errors = number_of(from, "errors");
  made.cost = money_of(from, "estimated_cost_usd");
  const Value* cooling = find(from, "cooldowns");
  if (cooling == nullptr || !cooling->IsArray()) return made;
  for (const Value& one : cooling->GetArray()) {
    const auto until = parse_time(text_of(one, "until"));
    if (!until) continue;
    made.cool_downs.push_back({text_of(one, "model"), text_of(one, "quota"), *until});
  }
  return made;
}

bool read_status(std::string_view status, sample& into) {
  rapidjson::Document said;
  said.Parse(status.data(), status.size());
  if (said.HasParseError() || !said.IsObject()) return false;
  const Value* keys = find(said, "api_key_usage");
  if (keys == nullptr || !keys->IsObject()) return false;
  into.counts.emplace_back("total", number_of(said, "total_api_keys"));
  for (const char* state : {"healthy", "cooling", "quarantined", "exhausted", "disabled"})
    into.counts.emplace_back(state, number_of(said, state));
  for (const auto& one : keys->GetObject()) {
    into.keys.push_back(read_key(one.name.GetString(), one.value));
    into.tokens += into.keys.back().tokens;
  }
  return true;
}

// "name{labels} value"
struct metric {
  std::string_view name, labels;
  double value = 0;
};

std::optional<metric> read_metric(std::string_view line) {
  const std::size_t space = line.rfind(' ');
  if (line.starts_with('#') || space == std::string_view::npos) return std::nullopt;
  metric made;
  if (!read_number(line.substr(space + 1), made.value)) return std::nullopt;
  line = line.substr(0, space);
  const std::size_t open = std::min(line.find('{'), line.size());
  made.name = line.substr(0, open);
  made.labels = line.substr(open);
  return made;
}

bool take_bucket(const metric& one, std::string_view name, buckets& into) {
  if (one.name != name) return false;
  constexpr std::string_view mark = "{le=\"";
  std::string_view bound = one.labels.substr(std::min(mark.size(), one.labels.size()));
  bound = bound.substr(0, bound.find('"'));
  double most = std::numeric_limits<double>::infinity();
  if (bound != "+Inf" && !read_number(bound, most)) return true;
  into.emplace_back(most, static_cast<std::uint64_t>(one.value));
  return true;
}

void take_metric(const metric& one, sample& into) {
  const auto count = static_cast<std::uint64_t>(std::max(one.value, 0.0));
  if (one.name == "gemkeeper_requests_total") into.requests += count;
  if (one.name == "gemkeeper_streams_in_flight") into.streams = count;
  if (one.name == "process_start_time_seconds") into.started = one.value;
  if (one.name == "gemkeeper_upstream_connections") {
    if (one.labels.find("active") != std::string_view::npos) into.active = count;
    if (one.labels.find("idle") != std::string_view::npos) into.idle = count;
    if (one.labels.find("connecting") != std::string_view::npos) into.connecting = count;
  }
  if (take_bucket(one, "gemkeeper_overhead_seconds_bucket", into.overhead)) return;
  take_bucket(one, "gemkeeper_time_to_first_byte_seconds_bucket", into.first_byte);
}

}  // namespace

std::optional<system_clock::time_point> parse_time(std::string_view text) {
  // Where the numbers stand: year, month, day, hour, minute, second, millisecond.
  constexpr std::array<std::pair<std::size_t, std::size_t>, 7> places{
      {{0, 4}, {5, 2}, {8, 2}, {11, 2}, {14, 2}, {17, 2}, {20, 3}}};
  constexpr std::size_t size = 24;
  if (text.size() != size || text.back() != 'Z') return std::nullopt;
  std::array<unsigned, places.size()> at{};
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (!read_number(text.substr(places[i].first, places[i].second), at[i])) return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(at[0])),
                                         std::chrono::month(at[1]), std::chrono::day(at[2])};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(at[3]) + std::chrono::minutes(at[4]) +
         std::chrono::seconds(at[5]) + std::chrono::milliseconds(at[6]);
}

std::optional<sample> read_sample(std::string_view status, std::string_view metrics,
                                  system_clock::time_point now) {
  sample made;
  made.at = now;
  if (!read_status(status, made)) return std::nullopt;
  while (!metrics.empty()) {
    const std::string_view line = metrics.substr(0, metrics.find('\n'));
    metrics.remove_prefix(std::min(line.size() + 1, metrics.size()));
    if (const auto one = read_metric(line)) take_metric(*one, made);
  }
  return made;
}

std::optional<double> quantile(double q, const buckets& now, const buckets& before) {
  const bool comparable = before.size() == now.size();
  const auto count = [&](std::size_t i) {
    return static_cast<double>(now[i].second - (comparable ? before[i].second : 0));
  };
  if (now.empty() || !(count(now.size() - 1) > 0)) return std::nullopt;
  const double rank = q * count(now.size() - 1);
  std::size_t i = 0;
  while (i + 1 < now.size() && count(i) < rank)
    ++i;
  const double from = i == 0 ? 0 : now[i - 1].first;
  if (std::isinf(now[i].first)) return from;
  const double below = i == 0 ? 0 : count(i - 1);
  const double inside = count(i) - below;
  if (!(inside > 0)) return now[i].first;
  return from + (now[i].first - from) * (rank - below) / inside;
}

rates rates_between(const sample* before, const sample& now) {
  static const buckets none;
  rates made;
  const buckets& overhead = before != nullptr ? before->overhead : none;
  const buckets& first_byte = before != nullptr ? before->first_byte : none;
  made.overhead_p50 = quantile(0.5, now.overhead, overhead);
  made.overhead_p99 = quantile(0.99, now.overhead, overhead);
  made.first_byte_p50 = quantile(0.5, now.first_byte, first_byte);
  made.first_byte_p99 = quantile(0.99, now.first_byte, first_byte);
  if (before == nullptr) return made;
  const double seconds = std::chrono::duration<double>(now.at - before->at).count();
  if (!(seconds > 0)) return made;
  constexpr double seconds_per_minute = 60;
  made.requests_per_second = static_cast<double>(now.requests - before->requests) / seconds;
  // A key that was removed takes its tokens along.
  const std::uint64_t tokens = now.tokens - std::min(now.tokens, before->tokens);
  made.tokens_per_minute = static_cast<double>(tokens) / seconds * seconds_per_minute;
  return made;
}

bool restarted(const sample& before, const sample& now) {
  return now.started != before.started || now.requests < before.requests;
}

}  // namespace gemkeeper::app::top
