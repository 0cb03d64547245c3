// One model's view of the pool: which project and key may serve its next request. A model of the
// Gemini API and its namesake at Vertex AI are two, with keys and quotas of their own.
//
// A lane seats the projects; a seat holds the turns of the project's keys. Both levels are lines
// (line.hpp). Invariant between calls: whatever is usable is in exactly one line, under `ready` or
// `resting`; what is not usable is in none. Guarded by the pool's lock.
#pragma once

#include "cool_down.hpp"
#include "line.hpp"
#include "request_window.hpp"
#include "roster.hpp"
#include "stable_list.hpp"
#include "waiting.hpp"
#include <gemkeeper/pool/pool.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gemkeeper::pool::detail {

// What keeps a key or a project from being picked for one model, besides cool-downs. Most have
// none.
struct bounds {
  std::unique_ptr<request_window> window;  // null: no quota is declared
  cool_down limit;                         // the operator's, over all models
  cool_down wait;                          // of both, the one that ends last: as `look` found it

  const cool_down& look(time_point now) {
    wait = window ? window->next_free(now) : cool_down{};
    if (limit.until > wait.until) wait = limit;
    return wait;
  }
};

// A key, for one model.
struct turn : in_line {
  key_index key = 0;
  project_index project = no_project;
  std::uint32_t in_flight = 0;
  std::uint32_t generation = 0;
  std::uint64_t weight = 0;
  std::unique_ptr<bounds> bound;  // null: neither a quota nor a limit
  // While it rests until a known time: in the lane's list of those.
  boost::intrusive::set_member_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>,
                                    boost::intrusive::optimize_size<true>>
      alarm;
  bool admitted = false;  // the key is declared for this service and model
  bool usable = false;    // and neither disabled nor quarantined
};
static_assert(sizeof(turn) == 2 * cache_line);

struct cooling_quota {
  std::string quota_id;
  time_point until{};
};

// A project, for one model. What an ordinary turn touches comes first.
struct seat : in_line {
  line<turn> turns;
  project_index project = 0;
  // Changes with each cool-down. A lease of an earlier epoch was under way before it, so that its
  // success proves nothing, and its failure is the same failure.
  std::uint32_t epoch = 0;
  turn_clock clock;
  std::uint64_t weight = 0;  // of its usable keys
  cool_down cooling;
  // Half-open: from the end of a cool-down to the first success, one request at a time.
  bool half_open = false;
  bool trial_out = false;
  std::unique_ptr<bounds> bound;  // null: neither a quota nor a limit

  pool::tier tier = pool::tier::unknown;
  std::uint32_t generation = 0;
  std::uint32_t unknown_in_a_row = 0;
  std::vector<cooling_quota> quotas;  // why

  // What of it keeps all its keys from being picked.
  [[nodiscard]] cool_down own() const {
    if (trial_out) return {never};
    return bound && bound->wait.until > cooling.until ? bound->wait : cooling;
  }
};

class lane {
 public:
  lane(pool::service service, std::string model) : service_(service), model_(std::move(model)) {}

  [[nodiscard]] pool::service service() const { return service_; }
  [[nodiscard]] const std::string& model() const { return model_; }
  [[nodiscard]] pool::policy policy() const { return policy_; }

  // Takes over what changed in the roster or the policy. O(keys).
  void rebuild(const roster& all, pool::policy p, time_point now);
  void set_usable(key_index key, bool usable, time_point now);
  // A key joined another project. An old project without keys hands its cool-down on.
  void move(key_index key, project_index from, project_index to, const roster& all, time_point now);

  // The next key for such a request, reserved. The ticket's lane is for the caller to fill in.
  std::optional<ticket> take(const request_traits& traits, const roster& all, time_point now);
  // Why `take` found none.
  [[nodiscard]] no_key refusal(const request_traits& traits, const roster& all) const;

  // The same for a request that needs this project.
  std::optional<ticket> take_from(project_index project, const request_traits& traits,
                                  const roster& all, time_point now);
  [[nodiscard]] no_key refusal_of(project_index project, const request_traits& traits,
                                  const roster& all) const;

  // The end of a lease; `tokens`: what it used, where known, and of input alone.
  void give_back(const ticket& t, std::optional<std::uint64_t> tokens,
                 std::optional<std::uint64_t> input_tokens, time_point now);
  // Of a lease that goes on: input tokens that it used, against declared quotas.
  void charge_input(const ticket& running, std::uint64_t tokens, time_point now);
  // An operator's limit, over all models, keeps them from being picked, or does so no more.
  void limit_key(key_index key, cool_down end, time_point now);
  void limit_project(project_index project, cool_down end, time_point now);
  // Whether the lease began after the last cool-down of `project`.
  [[nodiscard]] bool is_current(const ticket& t, project_index project) const;
  // True: this ended a half-open phase.
  bool succeed(project_index project, time_point now);
  // Counts a bare 429: which one in a row it is.
  unsigned count_unknown(project_index project, bool current);
  void cool(project_index project, cool_down end, time_point now);
  // True: this quota was not cooling before.
  bool cool_quota(project_index project, std::string_view quota_id, cool_down end, time_point now);
  void lift(project_index project, time_point now);

  // As before a restart.
  void remember_unknown(project_index project, std::uint32_t in_a_row);
  void count_today(key_index key, std::uint32_t requests, time_point day_end, time_point now);

  [[nodiscard]] const stable_list<seat>& seats() const { return seats_; }
  [[nodiscard]] const stable_list<turn>& turns() const { return turns_; }
  // Requests that were counted against limits.
  [[nodiscard]] std::uint64_t counted() const { return counted_; }
  [[nodiscard]] bool any_ready() const;
  [[nodiscard]] bool idle() const { return leases_ == 0 && queue.empty() && pinned.empty(); }

  waiting_queue queue;
  std::unordered_map<project_index, waiting_queue> pinned;  // of those who need it; none is empty
  time_point last_used{};

 private:
  using alarms = boost::intrusive::multiset<
      turn, boost::intrusive::member_hook<turn, decltype(turn::alarm), &turn::alarm>,
      boost::intrusive::compare<by_end>, boost::intrusive::constant_time_size<false>>;

  ticket grant(seat& s, turn& t, const choice& why, const roster& all, time_point now);
  void fetch_ahead(const roster& all) const;
  void let_in(time_point now);
  [[nodiscard]] bool more_due(time_point now) const;
  void place(turn& t, time_point now);
  void place(seat& s, time_point now);
  void take_over(const key_record& key, key_index index, time_point now);
  void charge(seat& s, turn& t, const ticket& paid, std::uint64_t tokens);

  pool::service service_;
  std::string model_;
  pool::policy policy_ = pool::policy::round_robin;
  turn_clock clock_;
  std::uint64_t expected_tokens_ = 1;  // of one request: a moving average
  std::uint32_t leases_ = 0;
  std::uint64_t counted_ = 0;
  // The lines go before what is in them.
  stable_list<turn> turns_;  // by key_index
  stable_list<seat> seats_;  // by project_index
  alarms alarms_;
  std::array<line<seat>, 3> lines_;  // by tier
};

}  // namespace gemkeeper::pool::detail
