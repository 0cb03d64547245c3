#include <gemkeeper/admin/recorder.hpp>
#include <gemkeeper/pool/string_map.hpp>

#include <algorithm>
#include <atomic>
#include <functional>
#include <mutex>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace gemkeeper::admin {

void histogram::observe(std::chrono::microseconds value) {
  const auto us = static_cast<std::uint64_t>(std::max<std::int64_t>(value.count(), 0));
  const auto bound = std::ranges::lower_bound(bucket_bounds, us);
  ++buckets[static_cast<std::size_t>(bound - bucket_bounds.begin())];
  sum_us += us;
}

histogram& histogram::operator+=(const histogram& other) {
  for (std::size_t i = 0; i < buckets.size(); ++i)
    buckets[i] += other.buckets[i];
  sum_us += other.sum_us;
  return *this;
}

namespace {

bool matches(const kept_request& one, const request_filter& which) {
  if (which.before && std::tie(one.ended, one.request_id) >=
                          std::tie(which.before->ended, which.before->request_id)) {
    return false;
  }
  const bool of_key =
      which.key.empty() || one.key_id == which.key || one.key_name == which.key ||
      std::ranges::any_of(one.trail, [&](const auto& a) { return a.key.view() == which.key; });
  const bool of_client =
      which.client.empty() || one.client == which.client || one.client_name == which.client;
  return of_key && of_client && (which.model.empty() || one.model == which.model) &&
         (which.outcome.empty() || one.outcome == which.outcome) &&
         (!which.status || one.status == *which.status) && one.total >= which.min_duration;
}

// By what requests are counted.
struct series {
  std::string_view route, model;
  int status;
  friend bool operator==(const series&, const series&) = default;
};

struct kept_series {
  std::string route, model;
  int status;
  operator series() const { return {route, model, status}; }
};

struct series_hash {
  using is_transparent = void;
  std::size_t operator()(const series& one) const {
    const std::hash<std::string_view> hash;
    return hash(one.model) + 3 * hash(one.route) + static_cast<std::size_t>(one.status);
  }
};

struct same_series {
  using is_transparent = void;
  bool operator()(const series& a, const series& b) const { return a == b; }
};

// One thread's.
struct part {
  explicit part(std::size_t most) : max_models(most) {}

  void record(const finished_request& request, std::chrono::system_clock::time_point now) {
    const std::lock_guard lock(mutex);
    count(request);
    duration.observe(request.total);
    overhead.observe(request.overhead());
    if (request.waited.count() != 0) waited.observe(request.waited);
    if (request.status != 0) first_byte.observe(request.first_byte);
    keep(request, now);
  }

  void count(const finished_request& request) {
    series one{request.route, request.model, request.status};
    auto found = counters.find(one);
    if (found == counters.end()) {
      one.model = counted_model(one.model);
      found = counters.find(one);
    }
    if (found == counters.end()) {
      kept_series kept{std::string(one.route), std::string(one.model), one.status};
      found = counters.emplace(std::move(kept), 0).first;
    }
    ++found->second;
  }

  std::string_view counted_model(std::string_view model) {
    if (models.contains(model)) return model;
    if (models.size() >= max_models) return "other";
    models.emplace(model, true);
    return model;
  }

  // Into the place of the oldest, whose strings have room already.
  void keep(const finished_request& from, std::chrono::system_clock::time_point now) {
    if (ring.size() < recorder::kept_per_thread) ring.emplace_back();
    kept_request& to = ring[next];
    next = (next + 1) % recorder::kept_per_thread;
    // As exact as the mark of a page.
    to.ended = std::chrono::floor<std::chrono::microseconds>(now);
    to.request_id = from.request_id;
    to.method = from.method;
    to.route = from.route;
    to.model = from.model;
    to.key_id = from.key_id;
    to.key_name = from.key_name;
    to.client = from.client;
    to.client_name = from.client_name;
    to.outcome = from.outcome;
    to.reason = from.reason;
    to.attempts = from.attempts;
    to.status = from.status;
    to.cancelled = from.cancelled;
    to.prompt_tokens = from.prompt_tokens;
    to.output_tokens = from.output_tokens;
    to.total_tokens = from.total_tokens;
    to.model_version = from.model_version;
    to.cost_micros = from.cost_micros;
    to.cost_basis = from.cost_basis;
    to.bytes_in = from.bytes_in;
    to.bytes_out = from.bytes_out;
    to.total = from.total;
    to.upstream = from.upstream;
    to.first_byte = from.first_byte;
    to.receiving = from.receiving;
    to.waited = from.waited;
    to.overhead = std::max(from.overhead(), std::chrono::microseconds::zero());
    to.trail.assign(from.trail.begin(), from.trail.end());
    to.left_out = from.left_out;
    to.trace_id = from.trace_id;
    // Where the next one goes: by then the caches have it.
    if (next < ring.size()) fetch_ahead(ring[next]);
  }

