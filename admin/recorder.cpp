#include <gemkeeper/admin/recorder.hpp>
#include <gemkeeper/pool/string_map.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <iterator>
#include <mutex>

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

// One thread's.
struct part {
  struct counter {
    request_totals::labels labels;
    std::uint64_t count = 0;
  };

  void record(const finished_request& request, std::chrono::system_clock::time_point now) {
    const std::lock_guard lock(mutex);
    count(request);
    duration.observe(request.total);
    overhead.observe(request.total - request.upstream);
    if (request.status != 0) first_byte.observe(request.first_byte);
    keep(request, now);
  }

  void count(const finished_request& request) {
    std::string_view model = request.model;
    if (!models.contains(model)) {
      if (models.size() < recorder::max_models) {
        models.emplace(model, true);
      } else {
        model = "other";
      }
    }
    name.clear();
    fmt::format_to(std::back_inserter(name), "{}\n{}\n{}", request.route, model, request.status);
    auto found = counters.find(name);
    if (found == counters.end()) {
      found = counters
                  .emplace(name, counter{{std::string(request.route), std::string(model),
                                          std::to_string(request.status)},
                                         0})
                  .first;
    }
    ++found->second.count;
  }

  // Into the place of the oldest, whose strings have room already.
  void keep(const finished_request& from, std::chrono::system_clock::time_point now) {
    if (ring.size() < recorder::kept_per_thread) ring.emplace_back();
    kept_request& to = ring[next];
    next = (next + 1) % recorder::kept_per_thread;
    to.ended = now;
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
    to.bytes_in = from.bytes_in;
    to.bytes_out = from.bytes_out;
    to.total = from.total;
    to.upstream = from.upstream;
    to.first_byte = from.first_byte;
  }

  std::mutex mutex;
  pool::string_map<bool> models;
  pool::string_map<counter> counters;  // by "route\nmodel\ncode"
  std::string name;                    // reused
  histogram duration, overhead, first_byte;
  std::vector<kept_request> ring;
  std::size_t next = 0;
};

std::uint64_t next_recorder() {
  static std::atomic<std::uint64_t> count{0};
  return ++count;
}

}  // namespace

struct recorder::impl {
  part& mine() {
    // A thread serves one recorder, but in tests.
    thread_local std::uint64_t of = 0;
    thread_local part* own = nullptr;
    if (of != number) {
      const std::lock_guard lock(mutex);
      own = parts.emplace_back(std::make_unique<part>()).get();
      of = number;
    }
    return *own;
  }

  const std::uint64_t number = next_recorder();
  mutable std::mutex mutex;
  std::vector<std::unique_ptr<part>> parts;
};

recorder::recorder() : impl_(std::make_unique<impl>()) {}
recorder::~recorder() = default;

void recorder::record(const finished_request& request, std::chrono::system_clock::time_point now) {
  impl_->mine().record(request, now);
}

request_totals recorder::totals() const {
  request_totals sum;
  const std::lock_guard lock(impl_->mutex);
  for (const auto& one : impl_->parts) {
    const std::lock_guard part_lock(one->mutex);
    for (const auto& [name, counter] : one->counters)
      sum.requests[counter.labels] += counter.count;
    sum.duration += one->duration;
    sum.overhead += one->overhead;
    sum.first_byte += one->first_byte;
  }
  return sum;
}

std::vector<kept_request> recorder::recent(std::size_t at_most) const {
  std::vector<kept_request> all;
  {
    const std::lock_guard lock(impl_->mutex);
    for (const auto& one : impl_->parts) {
      const std::lock_guard part_lock(one->mutex);
      all.insert(all.end(), one->ring.begin(), one->ring.end());
    }
  }
  std::ranges::sort(all, std::ranges::greater{}, &kept_request::ended);
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
