// The key pool: which key may serve the next attempt, and what each attempt taught.
//
// Thread-safety: every member may be called from any thread; critical sections are short and hold
// no I/O. The pool owns no thread, no timer, no clock and no socket: the time is an argument, and
// whoever waits is told by a callback.
//
// Cost: `acquire` and `settle` are O(log keys), a cool-down too however many keys its project has;
// a model's first request, `apply` and the views are O(keys).
#pragma once

#include <gemkeeper/pool/health.hpp>
#include <gemkeeper/pool/ids.hpp>
#include <gemkeeper/pool/key.hpp>
#include <gemkeeper/pool/limits.hpp>
#include <gemkeeper/pool/outcome.hpp>
#include <gemkeeper/pool/project_ref.hpp>
#include <gemkeeper/pool/usage.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace gemkeeper::pool {

// Who is next among the projects of a model, and among the keys of a project.
enum class policy : std::uint8_t {
  round_robin,  // each in turn, in order of declaration
  weighted,     // turns in proportion to weight; a project's is the sum of its usable keys'
  least_used,   // fewest tokens first; a request under way counts as an average one
  priority,     // the highest priority that is free; equals in turn
};
std::optional<policy> parse_policy(std::string_view);
std::string_view to_string(policy);

struct pool_settings {
  pool::policy policy = pool::policy::round_robin;
  duration minute_cool_down = std::chrono::minutes(1);       // PerMinute without RetryInfo
  duration unknown_cool_down_min = std::chrono::seconds(5);  // bare 429, doubles up to …
  duration unknown_cool_down_max = std::chrono::minutes(5);
  duration no_access_cool_down = std::chrono::hours(24);   // limit: 0
  duration exhausted_cool_down = std::chrono::hours(1);    // credits or spend cap used up
  duration probe_interval_min = std::chrono::seconds(30);  // quarantine: doubles up to …
  duration probe_interval_max = std::chrono::hours(1);
  // Models tracked one by one. Beyond, the coldest one without a request under way gives way, and
  // its cool-downs and counts against limits are forgotten; if there is none, the rest share.
  std::size_t max_models = 64;
};

// Why `acquire` gave this key and not another.
struct choice {
  // What it is to the request.
  enum class fit : std::uint8_t { new_project, new_key, same_key };

  pool::policy by = policy::round_robin;  // whose turn it was
  fit how = fit::new_project;
  bool trial = false;   // half-open: the one request that tries whether a cool-down is over
  bool pinned = false;  // to the project, as `request_traits::pin` asked
};

// What `settle` did to the key or its project.
struct consequence {
  enum class kind : std::uint8_t { none, cooled, quarantined, project_exhausted };

  kind what = kind::none;
  time_point until{};  // of the latest end; of a quarantine: when the key is probed
};

namespace detail {
class pool_state;
struct key_entry;
struct queued;

// What a lease remembers of its origin.
struct ticket {
  std::uint32_t lane = 0;
  std::uint32_t key = 0;
  std::uint32_t project = 0;
  std::uint32_t epoch = 0;
  std::uint64_t cost = 0;
  time_point taken{};
  choice chosen{};
  // What it holds of quotas and limits until its end.
  std::uint32_t key_input = 0, project_input = 0;
  std::uint32_t key_tokens = 0, key_micro_usd = 0;
  std::uint32_t project_tokens = 0, project_micro_usd = 0;
  std::uint64_t charged = 0;  // tokens that limits know of already
  // Where the records are that its end will touch: for the processor to fetch, not to look at.
  std::array<const void*, 4> records{};
};
}  // namespace detail

// A key handed to one attempt. Movable; settled exactly once: by `key_pool::settle`, or as
// `cancelled` by the destructor. Holds its key alive, so `secret()` stays valid for its life even
// when the key is removed or rotated meanwhile. Must not outlive the pool.
class lease {
 public:
  lease() = default;
  lease(lease&&) noexcept;
  lease& operator=(lease&&) noexcept;
  ~lease();

  explicit operator bool() const { return entry_ != nullptr; }
  [[nodiscard]] std::string_view secret() const;
  [[nodiscard]] const key_id& id() const;
  [[nodiscard]] const std::string& key_name() const;
  // A small number, this key's alone while the pool knows it; another's later.
  [[nodiscard]] std::uint32_t slot() const { return ticket_.key; }
  // `key_spec::proxy`: a secret.
  [[nodiscard]] std::string_view proxy() const;
  // An opaque small number, equal for two leases exactly when their keys share a project.
  [[nodiscard]] std::uint32_t project() const;
  [[nodiscard]] pool::service service() const { return service_; }
  [[nodiscard]] tier project_tier() const;
  [[nodiscard]] const choice& chosen() const { return ticket_.chosen; }
  // As it was declared; empty: it was not.
  [[nodiscard]] const project_name& declared_project() const;
  // It is about to be settled: among many keys, what that touches has left the caches meanwhile.
  void fetch_ahead() const {
    for (const void* record : ticket_.records)
      __builtin_prefetch(record, 1);
  }