  static void fetch_ahead(kept_request& place) {
    constexpr std::size_t line = 64;
    for (std::size_t at = 0; at < sizeof(place); at += line)
      __builtin_prefetch(reinterpret_cast<char*>(&place) + at, 1);
  }

  // The newest first, as they came.
  void find(std::size_t at_most, const request_filter& which,
            std::vector<kept_request>& into) const {
    for (std::size_t i = 1, found = 0; i <= ring.size() && found < at_most; ++i) {
      const kept_request& one = ring[(next + recorder::kept_per_thread - i) % ring.size()];
      if (!matches(one, which)) continue;
      into.push_back(one);
      ++found;
    }
  }

  const std::size_t max_models;
  std::mutex mutex;
  pool::string_map<bool> models;
  std::unordered_map<kept_series, std::uint64_t, series_hash, same_series> counters;
  histogram duration, overhead, waited, first_byte;
  std::vector<kept_request> ring;
  std::size_t next = 0;
};

std::uint64_t next_recorder() {
  static std::atomic<std::uint64_t> count{0};
  return ++count;
}

}  // namespace

struct recorder::impl {
  explicit impl(std::size_t most) : max_models(most) {}

  part& mine() {
    // A thread serves one recorder, but in tests.
    thread_local std::uint64_t of = 0;
    thread_local part* own = nullptr;
    if (of != number) {
      const std::lock_guard lock(mutex);
      own = parts.emplace_back(std::make_unique<part>(max_models)).get();
      of = number;
    }
    return *own;
  }

  const std::size_t max_models;
  const std::uint64_t number = next_recorder();
  mutable std::mutex mutex;
  std::vector<std::unique_ptr<part>> parts;
};

recorder::recorder(std::size_t max_models) : impl_(std::make_unique<impl>(max_models)) {}
recorder::~recorder() = default;

void recorder::record(const finished_request& request, std::chrono::system_clock::time_point now) {
  impl_->mine().record(request, now);
}

request_totals recorder::totals() const {
  request_totals sum;
  const std::lock_guard lock(impl_->mutex);
  for (const auto& one : impl_->parts) {
    const std::lock_guard part_lock(one->mutex);
    for (const auto& [of, count] : one->counters)
      sum.requests[{of.route, of.model, std::to_string(of.status)}] += count;
    sum.duration += one->duration;
    sum.overhead += one->overhead;
    sum.waited += one->waited;
    sum.first_byte += one->first_byte;
  }
  return sum;
}

std::vector<kept_request> recorder::recent(std::size_t at_most, const request_filter& which) const {
  std::vector<kept_request> all;
  {
    const std::lock_guard lock(impl_->mutex);
    for (const auto& one : impl_->parts) {
      const std::lock_guard part_lock(one->mutex);
      one->find(at_most, which, all);
    }
  }
  std::ranges::sort(all, [](const kept_request& a, const kept_request& b) {
    return std::tie(b.ended, b.request_id) < std::tie(a.ended, a.request_id);
  });
  if (all.size() > at_most) all.resize(at_most);
  return all;
}

std::optional<kept_request> recorder::find(std::string_view request_id) const {
  const std::lock_guard lock(impl_->mutex);
  for (const auto& one : impl_->parts) {
    const std::lock_guard part_lock(one->mutex);
    const auto found = std::ranges::find(one->ring, request_id, &kept_request::request_id);
    if (found != one->ring.end()) return *found;
  }
  return std::nullopt;
}

}  // namespace gemkeeper::admin
