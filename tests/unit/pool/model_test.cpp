// The pool against a model of it that is as plain as can be, over random histories: it grants
// whatever the model allows and nothing else, and tells the model's time of recovery.
#include "fixture.hpp"
#include "pool/pacific_day.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <random>
#include <set>

using namespace gemkeeper::pool;
using namespace gemkeeper::pool::test;

namespace {

constexpr time_point never = time_point::max();
constexpr std::array<const char*, 3> model_names{"x", "y", "z"};

struct plain_key {
  key_spec spec;
  bool rejected = false;
  std::map<std::string, std::vector<time_point>> starts;  // by model
  std::uint32_t in_flight = 0;

  static auto since_midnight(const std::vector<time_point>& all, time_point now) {
    return static_cast<std::uint64_t>(std::count_if(
        all.begin(), all.end(), [now](time_point s) { return next_pacific_midnight(s) > now; }));
  }

  // For this model, by the quota, and for any, by the limits.
  time_point free_at(const std::string& model, time_point now) {
    const limit_set& l = spec.limits;
    if (l.requests_in_flight != 0 && in_flight >= l.requests_in_flight) return never;
    std::uint64_t today = 0;
    for (const auto& [of, all] : starts)
      today += since_midnight(all, now);
    if (l.requests_per_day != 0 && today >= l.requests_per_day) return next_pacific_midnight(now);
    const quota_set& q = spec.quota;
    const std::vector<time_point>& all = starts[model];
    if (q.requests_per_day != 0 && since_midnight(all, now) >= q.requests_per_day) {
      return next_pacific_midnight(now);
    }
    if (q.requests_per_minute == 0 || all.size() < q.requests_per_minute) return {};
    return all[all.size() - q.requests_per_minute] + 1min;
  }
};

struct plain_seat {
  time_point cool_until{};
  bool half_open = false;
  int trial = 0;  // the number of its lease
  int epoch = 0;

  void cool(time_point until) {
    cool_until = std::max(cool_until, until);
    half_open = true;
    trial = 0;
    ++epoch;
  }
  time_point free_at() const { return trial != 0 ? never : cool_until; }
};

struct granted {
  lease held;
  int number;
  int epoch;
  std::string key, project, model;
};

class history : fixture {
 public:
  history(unsigned seed, policy p) : fixture({.policy = p}), random_(seed) {
    const std::size_t count = 2 + pick(7);
    for (std::size_t i = 0; i < count; ++i) {
      key_spec spec = key("k" + std::to_string(i), "p" + std::to_string(pick(count)));
      spec.weight = static_cast<std::uint32_t>(1 + pick(3));
      spec.priority = static_cast<std::int32_t>(pick(3));
      if (pick(3) == 0) spec.limits.requests_in_flight = static_cast<std::uint32_t>(1 + pick(3));
      if (pick(3) == 0) spec.quota.requests_per_minute = static_cast<std::uint32_t>(1 + pick(5));
      if (pick(4) == 0) spec.quota.requests_per_day = static_cast<std::uint32_t>(5 + pick(20));
      if (pick(4) == 0) spec.limits.requests_per_day = 5 + pick(40);
      keys_[spec.name].spec = spec;
    }
    apply();
    for (const char* model : model_names) {  // so that each has its lane from the start
      if (auto l = try_acquire({.model = model})) {
        note_grant(std::move(*l), model);
        settle_one(leases_.size() - 1, success);
      }
    }
  }

