// The pool behind its lock: what `key_pool` promises, in terms of roster, lanes and probes.
#pragma once

#include "lane_table.hpp"
#include "roster.hpp"
#include "waiting.hpp"
#include <gemkeeper/pool/breakable_mutex.hpp>
#include <gemkeeper/pool/pool.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace gemkeeper::pool::detail {

class pool_state {
 public:
  pool_state(const pool_settings& settings, std::string hash_key);

  apply_report apply(std::vector<key_spec> specs, time_point now);
  void configure(const pool_settings& settings);
  void on_event(std::function<void(const pool_event&)> listener);
  void on_limit(std::function<void(const limit_event&)> listener);
  void tell_limits_at(const limit_shares& shares);
  void declare(std::vector<project_spec> projects, time_point now);
  void count_at_least(const key_id& key, const past_usage& day, const past_usage& month,
                      time_point now);
  void count_at_least(const project_name& project, const past_usage& day, const past_usage& month,
                      time_point now);

  std::variant<lease, no_key> acquire(const request_traits& traits, time_point now);
  std::variant<lease, no_key> acquire(const request_traits& traits, waiter& w, time_point now);
  void wait(const request_traits& traits, waiter& w);
  void leave(queued& q);

  consequence settle(lease&& used, const verdict& what, const token_usage& usage, time_point now,
                     std::optional<std::uint64_t> micro_usd);
  [[nodiscard]] bool counts_money() const { return money_.load(std::memory_order_relaxed); }
  void confirm(const lease& running, time_point now);
  void charge(lease& running, const token_usage& part, std::optional<std::uint64_t> micro_usd,
              time_point now);
  void charge(const key_id& key, std::uint64_t micro_usd, time_point now);

  std::optional<lease> next_probe(time_point now);
  void settle_probe(lease&& probed, const verdict& what, time_point now);
  std::optional<time_point> next_probe_due() const;
  bool reset(const key_id& id, time_point now);

  std::optional<project_ref> project_of(const key_id& key) const;
  std::optional<project_index> project_number(const project_ref& project) const;
  std::vector<project_ref> projects() const;

  std::uint64_t health_version() const;
  kept_health health(time_point now) const;
  void restore_health(const kept_health& kept, time_point now);

  pool_counts counts(time_point now) const;
  std::vector<key_view> keys(time_point now) const;
  std::vector<project_view> projects(time_point now) const;
  std::optional<key_label> label_of(const key_id& id) const;

 private:
  // What is told when the lock is released.
  struct news {
    std::vector<pool_event> events;
    std::vector<std::shared_ptr<queued>> wakes;
    std::vector<limit_event> limits;
  };
  void tell(const news& n) const;
  void report(news& n, pool_event::kind what, key_index key, std::string_view model,
              std::string_view reason, std::optional<time_point> until) const;
  static void wake_first(const waiting_queue& queue, news& n);
  static void wake_all(lane& l, news& n);
  void wake_all_lanes(news& n);

  std::variant<lease, no_key> take(std::uint32_t lane, const request_traits& traits,
                                   time_point now);
  // For which queue it is: that of its project, or none.
  [[nodiscard]] std::optional<project_index> queue_of(const request_traits& traits) const;
  std::variant<lease, no_key> take_or_queue(std::uint32_t lane, project_index project,
                                            const request_traits& traits, time_point now);
  std::variant<lease, no_key> take_pinned(std::uint32_t lane, project_index project,
                                          const request_traits& traits, time_point now);
  // From the project that a request had better use, if that is free.
  std::optional<ticket> take_preferred(lane& l, const request_traits& traits, time_point now);
  lease lease_of(const ticket& given, std::uint32_t lane);
  [[nodiscard]] no_key queued_behind(const lane& l, const request_traits& traits) const;
  waiting_queue& queue_of(const queued& q);
  void join_queue(const std::shared_ptr<queued>& q, std::uint32_t lane, project_index project);
  void leave_queue(queued& q, news& n);

  bool has_recovered(const ticket& used, project_index project, time_point now, news& n);
  consequence learn_from(const verdict& what, const key_entry& with, const ticket& used,
                         const token_usage& usage, time_point now, news& n);
  consequence cool(const verdict& what, const ticket& used, bool current, time_point now, news& n);
  consequence exhaust(const verdict& what, const ticket& used, time_point now, news& n);
  void merge_projects(key_index key, const std::string& google, time_point now, news& n);

  // Limits (metering.cpp). Nothing of it is called while `metered_` is false.
  void meter_begin(ticket& given, time_point now, news& n);
  void meter_end(const ticket& used, std::optional<std::uint64_t> tokens,
                 std::optional<std::uint64_t> micro_usd, time_point now, news& n);
  void note_limits(key_index key, project_index project, time_point now, news& n);
  void note_all_limits(time_point now);
  void tell_limits(key_index key, time_point now, news& n) const;
  void tell_project_limits(project_index project, time_point now, news& n) const;
  [[nodiscard]] std::optional<time_point> exhausted_until(const key_record& key,
                                                          time_point now) const;

  consequence reject(key_index key, std::string_view reason, time_point now, news& n);
  void restore(key_index key, time_point now, news& n);
  void schedule_probe(key_index key);

  void keep_counts(kept_health& all, key_index key, time_point now) const;
  void keep_cool_downs(kept_health& all, project_index project, const kept_cool_down& of,
                       time_point now) const;
  void quarantine_again(const kept_quarantine& one, time_point now);
  void cool_again(const kept_cool_down& one, time_point now);
  void count_again(const kept_day_count& one, time_point now);

  [[nodiscard]] bool is_cooling(const key_record& key, time_point now) const;
  [[nodiscard]] key_state state_of(const key_record& key, time_point now) const;
  [[nodiscard]] project_name project_of(const key_record& key) const;
  [[nodiscard]] key_view view(key_index index, time_point now) const;
  [[nodiscard]] std::vector<quota_view> quota_of(project_index project, std::optional<service> at,
                                                 time_point now) const;

  mutable breakable_mutex mutex_;
  pool_settings settings_;
  roster roster_;
  lane_table lanes_;
  std::set<std::pair<time_point, key_index>> probes_;  // of the quarantined, by when they are due
  std::uint64_t learned_ = 0;                          // what is to be kept has changed so often
  std::function<void(const pool_event&)> listener_;
  std::function<void(const limit_event&)> limit_listener_;
  limit_shares shares_;
  bool metered_ = false;            // some key or project has limits, or had
  std::atomic<bool> money_{false};  // some limit is on money
};

}  // namespace gemkeeper::pool::detail
