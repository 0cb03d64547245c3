// Signing, addresses, and the order and times of tries.
#include "../../../app/alerts/webhook_message.hpp"

#include "../../../app/alerts/delivery_queue.hpp"
#include "../../../app/alerts/webhook_url.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidjson/document.h>

namespace gemkeeper::app {
namespace {

using namespace std::chrono_literals;

const delivery_time noon{std::chrono::seconds(1'790'000'000)};

delivery about(std::uint64_t id, std::uint64_t alert) {
  return {id, alert, "body", noon, 0, noon};
}

std::uint64_t due_id(const delivery_queue& queue, delivery_time now) {
  const auto next = queue.due(now);
  return next ? next->id : 0;
}

BOOST_AUTO_TEST_SUITE(webhook_messages)

// The vector of the Standard Webhooks libraries.
BOOST_AUTO_TEST_CASE(signatures_are_those_of_the_specification) {
  for (const char* secret :
       {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}) {
    const auto key = webhook_key(secret);
    BOOST_REQUIRE(key);
    BOOST_TEST(
        sign_webhook(*key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, R"({"test": 2432232314})") ==
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_secret_is_refused) {
  for (const char* bad :
       {"", "whsec_", "whsec_short", "whsec_c2hvcnQ=", "hello",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa==", "whsec_MfKQ9r8GKYqrTwjUPD8 LPZIo2LaLaSw"}) {
    BOOST_TEST(!webhook_key(bad).has_value(), bad);
  }
}

BOOST_AUTO_TEST_CASE(a_body_is_json_with_type_time_and_data) {
  admin::alert one;
  one.id = 1'790'000'000'000'000;
  one.kind = "key_quarantined";
  one.message = "say \"why\"\n";
  one.raised = one.updated = noon;
  rapidjson::Document body;
  body.Parse(webhook_body("alert.raised", one).c_str());
  BOOST_REQUIRE(!body.HasParseError());
  BOOST_TEST(body["type"].GetString() == "alert.raised");
  BOOST_TEST(body["timestamp"].GetString() == "2026-09-21T14:13:20Z");
  BOOST_TEST(body["data"]["id"].GetString() == "1790000000000000");
  BOOST_TEST(body["data"]["message"].GetString() == one.message);
  BOOST_TEST(body["data"]["resolved"].IsNull());
}

BOOST_AUTO_TEST_CASE(addresses_keep_their_path_and_query) {
  proxy::post_destination to;
  BOOST_TEST(parse_webhook_url("https://hooks.example.com/T0/B0?token=a%20b", to) == "");
  BOOST_TEST((to.tls && to.host == "hooks.example.com" && to.port == 443));
  BOOST_TEST(to.target == "/T0/B0?token=a%20b");
  BOOST_TEST(parse_webhook_url("http://[::1]:9000", to) == "");
  BOOST_TEST((!to.tls && to.host == "::1" && to.port == 9000 && to.target == "/"));
  BOOST_TEST(parse_webhook_url("http://h?x=1", to) == "");
  BOOST_TEST(to.target == "/?x=1");
  for (const char* bad :
       {"", "hooks.example.com", "ftp://h/", "https://user:secret-word@h/",
        "https://h/#secret-word", "https://h/secret-word x", "https://h:0/secret-word",
        "https://h/secret-word\r\nX: y", "https://secret-word@/"}) {
    const std::string wrong = parse_webhook_url(bad, to);
    BOOST_TEST(wrong != "", bad);
    BOOST_TEST((wrong.find("secret-word") == wrong.npos), wrong);
  }
}

BOOST_AUTO_TEST_CASE(pauses_grow_and_vary_by_chance) {
  BOOST_TEST((pause_before_retry(1, 0) == 5s));
  BOOST_TEST((pause_before_retry(1, 1) == 2500ms));
  BOOST_TEST((pause_before_retry(2, 0) == 10s));
  BOOST_TEST((pause_before_retry(3, 0.5) == 15s));
  BOOST_TEST((pause_before_retry(8, 0) == 10min));
  BOOST_TEST((pause_before_retry(4'000'000'000U, 0) == 10min));
}

BOOST_AUTO_TEST_CASE(tries_end_after_some_hours) {
  delivery_queue queue;
  queue.push(about(1, 1));
  delivery_time now = noon;
  int tries = 0;
  auto fate = delivery_queue::fate::waits;
  while (fate == delivery_queue::fate::waits) {
    BOOST_REQUIRE(due_id(queue, now) == 1U);
    fate = queue.failed(1, delivery_queue::retry::later, now, 0);
    ++tries;
    if (queue.next_due()) now = *queue.next_due();
  }
  BOOST_TEST((fate == delivery_queue::fate::given_up));
  BOOST_TEST((now - noon <= delivery_queue::give_up_after));
  BOOST_TEST((now - noon > delivery_queue::give_up_after - 10min));
  BOOST_TEST(tries > 30);
  BOOST_TEST(queue.size() == 0U);
}

BOOST_AUTO_TEST_CASE(messages_about_one_alert_keep_their_order_and_hold_up_no_other) {
  delivery_queue queue;
  queue.push(about(1, 7));
  queue.push(about(2, 7));
  queue.push(about(3, 8));
  BOOST_TEST(due_id(queue, noon) == 1U);
  queue.failed(1, delivery_queue::retry::later, noon, 0);
  BOOST_TEST(due_id(queue, noon) == 3U);
  queue.delivered(3);
  BOOST_TEST(due_id(queue, noon) == 0U);
  BOOST_TEST((queue.next_due() == noon + 5s));
  BOOST_TEST(due_id(queue, noon + 5s) == 1U);
  queue.delivered(1);
  BOOST_TEST(due_id(queue, noon) == 2U);
  BOOST_TEST(
      (queue.failed(2, delivery_queue::retry::never, noon, 0) == delivery_queue::fate::given_up));
  BOOST_TEST(!queue.next_due().has_value());
}

BOOST_AUTO_TEST_CASE(a_full_queue_lets_the_oldest_go) {
  delivery_queue queue;
  for (std::uint64_t id = 1; id <= delivery_queue::capacity; ++id)
    BOOST_TEST(!queue.push(about(id, id)).has_value());
  const auto gone = queue.push(about(1000, 1000));
  BOOST_REQUIRE(gone);
  BOOST_TEST(gone->id == 1U);
  BOOST_TEST(queue.size() == delivery_queue::capacity);
  BOOST_TEST(
      (queue.failed(1, delivery_queue::retry::later, noon, 0) == delivery_queue::fate::unknown));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gemkeeper::app
