// The webhook against receivers of every kind, over real sockets.
#include "../../../app/alerts/webhook.hpp"

#include "../../../app/alerts/webhook_message.hpp"
#include "support/webhook_receiver.hpp"
#include "temporary_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <condition_variable>
#include <mutex>

namespace gemkeeper::app {
namespace {

using namespace std::chrono_literals;
using gemkeeper::test::webhook_receiver;
using came = delivery_news::what;
using std::chrono::steady_clock;

constexpr const char* secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

// A clock that jumps over every pause between tries.
struct rig {
  explicit rig(const std::string& url) {
    settings.webhook_url = url;
    settings.webhook_secret = secret;
  }
  void start(std::vector<delivery> owed = {}) {
    hook.emplace(settings, std::move(owed),
                 webhook::environment{[this] { return now(); }, [] { return 0.5; },
                                      [this](const delivery_news& one) { tell(one); }});
  }
  delivery send(std::uint64_t alert, const std::string& body) {
    auto owed = hook->make(alert, body);
    BOOST_REQUIRE(owed);
    hook->queue(*owed);
    return *owed;
  }
  delivery_time now() {
    const std::lock_guard lock(mutex);
    return time;
  }
  void tell(const delivery_news& one) {
    const std::lock_guard lock(mutex);
    news.push_back(one);
    if (one.came == came::failed) time = one.of.next_try;
    changed.notify_all();
  }
  std::vector<delivery_news> wait_for(std::size_t count) {
    std::unique_lock lock(mutex);
    changed.wait_for(lock, 30s, [&] { return news.size() >= count; });
    return news;
  }

