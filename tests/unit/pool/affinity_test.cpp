#include "fixture.hpp"
#include <gemkeeper/pool/affinity.hpp>

#include <algorithm>
#include <atomic>
#include <initializer_list>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using namespace gemkeeper::pool;
using namespace std::chrono_literals;
using kind = affinity_plan::kind;

namespace {

project_ref ref(const std::string& name, std::string project = {}) {
  project_ref made;
  std::copy_n(name.begin(), std::min<std::size_t>(name.size(), 12), made.key.hex.begin());
  made.project = project_name(std::move(project));
  return made;
}

const project_ref a = ref("aaaaaaaaaaaa");
const project_ref b = ref("bbbbbbbbbbbb");

struct table_fixture {
  time_point now = std::chrono::sys_days(std::chrono::July / 1 / 2026) + 19h;
  affinity_table table;
  std::vector<affinity_record> changes;

  explicit table_fixture(const affinity_settings& settings = {}) : table(settings) {
    table.on_change([this](const affinity_record& r) { changes.push_back(r); });
  }

  affinity_plan plan(std::initializer_list<std::string_view> names) {
    const std::vector<std::string_view> all(names);
    return table.plan(
        all, [](const project_ref& x, const project_ref& y) { return x == y; }, now);
  }
  void learn(std::string_view name, const project_ref& owner, duration lasts = 48h) {
    table.learn(name, owner, now + lasts, now);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(affinity, table_fixture)

BOOST_AUTO_TEST_CASE(a_request_goes_to_the_owner_of_what_it_names) {
  BOOST_TEST((plan({}).what == kind::anywhere));
  BOOST_TEST((plan({"files/x"}).what == kind::unknown));
  BOOST_TEST(plan({"files/x"}).first == "files/x");
  learn("files/x", a);
  learn("cachedContents/x", b);
  BOOST_TEST((plan({"files/x"}).what == kind::pinned));
  BOOST_TEST((plan({"files/x"}).owner == a));
  BOOST_TEST((plan({"cachedContents/x"}).owner == b));
  BOOST_TEST((plan({"files/unknown", "files/x", "files/unknown-too"}).owner == a));
}

BOOST_AUTO_TEST_CASE(resources_of_two_projects_are_a_conflict_that_names_both) {
  learn("files/x", a);
  learn("files/y", a);
  learn("auth_tokens/secret", b);
  BOOST_TEST((plan({"files/x", "files/y"}).what == kind::pinned));
  const affinity_plan p = plan({"files/x", "files/y", "auth_tokens/secret"});
  BOOST_TEST((p.what == kind::conflict));
  BOOST_TEST(p.first == "files/x");
  BOOST_TEST(p.second == "auth_tokens/…");
  BOOST_TEST((p.owner == a));
  BOOST_TEST((p.other == b));
}

BOOST_AUTO_TEST_CASE(two_references_to_one_project_are_no_conflict) {
  learn("files/x", a);
  learn("files/y", b);
  const std::vector<std::string_view> names{"files/x", "files/y"};
  const affinity_plan p = table.plan(
      names, [](const project_ref&, const project_ref&) { return true; }, now);
  BOOST_TEST((p.what == kind::pinned));
  BOOST_TEST((p.owner == a));
}

BOOST_AUTO_TEST_CASE(what_google_has_forgotten_is_forgotten_here) {
  learn("files/x", a, 48h);
  table.learn("fileSearchStores/s", a, never_expires, now);
  now += 48h - 1s;
  BOOST_TEST((plan({"files/x"}).what == kind::pinned));
  now += 1s;
  BOOST_TEST((plan({"files/x"}).what == kind::unknown));
  now += std::chrono::hours(24 * 3650);
  BOOST_TEST((plan({"fileSearchStores/s"}).owner == a));
  learn("files/late", a, -1s);
  BOOST_TEST((plan({"files/late"}).what == kind::unknown));
}

BOOST_AUTO_TEST_CASE(deleted_ones_are_unknown_and_told) {
  learn("files/x", a);
  changes.clear();
  table.forget("files/x");
  table.forget("files/x");
  BOOST_TEST((plan({"files/x"}).what == kind::unknown));
  BOOST_REQUIRE(changes.size() == 1U);
  BOOST_TEST((changes[0] == affinity_record{"files/x", {}, {}}));
}

BOOST_AUTO_TEST_CASE(a_project_that_said_no_is_passed_over_for_a_while) {
  table.deny("files/x", a, now);
  now += 30s;
  table.deny("files/x", b, now);
  BOOST_TEST(plan({"files/x"}).not_in.size() == 2U);
  now += 30s;
  BOOST_REQUIRE(plan({"files/x"}).not_in.size() == 1U);
  BOOST_TEST((plan({"files/x"}).not_in[0] == b));
  now += 30s;
  BOOST_TEST(plan({"files/x"}).not_in.empty());
  BOOST_TEST(changes.empty());  // of no use after a restart

  learn("files/x", a);
  table.deny("files/x", a, now);
  BOOST_TEST((plan({"files/x"}).owner == a));
  BOOST_TEST(plan({"files/x"}).not_in.empty());
}

BOOST_AUTO_TEST_CASE(only_what_is_news_is_told) {
  learn("interactions/i", a, 1000h);
  BOOST_TEST(changes.size() == 1U);
  for (int i = 0; i < 100; ++i) {  // polled
    now += 2s;
    learn("interactions/i", a, 1000h);
  }
  BOOST_TEST(changes.size() == 1U);
  now += 100h;
  learn("interactions/i", a, 1000h);
  BOOST_TEST(changes.size() == 2U);
  learn("interactions/i", ref("aaaaaaaaaaa2"), 1000h);
  BOOST_TEST(changes.size() == 3U);

  learn("files/x", ref("one", "projects/1"));
  learn("files/x", ref("two", "projects/1"));  // another key of the same project
  BOOST_TEST(changes.size() == 4U);
}

BOOST_AUTO_TEST_CASE(secrets_are_kept_as_hashes) {
  for (const std::string name :
       {"auth_tokens/0123456789abcdef", "uploads/AbCdEfSecret", "sessions/HandleSecret"}) {
    learn(name, a);
    BOOST_TEST((plan({name}).owner == a));
    BOOST_TEST(plan({name}).first.find(name.substr(name.find('/') + 1)) == std::string::npos);
  }
  const std::string longest = "interactions/" + std::string(320, 'i');
  learn(longest, a);
  BOOST_TEST((plan({longest}).owner == a));
  for (const affinity_record& r : table.records(now)) {
    BOOST_TEST(r.name.find("Secret") == std::string::npos);
    BOOST_TEST(r.name.find("0123456789abcdef") == std::string::npos);
    BOOST_TEST(r.name.size() <= 128U);
  }
  BOOST_TEST(changes.size() == 4U);
  BOOST_TEST(shown_resource(changes[0].name) == "auth_tokens/…");
}

BOOST_AUTO_TEST_CASE(it_survives_a_restart) {
  learn("files/x", ref("one", "projects/1"));
  learn("auth_tokens/t", b, 30min);
  learn("files/short", b, 1min);
  table.learn("batches/b", a, never_expires, now);
  const std::vector<affinity_record> stored = table.records(now);
  BOOST_TEST(stored.size() == 4U);

  now += 2min;
  affinity_table next;
  next.load(stored, now);
  BOOST_TEST(next.size() == 3U);
  const std::vector<std::string_view> token{"auth_tokens/t"};
  BOOST_TEST((next.plan(
                      token, [](const auto&, const auto&) { return false; }, now)
                  .owner == b));
  BOOST_TEST((next.records(now) == table.records(now)));
}

BOOST_AUTO_TEST_CASE(projects_are_named_before_their_keys_go) {
  learn("files/x", a);
  table.name_projects(
      [](const key_id& key) { return project_name(key == a.key ? "projects/7" : ""); });
  BOOST_TEST(plan({"files/x"}).owner.project.value == "projects/7");
  BOOST_TEST((plan({"files/x"}).owner.key == a.key));
}

BOOST_AUTO_TEST_CASE(no_more_than_so_many_are_remembered) {
  table_fixture small({.max_resources = 160});
  for (int i = 0; i < 5'000; ++i) {
    small.learn("files/f" + std::to_string(i), a);
    small.table.deny("files/made-up" + std::to_string(i), a, small.now);
    small.plan({"files/f0"});  // asked for again and again, it stays
  }
  BOOST_TEST(small.table.size() <= 160U);
  BOOST_TEST(small.table.size() > 100U);
  BOOST_TEST((small.plan({"files/f0"}).what == kind::pinned));
  std::size_t forgotten = 0;
  for (const affinity_record& r : small.changes)
    forgotten += r.expires == time_point{} ? 1 : 0;
  BOOST_TEST(forgotten == 5'000U - small.table.size());
}

BOOST_AUTO_TEST_CASE(threads_may_share_it) {
  affinity_table shared({.max_resources = 500});
  std::atomic<std::size_t> told{0};
  shared.on_change([&told](const affinity_record&) { ++told; });
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&shared, t, at = now]() mutable {
      for (int i = 0; i < 2'000; ++i) {
        at += 1s;
        const std::string name = "files/f" + std::to_string(i % 97);
        const std::vector<std::string_view> names{name, "files/f1"};
        const project_ref owner = ref("key" + std::to_string(t), "projects/1");
        shared.learn(name, owner, at + 1min, at);
        shared.plan(
            names, [](const auto&, const auto&) { return true; }, at);
        shared.deny("files/no" + std::to_string(i), owner, at);
        if (i % 7 == 0) shared.forget(name);
        if (i % 500 == 0) static_cast<void>(shared.records(at));
      }
    });
  }
  for (std::thread& t : threads)
    t.join();
  BOOST_TEST(shared.size() <= 97U);
  BOOST_TEST(told > 0U);
}

BOOST_AUTO_TEST_SUITE_END()
