// A pool with a time of its own, for tests that read as what happens to it.
#pragma once

#include <gemkeeper/pool/pool.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace gemkeeper::pool {

inline std::ostream& operator<<(std::ostream& out, outcome o) {
  return out << to_string(o);
}
inline std::ostream& operator<<(std::ostream& out, policy p) {
  return out << to_string(p);
}
inline std::ostream& operator<<(std::ostream& out, key_state s) {
  return out << to_string(s);
}
inline std::ostream& operator<<(std::ostream& out, no_key_reason r) {
  return out << "reason " << static_cast<int>(r);
}

namespace test {

using namespace std::chrono_literals;

inline key_spec key(std::string name, std::string project = {}) {
  key_spec spec;
  spec.secret = "AIzaSecretOfKey-" + name;
  spec.name = std::move(name);
  spec.project = project_name(std::move(project));
  return spec;
}

inline verdict quota(quota_period period, std::optional<std::chrono::milliseconds> retry_delay = {},
                     std::string quota_id = "Quota") {
  return {
      .kind = period == quota_period::unknown ? outcome::quota_unknown : outcome::quota,
      .next = next_step::next_project,
      .reason = "quota",
      .marks = {{.quota_id = std::move(quota_id), .period = period, .retry_delay = retry_delay}}};
}

inline const verdict success{.kind = outcome::success};
inline const verdict bare_429{.kind = outcome::quota_unknown, .next = next_step::next_project};
inline const verdict rejected{
    .kind = outcome::key_fault, .next = next_step::next_key, .reason = "API_KEY_INVALID"};

struct fixture {
  // 2026-07-01 19:00 UTC: noon in Los Angeles, 12 hours from midnight there.
  time_point now = std::chrono::sys_days(std::chrono::July / 1 / 2026) + 19h;
  key_pool pool;
  std::vector<pool_event> events;

  explicit fixture(pool_settings settings = {}) : pool(settings, "hash key") {
    pool.on_event([this](const pool_event& e) { events.push_back(e); });
  }

  // Keys without a project of their own are each their own project.
  void with_keys(std::vector<std::string> names) {
    std::vector<key_spec> specs;
    for (std::string& name : names)
      specs.push_back(key(std::move(name)));
    pool.apply(std::move(specs), now);
  }

  std::optional<lease> try_acquire(const request_traits& traits = {.model = "m"}) {
    auto got = pool.acquire(traits, now);
    if (lease* granted = std::get_if<lease>(&got)) return std::move(*granted);
    return std::nullopt;
  }
  lease acquire(const request_traits& traits = {.model = "m"}) {
    auto granted = try_acquire(traits);
    BOOST_REQUIRE(granted.has_value());
    return std::move(*granted);
  }
  no_key refused(const request_traits& traits = {.model = "m"}) {
    auto got = pool.acquire(traits, now);
    BOOST_REQUIRE(std::holds_alternative<no_key>(got));
    return std::get<no_key>(got);
  }
  void settle(lease&& used, const verdict& what = success, std::uint64_t tokens = 0) {
    token_usage usage;
    usage.total = tokens;
    pool.settle(std::move(used), what, usage, now);
  }

  // The name of the key that served, or "-".
  std::string serve(const verdict& what = success, const request_traits& traits = {.model = "m"}) {
    auto used = try_acquire(traits);
    if (!used) return "-";
    std::string name = used->key_name();
    settle(std::move(*used), what);
    return name;
  }
  std::string serve_many(int requests, const request_traits& traits = {.model = "m"}) {
    std::string names;
    for (int i = 0; i < requests; ++i)
      names += serve(success, traits);
    return names;
  }
  // Makes just this key meet `what`: the others are excluded by having been tried.
  void meet(const std::string& name, const verdict& what, std::string_view model = "m") {
    request_traits traits{.model = model};
    for (const key_view& other : pool.keys(now)) {
      if (other.name != name) traits.tried_keys.push_back(other.id);
    }
    settle(acquire(traits), what);
  }

  key_view view(std::string_view name) {
    for (key_view& v : pool.keys(now)) {
      if (v.name == name) return v;
    }
    BOOST_FAIL("no key is called " << name);
    return {};
  }
};

}  // namespace test
}  // namespace gemkeeper::pool