  std::mutex mutex;
  std::condition_variable changed;
  delivery_time time = std::chrono::system_clock::now();
  std::vector<delivery_news> news;
  alert_settings settings;
  std::optional<webhook> hook;
};

BOOST_AUTO_TEST_SUITE(webhooks)

BOOST_AUTO_TEST_CASE(a_message_arrives_signed) {
  webhook_receiver to({204});
  rig one(to.url("/hook?for=me"));
  one.start();
  const delivery sent = one.send(1, R"({"n":1})");
  const auto got = to.wait_for(1);
  BOOST_REQUIRE(got.size() == 1U);
  BOOST_TEST(got[0].head.starts_with("POST /hook?for=me HTTP/1.1\r\n"));
  BOOST_TEST(got[0].body == R"({"n":1})");
  const std::string id = got[0].field("webhook-id");
  BOOST_TEST(id == "msg_" + std::to_string(sent.id));
  BOOST_TEST(got[0].field("webhook-signature") ==
             sign_webhook(*webhook_key(secret), id, std::stoll(got[0].field("webhook-timestamp")),
                          got[0].body));
  BOOST_TEST((got[0].head.find("whsec") == std::string::npos));
  BOOST_TEST((one.wait_for(1).at(0).came == came::delivered));
  BOOST_TEST(one.hook->counts().delivered == 1U);
  BOOST_TEST(one.hook->counts().waiting == 0U);
}

BOOST_AUTO_TEST_CASE(a_receiver_that_fails_is_tried_again_with_the_same_id_and_in_order) {
  webhook_receiver to({500, 503, 200});
  rig one(to.url());
  one.start();
  one.send(1, "raised");
  one.send(1, "resolved");
  const auto got = to.wait_for(4);
  BOOST_REQUIRE(got.size() == 4U);
  BOOST_TEST((got[0].body == "raised" && got[1].body == "raised" && got[2].body == "raised"));
  BOOST_TEST(got[3].body == "resolved");
  BOOST_TEST(got[0].field("webhook-id") == got[2].field("webhook-id"));
  BOOST_TEST(got[0].field("webhook-id") != got[3].field("webhook-id"));
  const auto news = one.wait_for(4);
  BOOST_TEST((news.at(0).came == came::failed && news.at(3).came == came::delivered));
  BOOST_TEST(news[0].problem == "the receiver answered 500");
}

BOOST_AUTO_TEST_CASE(redirects_are_failures_and_gone_is_final) {
  webhook_receiver moved({302, 410});
  rig one(moved.url());
  one.start();
  one.send(1, "b");
  const auto news = one.wait_for(2);
  BOOST_REQUIRE(news.size() == 2U);
  BOOST_TEST((news[0].came == came::failed));
  BOOST_TEST((news[0].problem.find("redirects are not followed") != std::string::npos));
  BOOST_TEST((news[1].came == came::dropped));
  BOOST_TEST(moved.all().size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_receiver_that_hangs_is_given_up_in_time_and_delays_nobody) {
  webhook_receiver to({0, 200});
  rig one(to.url());
  one.settings.webhook_timeout = 300ms;
  one.start();
  one.send(1, "b");
  const auto news = one.wait_for(2);
  BOOST_REQUIRE(news.size() == 2U);
  BOOST_TEST(news[0].problem == "no answer in time");
  BOOST_TEST((news[1].came == came::delivered));
}

BOOST_AUTO_TEST_CASE(the_end_does_not_wait_for_a_receiver_that_hangs) {
  webhook_receiver to({0});
  rig one(to.url());
  one.settings.webhook_timeout = 60s;
  one.start();
  one.send(1, "b");
  BOOST_REQUIRE(to.wait_for(1).size() == 1U);
  const auto begin = steady_clock::now();
  one.hook.reset();
  BOOST_TEST((steady_clock::now() - begin < 1s));
  BOOST_TEST(one.news.empty());  // it stays owed
}

BOOST_AUTO_TEST_CASE(what_was_owed_before_is_sent_first) {
  webhook_receiver to({200});
  rig one(to.url());
  const auto made = one.now();
  one.start({{1, 7, "first", made, 3, made}, {2, 7, "second", made, 0, made}});
  one.send(7, "third");
  const auto got = to.wait_for(3);
  BOOST_REQUIRE(got.size() == 3U);
  BOOST_TEST((got[0].body == "first" && got[1].body == "second" && got[2].body == "third"));
}

BOOST_AUTO_TEST_CASE(nobody_who_listens_is_a_problem_that_names_the_setting) {
  std::string url;
  {
    const webhook_receiver gone({200});
    url = gone.url("/secret-path");
  }
  rig one(url);
  one.start();
  const auto said = one.hook->test("{}");
  BOOST_TEST(said.configured);
  BOOST_TEST(said.status == 0);
  BOOST_TEST((said.problem.find("alerts.webhook_url") != std::string::npos), said.problem);
  BOOST_TEST((said.problem.find("secret-path") == std::string::npos), said.problem);
}

BOOST_AUTO_TEST_CASE(tls_is_verified_by_the_file_of_cas) {
  const auto identity = sandbox::make_identity();
  const test::temporary_directory directory;
  webhook_receiver to({200}, &identity);
  rig one(to.url());
  one.start();
  auto said = one.hook->test("{}");
  BOOST_TEST(said.status == 0);
  BOOST_TEST((said.problem.find("alerts.webhook_ca_file") != std::string::npos), said.problem);
  BOOST_TEST(to.all().empty());
  one.settings.webhook_ca_file = directory.write("ca.pem", identity.authority);
  one.hook->configure(one.settings);
  said = one.hook->test("{}");
  BOOST_TEST(said.status == 200);
  BOOST_TEST(said.problem == "");
  BOOST_TEST(said.answer == "heard");
  one.settings.webhook_ca_file = directory.path() / "none.pem";
  one.hook->configure(one.settings);
  BOOST_TEST((one.hook->test("{}").problem.find("none.pem") != std::string::npos));
}

BOOST_AUTO_TEST_CASE(without_an_address_nothing_is_made) {
  rig one("");
  one.start();
  BOOST_TEST(!one.hook->make(1, "b").has_value());
  BOOST_TEST(!one.hook->test("{}").configured);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gemkeeper::app
