#include <gemkeeper/pool/clients.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <mutex>
#include <thread>
#include <vector>

using namespace gemkeeper::pool;
using namespace std::chrono_literals;

namespace {

constexpr time_point noon = std::chrono::sys_days(std::chrono::July / 1 / 2026) + 19h;

client_spec named(std::string name, std::string_view token, const limit_set& limits = {}) {
  return {"id-" + name, name, hash_token(token), limits, true};
}

struct table {
  client_table clients;
  std::mutex telling;  // whoever calls the table is the one who is told
  std::vector<limit_event> told;
  time_point now = noon;

  explicit table(const std::vector<client_spec>& specs) {
    clients.on_limit([this](const limit_event& e) {
      const std::scoped_lock lock(telling);
      told.push_back(e);
    });
    clients.apply(specs);
  }
  std::optional<client_refusal> begin(std::string_view token, client_pass& into) {
    const auto who = clients.find(token);
    BOOST_REQUIRE(who != nullptr);
    return who->begin(into, now);
  }
  client_view view() { return clients.clients(now).at(0); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(clients_of_the_proxy)

BOOST_AUTO_TEST_CASE(a_client_is_found_by_its_token_alone) {
  client_table none;
  BOOST_TEST(none.empty());
  BOOST_TEST(none.find("token-a") == nullptr);
  table t({named("a", "token-a"), named("b", "token-b")});
  BOOST_TEST(!t.clients.empty());
  BOOST_TEST(t.clients.find("token-a")->name() == "a");
  BOOST_TEST(t.clients.find("token-b")->id() == "id-b");
  for (const char* other : {"", "a", "id-a", "token-", "token-aa", "Token-a"})
    BOOST_TEST(t.clients.find(other) == nullptr);
}

BOOST_AUTO_TEST_CASE(hashes_are_sha_256) {
  // FIPS 180-2, appendix B.1.
  const token_hash hash = hash_token("abc");
  BOOST_TEST(hash[0] == 0xbaU);
  BOOST_TEST(hash[1] == 0x78U);
  BOOST_TEST(hash[31] == 0xadU);
}

BOOST_AUTO_TEST_CASE(a_change_is_seen_at_once_and_keeps_what_was_used) {
  table t({named("a", "token-a", {.requests_per_day = 3})});
  const std::uint64_t before = t.clients.generation();
  client_pass pass;
  BOOST_TEST(!t.begin("token-a", pass).has_value());
  client_spec other = named("a", "token-new", {.requests_per_day = 2});
  other.enabled = false;
  t.clients.apply({other});
  BOOST_TEST(t.clients.generation() != before);
  BOOST_TEST(t.clients.find("token-a") == nullptr);
  BOOST_TEST(!t.clients.find("token-new")->enabled());
  BOOST_TEST(t.view().in_flight == 1U);
  pass.settle(500, std::nullopt, t.now);
  BOOST_TEST(t.view().in_flight == 0U);
  BOOST_TEST(t.view().tokens == 500U);
  BOOST_TEST(t.view().limits.at(0).used == 1U);
  t.clients.apply({});
  BOOST_TEST(t.clients.empty());
}

BOOST_AUTO_TEST_CASE(a_limit_refuses_with_its_name_and_its_end) {
  table t({named("a", "token-a", {.requests_in_flight = 1, .requests_per_day = 2})});
  client_pass first, second, third;
  BOOST_TEST(!t.begin("token-a", first).has_value());
  const auto busy = t.begin("token-a", second);
  BOOST_REQUIRE(busy.has_value());
  BOOST_TEST((busy->which == limit_kind::requests_in_flight));
  BOOST_TEST(!busy->until.has_value());
  first = {};
  BOOST_TEST(!t.begin("token-a", second).has_value());
  second.settle({}, {}, t.now);
  const auto spent = t.begin("token-a", third);
  BOOST_REQUIRE(spent.has_value());
  BOOST_TEST((spent->which == limit_kind::requests_per_day));
  BOOST_TEST((spent->until == noon + 12h));
  BOOST_TEST(spent->until_day_end);
  BOOST_TEST((t.view().exhausted_until == noon + 12h));
  BOOST_TEST(t.view().refused == 2U);
  t.now = noon + 12h;
  BOOST_TEST(!t.begin("token-a", third).has_value());
}

BOOST_AUTO_TEST_CASE(a_pass_is_settled_once_whatever_becomes_of_it) {
  table t({named("a", "token-a", {.tokens_per_day = 10'000})});
  {
    client_pass one;
    t.begin("token-a", one);
    client_pass moved(std::move(one));
    client_pass again;
    again = std::move(moved);
    BOOST_TEST(t.view().in_flight == 1U);
    again.settle(100, {}, t.now);
    again.settle(100, {}, t.now);
  }
  BOOST_TEST(t.view().in_flight == 0U);
  BOOST_TEST(t.view().limits.at(0).used == 100U);
  BOOST_TEST(t.view().limits.at(0).reserved == 0U);
  {
    client_pass dropped;
    t.begin("token-a", dropped);
    BOOST_TEST(t.view().limits.at(0).reserved != 0U);
  }
  BOOST_TEST(t.view().limits.at(0).reserved == 0U);
}

BOOST_AUTO_TEST_CASE(shares_are_told_with_the_client) {
  table t({named("a", "token-a", {.usd_per_month = 1'000})});
  client_pass pass;
  t.begin("token-a", pass);
  pass.settle({}, 800, t.now);
  BOOST_REQUIRE(t.told.size() == 1U);
  BOOST_TEST((t.told[0].scope == limit_scope::client));
  BOOST_TEST(t.told[0].subject == "id-a");
  BOOST_TEST(t.told[0].name == "a");
  BOOST_TEST(t.told[0].percent == 80U);
}

BOOST_AUTO_TEST_CASE(what_was_used_before_the_start_counts) {
  table t({named("a", "token-a", {.requests_per_day = 10})});
  t.clients.count_at_least("id-a", {.requests = 10}, {}, t.now);
  client_pass pass;
  BOOST_TEST(t.begin("token-a", pass).has_value());
}

BOOST_AUTO_TEST_CASE(fifty_at_once_on_a_limit_of_ten_admit_ten) {
  for (const limit_set& limits :
       {limit_set{.requests_in_flight = 10}, limit_set{.requests_per_minute = 10},
        limit_set{.tokens_per_minute = 10'000}}) {
    table t({named("a", "token-a", limits)});
    std::vector<client_pass> passes(50);
    std::atomic<int> admitted{0};
    std::vector<std::thread> threads;
    for (std::size_t first = 0; first < 50; first += 10) {
      threads.emplace_back([&, first] {
        for (std::size_t i = first; i < first + 10; ++i) {
          const auto who = t.clients.find("token-a");
          if (!who->begin(passes[i], t.now)) ++admitted;
        }
      });
    }
    for (std::thread& one : threads)
      one.join();
    BOOST_TEST(admitted == 10);
  }
}

BOOST_AUTO_TEST_SUITE_END()