 private:
  friend class key_pool;
  friend class detail::pool_state;
  std::shared_ptr<const detail::key_entry> entry_;  // shared with the pool
  detail::pool_state* pool_ = nullptr;
  detail::ticket ticket_;
  tier tier_ = tier::unknown;
  pool::service service_ = pool::service::gemini;
};

// What a request needs of a key. `tried_*` steer: a project not tried yet is preferred, a key tried
// already is never handed out again for the same request unless `may_repeat_key`.
struct request_traits {
  std::string_view model{};                       // empty: the call names no model
  pool::service service = pool::service::gemini;  // only its keys will do
  std::vector<key_id> tried_keys{};
  std::vector<std::uint32_t> tried_projects{};
  bool only_untried_projects = false;  // after `next_project`
  tier excluded_tier = tier::unknown;  // after `other_tier`
  bool may_repeat_key = false;
  // The owner of a resource that the request names: it alone will do, whichever projects were
  // tried, and there is nowhere to go on to when its quota is out.
  std::optional<project_ref> pin{};
  // A project to be asked as long as a key of it is free, whosever turn it is; then the others.
  std::optional<project_ref> prefer{};
};

enum class no_key_reason : std::uint8_t {
  no_keys,        // none is configured for this service
  none_usable,    // all are quarantined or disabled, or none admits the model
  all_cooling,    // waiting helps, at `earliest`
  all_tried,      // this request has been through every key that could serve it
  queued_behind,  // others wait for the same model: join the queue; `earliest` is the first's too
  project_gone,   // no key is of the project that the request is pinned to
};

struct no_key {
  no_key_reason reason = no_key_reason::no_keys;
  // Of recovery, for this very request, where time alone brings it; otherwise the end of a request
  // under way does.
  std::optional<time_point> earliest{};
  bool until_day_end = false;  // every candidate is out until its daily quota resets
  bool by_limit = false;       // what ends first is a limit that the operator set
};

// A request that waits for a key. Registered by `wait`, told by `wake` (called from any thread,
// without the pool's lock held; it must only post). Leaves its queue when destroyed, after which it
// is not called. One request's, hence not thread-safe itself. Must not outlive the pool.
class waiter {
 public:
  explicit waiter(std::function<void()> wake);
  waiter(const waiter&) = delete;
  waiter& operator=(const waiter&) = delete;
  ~waiter();

 private:
  friend class detail::pool_state;
  std::shared_ptr<detail::queued> queued_;  // shared with the pool while it waits
};

struct cool_down_view {
  model_name model;  // empty: the whole project
  std::string quota_id;
  time_point until;
};

struct key_view {
  key_id id;
  std::string name;
  std::string fingerprint;
  project_name project;
  pool::service service = pool::service::gemini;
  key_state state = key_state::healthy;
  std::string reason;  // of quarantine
  std::uint32_t in_flight = 0;
  std::uint64_t calls = 0;   // attempts settled
  std::uint64_t errors = 0;  // of which neither succeeded nor were cancelled
  std::array<std::uint64_t, outcome_count> outcomes{};  // the attempts, by what they meant
  std::optional<time_point> last_used;
  std::optional<time_point> next_probe;
  std::vector<cool_down_view> cool_downs;
  std::vector<limit_view> limits;             // those that are set
  std::vector<quota_view> quota;              // its own and its project's, for each model asked for
  std::optional<time_point> exhausted_until;  // by a limit of its own or of its project
};

// How an operator knows a key.
struct key_label {
  std::string name;
  project_name project;  // as declared or learned; empty: neither
};

struct pool_counts {
  std::size_t total = 0, healthy = 0, cooling = 0, exhausted = 0, quarantined = 0, disabled = 0;
  std::optional<time_point> next_recovery;
};

// What `apply` did.
struct apply_report {
  std::size_t added = 0, kept = 0, removed = 0;
  std::vector<std::string> problems;  // duplicate secrets or names, with the key's name
};

// State changes worth telling an operator. Called without the pool's lock held.
struct pool_event {
  enum class kind : std::uint8_t { cooled, quarantined, recovered, project_exhausted } what;
  key_id id;
  std::string key_name;
  std::string model;
  std::string reason;
  std::optional<time_point> until;
};

class key_pool {
 public:
  // `hash_key` seeds `make_key_id`.
  key_pool(const pool_settings& settings, std::string hash_key);
  key_pool(const key_pool&) = delete;
  key_pool& operator=(const key_pool&) = delete;
  ~key_pool();

