#include "client.hpp"
#include <gemkeeper/sandbox/server.hpp>

#include <boost/test/unit_test.hpp>
#include <rapidjson/document.h>

using namespace gemkeeper::sandbox;
using namespace gemkeeper::sandbox::test;

BOOST_AUTO_TEST_SUITE(control_endpoints)

BOOST_AUTO_TEST_CASE(a_scenario_is_played_from_outside_and_keeps_the_keys) {
  server sandbox({});
  client connection(sandbox.listen("127.0.0.1:0", transport::plain));
  BOOST_TEST(connection.put("/sandbox/scenario", "[[faults]]\nfault = \"leaked\"\ncount = 1")
                 .result_int() == 200U);
  BOOST_TEST(connection.post(generate_target, say("x"), first_key).result_int() == 403U);
  BOOST_TEST(connection.post(generate_target, say("x"), first_key).result_int() == 200U);
  BOOST_TEST(connection.post("/sandbox/reset", "").result_int() == 200U);
  BOOST_TEST(connection.post(generate_target, say("x"), first_key).result_int() == 403U);
  BOOST_TEST(sandbox.requests().size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_wrong_scenario_is_refused_and_the_old_one_stays) {
  scenario what;
  what.answer.text = "old";
  server sandbox(what);
  client connection(sandbox.listen("127.0.0.1:0", transport::plain));
  const response refused = connection.put("/sandbox/scenario", "[[faults]]\nfault = \"x\"");
  BOOST_TEST(refused.result_int() == 400U);
  BOOST_TEST(refused.body().starts_with("scenario:2: faults.1.fault: must be one of: "));
  BOOST_TEST(connection.post(generate_target, say("x"), first_key).body().find("old") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(requests_are_listed_as_json) {
  server sandbox({});
  client connection(sandbox.listen("127.0.0.1:0", transport::plain));
  connection.post(generate_target, say("hello"), first_key);
  const response listed = connection.get("/sandbox/requests");
  rapidjson::Document all;
  all.Parse(listed.body().c_str());
  BOOST_REQUIRE(all.IsArray());
  BOOST_REQUIRE(all.Size() == 1U);
  BOOST_TEST(all[0]["target"].GetString() == generate_target);
  BOOST_TEST(all[0]["headers"][0][0].GetString() == "Host");
  BOOST_TEST(all[0]["body"].GetString() == say("hello"));
  BOOST_TEST(all[0]["credential"].GetString() == "sandbox-key-1");
  BOOST_TEST(all[0]["end"].GetString() == "complete");
}

BOOST_AUTO_TEST_CASE(an_unknown_control_endpoint_tells_what_there_is) {
  server sandbox({});
  client connection(sandbox.listen("127.0.0.1:0", transport::plain));
  const response lost = connection.get("/sandbox/scenario");
  BOOST_TEST(lost.result_int() == 404U);
  BOOST_TEST(lost.body().find("PUT /sandbox/scenario") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_log_keeps_only_the_last_requests) {
  scenario what;
  what.log.requests = 2;
  what.log.body = 4;
  server sandbox(what);
  client connection(sandbox.listen("127.0.0.1:0", transport::plain));
  for (const std::string text : {"1", "2", "3"}) {
    connection.post(std::string(generate_target) + "?n=" + text, say(text), first_key);
  }
  const auto kept = sandbox.requests();
  BOOST_REQUIRE(kept.size() == 2U);
  BOOST_TEST(kept[0].target.ends_with("?n=2"));
  BOOST_TEST(kept[0].body == "{\"co");
  BOOST_TEST(kept[0].body_size == say("2").size());
}

BOOST_AUTO_TEST_SUITE_END()
