// GET /requests: which are found, page by page, and what is told of their attempts.
#include "fake_backend.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <set>

namespace gemkeeper::admin {
namespace {

using namespace std::chrono_literals;
using test::api;
using test::id_of;

struct with_requests : api {
  with_requests() {
    behind.add(test::key_of("AIza-first", "first key"));
    behind.add(test::key_of("AIza-second", "second"));
    behind.all[0].view.project = pool::project_name("blue");
    add("aaa", "flash", "success", 200, 5ms);
    add("bbb", "pro", "quota", 429, 50ms);
    add("ccc", "flash", "refused", 503, 2s);
    add("ddd", "models/odd name", "cancelled", 0, 700ms);
  }
  void add(std::string_view id, std::string_view model, std::string_view outcome, int status,
           std::chrono::microseconds total) {
    const std::string key(id_of("AIza-first").view());
    pool::attempt failed;
    failed.key = id_of("AIza-second");
    failed.kind = pool::outcome::quota;
    failed.reason = "quota";
    failed.status = 429;
    failed.quotas = {"PerMinute"};
    failed.effect = {pool::consequence::kind::cooled, std::chrono::sys_days(std::chrono::days(1))};
    failed.over = pool::attempt::connection::reused;
    failed.duration = 3ms;
    pool::attempt last;
    last.key = id_of("AIza-first");
    last.after = pool::next_step::next_project;
    last.chosen.trial = true;
    last.waited = 2ms;
    last.began = 5ms;
    const std::vector<pool::attempt> trail{failed, last};
    finished_request done;
    done.request_id = id;
    done.model = model;
    done.outcome = outcome;
    done.status = status;
    done.total = total;
    done.attempts = 2;
    if (id != "ccc") {
      done.key_id = key;
      done.key_name = "first key";
      done.trail = trail;
    }
    if (id == "bbb") {
      done.client = "0011aabb";
      done.client_name = "the app";
    }
    done.trace_id = id == "aaa" ? "4bf92f3577b34da6a3ce929d0e0e4736" : "";
    requests.record(done, moment += 1s);
  }
  // Of the requests that are found: "aaa bbb".
  std::string ids(std::string_view query) {
    const auto said = json("GET", fmt::format("/api/v1/requests{}", query));
    std::string all;
    for (const auto& one : said["requests"].GetArray())
      all += fmt::format("{}{}", all.empty() ? "" : " ", one["request_id"].GetString());
    next = said["next"].IsString() ? said["next"].GetString() : "";
    return all;
  }
  std::chrono::system_clock::time_point moment{};
  std::string next;
};

BOOST_FIXTURE_TEST_SUITE(recent_requests, with_requests)

BOOST_AUTO_TEST_CASE(each_filter_finds_its_own) {
  const std::pair<std::string, std::string> table[] = {
      {"", "ddd ccc bbb aaa"},
      {"?model=flash", "ccc aaa"},
      {"?model=models%2Fodd+name", "ddd"},
      {"?model=models/odd%20name", "ddd"},
      {"?outcome=quota", "bbb"},
      {"?outcome=refused", "ccc"},
      {"?status=0", "ddd"},
      {"?status=200", "aaa"},
      {"?key=first%20key", "ddd bbb aaa"},
      {fmt::format("?key={}", id_of("AIza-second").view()), "ddd bbb aaa"},  // of an attempt
      {"?key=nobody", ""},
      {"?client=0011aabb", "bbb"},
      {"?client=the+app", "bbb"},
      {"?client=nobody", ""},
      {"?min_duration=50ms", "ddd ccc bbb"},
      {"?min_duration=0.7s&model=flash", "ccc"},
      {"?min_duration=1m", ""},
      {"?limit=2", "ddd ccc"},
      {"?limit=1&model=flash", "ccc"},
      {"?", "ddd ccc bbb aaa"},
  };
  for (const auto& [query, expected] : table)
    BOOST_TEST(ids(query) == expected, query);
}

BOOST_AUTO_TEST_CASE(pages_follow_each_other_without_gap_and_end) {
  std::string all, query = "?limit=1";
  for (int page = 0; page < 4; ++page) {
    all += ids(query) + " ";
    BOOST_TEST(next.empty() == (page == 3));
    query = "?limit=1&before=" + next;
  }
  BOOST_TEST(all == "ddd ccc bbb aaa ");
  // Of the same moment, each is told once.
  moment -= 1s;
  add("eee", "flash", "success", 200, 1ms);
  BOOST_TEST(ids("?limit=1") == "eee");
  BOOST_TEST(ids("?before=" + next) == "ddd ccc bbb aaa");
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_named) {
  const std::pair<std::string, std::string> table[] = {
      {"limit=0", "400 invalid_field limit"},
      {"limit=-1", "400 invalid_field limit"},
      {"limit=1001", "400 invalid_field limit"},
      {"limit=1x", "400 invalid_field limit"},
      {"limit=", "400 invalid_field limit"},
      {"limit=1&limit=2", "400 invalid_field limit"},
      {"status=ok", "400 invalid_field status"},
      {"status=99", "400 invalid_field status"},
      {"status=600", "400 invalid_field status"},
      {"outcome=great", "400 invalid_field outcome"},
      {"min_duration=5", "400 invalid_field min_duration"},
      {"min_duration=5h", "400 invalid_field min_duration"},
      {"min_duration=-5s", "400 invalid_field min_duration"},
      {"min_duration=1e99s", "400 invalid_field min_duration"},
      {"before=yesterday", "400 invalid_field before"},
      {"before=-1", "400 invalid_field before"},
      {"model=%4", "400 invalid_field model"},
      {"key=%zz", "400 invalid_field key"},
      {"modle=flash", "400 unknown_parameter modle"},
  };
  for (const auto& [query, expected] : table)
    BOOST_TEST(error("GET", "/api/v1/requests?" + query) == expected, query);
  BOOST_TEST(error("GET", "/api/v1/requests/zzz") == "404 no_such_request");
}

BOOST_AUTO_TEST_CASE(the_trail_tells_of_each_attempt) {
  const auto said = json("GET", "/api/v1/requests/aaa");
  BOOST_TEST(said["trace_id"].GetString() == "4bf92f3577b34da6a3ce929d0e0e4736");
  BOOST_REQUIRE(said["trail"].Size() == 2U);
  const auto& failed = said["trail"][0];
  BOOST_TEST(failed["key_name"].GetString() == "second");
  BOOST_TEST(failed["project"].IsNull());
  BOOST_TEST(failed["why"].GetString() == "first");
  BOOST_TEST(failed["outcome"].GetString() == "quota");
  BOOST_TEST(failed["upstream_status"].GetInt() == 429);
  BOOST_TEST(failed["quotas"][0].GetString() == "PerMinute");
  BOOST_TEST(failed["effect"].GetString() == "cooled");
  BOOST_TEST(failed["until"].GetString() == "1970-01-02T00:00:00.000Z");
  BOOST_TEST(failed["connection"].GetString() == "reused");
  BOOST_TEST(failed["route"].GetString() == "direct");
  BOOST_TEST(failed["duration_ms"].GetDouble() == 3);
  const auto& last = said["trail"][1];
  BOOST_TEST(last["key_name"].GetString() == "first key");
  BOOST_TEST(last["project"].GetString() == "blue");
  BOOST_TEST(last["why"].GetString() == "another_project");
  BOOST_TEST(last["half_open"].GetBool());
  BOOST_TEST(last["effect"].IsNull());
  BOOST_TEST(last["until"].IsNull());
  BOOST_TEST(last["upstream_status"].IsNull());
  BOOST_TEST(last["waited_ms"].GetDouble() == 2);
  BOOST_TEST(last["start_ms"].GetDouble() == 5);
  // A key that is gone is told by its id.
  behind.all.clear();
  BOOST_TEST(json("GET", "/api/v1/requests/aaa")["trail"][0]["key_name"].IsNull());
}

BOOST_AUTO_TEST_CASE(all_that_is_told_is_described) {
  rapidjson::Document described;
  for (const char* name : {"Request", "Attempt"}) {
    const std::string_view text = schema(name);
    described.Parse(text.data(), text.size());
    std::set<std::string> known, told;
    for (const auto& one : described["properties"].GetObject())
      known.insert(one.name.GetString());
    const auto said = json("GET", "/api/v1/requests/aaa");
    const rapidjson::Value& object = name == std::string_view("Request") ? said : said["trail"][0];
    for (const auto& one : object.GetObject())
      told.insert(one.name.GetString());
    BOOST_TEST(known == told, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gemkeeper::admin