  // Makes the pool hold just these keys. A key known by its secret, or by `key_spec::id`, keeps its
  // health, counts and leases, and what was changed of it holds for the next lease, its secret too;
  // a removed one serves the leases it has and no more.
  apply_report apply(std::vector<key_spec> keys, time_point now);
  // What is declared of projects, in place of what was; a project need not have keys yet.
  void declare(std::vector<project_spec> projects, time_point now);
  // So much was used of this day and month by what the ledger says, which knows of the time before
  // this process, and before the limits were set. Nothing is counted twice.
  void count_at_least(const key_id& key, const past_usage& day, const past_usage& month,
                      time_point now);
  void count_at_least(const project_name& project, const past_usage& day, const past_usage& month,
                      time_point now);
  // In force with the next request; cool-downs under way stay as they are.
  void configure(const pool_settings& settings);
  // At most one listener, set before the pool is shared.
  void on_event(std::function<void(const pool_event&)> listener);
  void on_limit(std::function<void(const limit_event&)> listener);
  void tell_limits_at(const limit_shares& shares);  // from the next request on

  std::variant<lease, no_key> acquire(const request_traits& traits, time_point now);
  // As `acquire`, for a request that waits: only the first of its queue is served.
  std::variant<lease, no_key> acquire(const request_traits& traits, waiter& w, time_point now);
  // Joins the FIFO queue of its service and model. `w` is woken when it becomes the first, and as
  // the first whenever a key may be free; each time it calls `acquire`, and for what time alone
  // brings it calls it again at `no_key::earliest`. Served, it has left the queue.
  void wait(std::string_view model, waiter& w);
  // Pinned requests queue by project as well, beside the others: a project that is out holds up
  // none but those that need it.
  void wait(const request_traits& traits, waiter& w);

  // Consumes the lease. An unknown cost counts as none against limits.
  consequence settle(lease&& used, const verdict& what, const token_usage& usage, time_point now,
                     std::optional<std::uint64_t> micro_usd = std::nullopt);
  // The cost of what was settled without one, against limits on money. Costs nothing while
  // there are none.
  void charge(const key_id& key, std::uint64_t micro_usd, time_point now);

  // For a lease that goes on for long. Google has agreed to its request: a trial has succeeded, and
  // others may follow it.
  void confirm(const lease& running, time_point now);
  // What it has used since the last time counts against limits now, and not at its end. `settle`
  // gets the whole.
  void charge(lease& running, const token_usage& part, std::optional<std::uint64_t> micro_usd,
              time_point now);

  // Quarantine: the next key whose probe is due, if any; the caller asks Google
  // (`GET /v1beta/models?pageSize=1`, which costs no generation quota) and settles the probe. Any
  // answer that shows the key to be valid, a quota's refusal too, ends the quarantine.
  std::optional<lease> next_probe(time_point now);
  void settle_probe(lease&& probed, const verdict& what, time_point now);
  std::optional<time_point> next_probe_due() const;

  // Lifts the cool-downs of a key's project, and its quarantine, not the operator's limits. False:
  // no such key.
  bool reset(const key_id& id, time_point now);

  // How a key's project is to be remembered; nothing: no such key. O(1).
  [[nodiscard]] std::optional<project_ref> project_of(const key_id& key) const;
  // False too when either is gone. O(1).
  [[nodiscard]] bool same_project(const project_ref& a, const project_ref& b) const;
  // The number of `lease::project` and `request_traits::tried_projects`; nothing: it is gone.
  [[nodiscard]] std::optional<std::uint32_t> project_number(const project_ref& project) const;
  // Those with keys for the Gemini API, where files and the like are. Each once, by the lowest of
  // its keys' ids and in the order of those: an order that holds over restarts, whatever keys are
  // added.
  [[nodiscard]] std::vector<project_ref> projects() const;

  // What a restart must not lose; O(keys × models), a model at a time. `health_version` tells that
  // it may have changed, for less.
  [[nodiscard]] std::uint64_t health_version() const;
  [[nodiscard]] kept_health health(time_point now) const;
  // Into a pool that holds its keys, once. What has ended, or is of a key or project that is gone,
  // is left out; no rest becomes longer than it can be at `now`, should a clock have jumped.
  void restore_health(const kept_health& kept, time_point now);

  [[nodiscard]] pool_counts counts(time_point now) const;
  [[nodiscard]] std::vector<key_view> keys(time_point now) const;
  // Those that are declared, and those that keys name; by name.
  [[nodiscard]] std::vector<project_view> projects(time_point now) const;
  // nullopt: no such key any more.
  [[nodiscard]] std::optional<key_label> label_of(const key_id& id) const;

 private:
  std::unique_ptr<detail::pool_state> state_;
};

}  // namespace gemkeeper::pool