  void step() {
    switch (pick(12)) {
      case 0:
        now += std::chrono::milliseconds(pick(90'000));
        break;
      case 1:
        if (pick(20) == 0) now += 5h;
        break;
      case 2:
        if (pick(10) == 0) toggle();
        break;
      case 3:
        if (pick(10) == 0) reset();
        break;
      case 4:
        probe();
        break;
      case 5:
      case 6:
      case 7:
        if (!leases_.empty()) settle_one(pick(leases_.size()), random_verdict());
        break;
      default:
        request();
    }
  }

 private:
  std::size_t pick(std::size_t below) {
    return std::uniform_int_distribution<std::size_t>(0, below - 1)(random_);
  }
  void apply() {
    std::vector<key_spec> specs;
    for (const auto& [name, k] : keys_)
      specs.push_back(k.spec);
    pool.apply(specs, now);
  }
  void toggle() {
    auto it = std::next(keys_.begin(), static_cast<std::ptrdiff_t>(pick(keys_.size())));
    it->second.spec.enabled = !it->second.spec.enabled;
    apply();
  }
  void reset() {
    const key_view v = pool.keys(now)[pick(keys_.size())];
    pool.reset(v.id, now);
    keys_[v.name].rejected = false;
    for (const char* model : model_names) {
      plain_seat& s = seats_[{v.project.value, model}];
      s.cool(now);
      s.cool_until = {};
      s.half_open = false;
    }
  }
  void probe() {
    auto due = pool.next_probe(now);
    if (!due) return;
    plain_key& k = keys_.at(due->key_name());
    BOOST_REQUIRE(k.rejected);
    k.rejected = pick(2) == 0;
    pool.settle_probe(std::move(*due), k.rejected ? rejected : success, now);
  }

  verdict random_verdict() {
    switch (pick(8)) {
      case 0:
        return quota(quota_period::minute, std::chrono::milliseconds(1 + pick(120'000)));
      case 1:
        return quota(pick(4) == 0 ? quota_period::day : quota_period::minute);
      case 2:
        return pick(4) == 0 ? rejected : success;
      case 3:
        return {.kind = pick(6) == 0 ? outcome::project_exhausted : outcome::model_fault};
      case 4:
        return {.kind = outcome::cancelled};
      default:
        return success;
    }
  }

  void settle_one(std::size_t index, const verdict& what) {
    granted g = std::move(leases_[index]);
    leases_.erase(leases_.begin() + static_cast<std::ptrdiff_t>(index));
    plain_key& k = keys_[g.key];
    plain_seat& s = seats_[{g.project, g.model}];
    --k.in_flight;
    if (s.trial == g.number) s.trial = 0;
    if (what.kind == outcome::success && g.epoch == s.epoch) s.half_open = false;
    if (what.kind == outcome::key_fault) k.rejected = true;
    if (what.kind == outcome::quota) {
      const quota_mark& mark = what.marks[0];
      s.cool(mark.period == quota_period::day ? next_pacific_midnight(now)
                                              : now + mark.retry_delay.value_or(1min));
    }
    if (what.kind == outcome::project_exhausted) {
      for (const char* model : model_names)
        seats_[{g.project, model}].cool(now + 1h);
    }
    settle(std::move(g.held), what, 1 + pick(1'000));
  }

  void note_grant(lease&& l, const std::string& model) {
    plain_key& k = keys_[l.key_name()];
    plain_seat& s = seats_[{k.spec.project.value, model}];
    const int number = ++last_number_;
    if (s.half_open) s.trial = number;
    k.starts[model].push_back(now);
    ++k.in_flight;
    const std::string name = l.key_name();
    leases_.push_back({std::move(l), number, s.epoch, name, k.spec.project.value, model});
  }

  void request() {
    const std::string model = model_names[pick(model_names.size())];
    request_traits traits{.model = model};
    std::set<std::string> tried;
    std::set<std::string> tried_projects;
    for (const granted& g : leases_) {
      if (pick(6) != 0) continue;
      traits.tried_keys.push_back(g.held.id());
      traits.tried_projects.push_back(g.held.project());
      tried.insert(g.key);
      tried_projects.insert(g.project);
    }
    traits.only_untried_projects = pick(3) == 0;
    traits.may_repeat_key = pick(3) == 0;
    std::string pinned;
    if (pick(4) == 0) {
      const key_view v = pool.keys(now)[pick(keys_.size())];
      traits.pin = pool.project_of(v.id);
      BOOST_REQUIRE(traits.pin->project == v.project);
      pinned = v.project.value;
    }

    bool any_usable = false;
    bool any_fresh = false;
    time_point earliest = never;
    std::set<std::string> allowed;
    for (auto& [name, k] : keys_) {
      if (!k.spec.enabled || k.rejected) continue;
      if (!pinned.empty() && k.spec.project.value != pinned) continue;
      any_usable = true;
      if (tried.contains(name) && !traits.may_repeat_key) continue;
      const std::string& project = k.spec.project.value;
      const bool passed_over = traits.only_untried_projects && pinned.empty();
      if (tried_projects.contains(project) && passed_over) continue;
      any_fresh = true;
      const time_point at = std::max(seats_[{project, model}].free_at(), k.free_at(model, now));
      earliest = std::min(earliest, at);
      if (at <= now) allowed.insert(name);
    }

    auto got = pool.acquire(traits, now);
    if (lease* l = std::get_if<lease>(&got)) {
      BOOST_REQUIRE_MESSAGE(allowed.contains(l->key_name()), l->key_name() << " was not allowed");
      const bool fresh_project = std::any_of(allowed.begin(), allowed.end(), [&](const auto& n) {
        return !tried_projects.contains(keys_[n].spec.project.value);
      });
      if (fresh_project && pinned.empty()) {
        BOOST_REQUIRE(!tried_projects.contains(keys_[l->key_name()].spec.project.value));
      }
      note_grant(std::move(*l), model);
      return;
    }
    const no_key& none = std::get<no_key>(got);
    BOOST_REQUIRE_MESSAGE(allowed.empty(), "refused, though " << *allowed.begin() << " was free");
    const auto expected = !any_usable  ? no_key_reason::none_usable
                          : !any_fresh ? no_key_reason::all_tried
                                       : no_key_reason::all_cooling;
    BOOST_REQUIRE_EQUAL(none.reason, expected);
    BOOST_REQUIRE((none.earliest.value_or(never) == earliest));
  }

  std::mt19937 random_;
  std::map<std::string, plain_key> keys_;
  std::map<std::pair<std::string, std::string>, plain_seat> seats_;  // by project and model
  std::vector<granted> leases_;
  int last_number_ = 0;
};

// On one thread there is nothing for ThreadSanitizer to find.
#ifdef __SANITIZE_THREAD__
constexpr unsigned seeds = 6;
#else
constexpr unsigned seeds = 60;
#endif

}  // namespace

BOOST_AUTO_TEST_SUITE(against_a_plain_model)

BOOST_AUTO_TEST_CASE(it_grants_what_is_allowed_and_nothing_else) {
  for (const policy p :
       {policy::round_robin, policy::weighted, policy::least_used, policy::priority}) {
    for (unsigned seed = 1; seed <= seeds; ++seed) {
      BOOST_TEST_CONTEXT(p << ", seed " << seed) {
        history h(seed, p);
        for (int i = 0; i < 1'500; ++i)
          h.step();
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(no_key_starves) {
  for (const policy p : {policy::round_robin, policy::weighted, policy::least_used}) {
    for (unsigned seed = 1; seed <= 20; ++seed) {
      BOOST_TEST_CONTEXT(p << ", seed " << seed) {
        std::mt19937 random(seed);
        fixture f({.policy = p});
        std::vector<key_spec> specs;
        for (int i = 0; i < 10; ++i) {
          specs.push_back(key("k" + std::to_string(i), "p" + std::to_string(random() % 6)));
          specs.back().weight = 1 + random() % 3;
        }
        f.pool.apply(specs, f.now);
        for (int i = 0; i < 500; ++i) {  // a past that leaves the ranks uneven
          f.now += 1s;
          const bool cools = random() % 10 == 0;
          if (auto l = f.try_acquire()) {
            f.settle(std::move(*l), cools ? quota(quota_period::minute) : success,
                     random() % 5'000);
          }
        }
        f.now += 10min;
        std::set<std::string> served;
        for (int i = 0; i < 600; ++i) {
          lease l = f.acquire();
          served.insert(l.key_name());
          f.settle(std::move(l), success, 1'000);
        }
        BOOST_TEST(served.size() == 10U);
      }
    }
  }
}

// After midnight in Los Angeles everything recovers at once; no request pays for all of it.
BOOST_FIXTURE_TEST_CASE(a_whole_pool_that_recovers_at_once_is_served_in_full, fixture) {
  std::vector<std::string> names;
  for (int i = 0; i < 1'000; ++i)
    names.push_back("k" + std::to_string(i));
  with_keys(names);
  for (int i = 0; i < 1'000; ++i)
    serve(quota(quota_period::day));
  BOOST_TEST(serve() == "-");
  now += 12h;
  std::set<std::string> served;
  for (int i = 0; i < 1'000; ++i)
    served.insert(serve());
  BOOST_TEST(served.size() == 1'000U);
}

BOOST_AUTO_TEST_SUITE_END()
