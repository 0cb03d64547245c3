#include <gemkeeper/admin/event_hub.hpp>

#include <boost/test/unit_test.hpp>

namespace gemkeeper::admin {
namespace {

BOOST_AUTO_TEST_SUITE(events)

BOOST_AUTO_TEST_CASE(every_listener_gets_every_event_once) {
  event_hub hub;
  int woken = 0;
  const auto a = hub.listen([&] { ++woken; });
  const auto b = hub.listen([&] { ++woken; });
  hub.publish("key", R"({"n":1})");
  BOOST_TEST(woken == 2);
  BOOST_TEST(a->take() == "event: key\ndata: {\"n\":1}\n\n");
  BOOST_TEST(a->take() == "");
  BOOST_TEST(b->take() == "event: key\ndata: {\"n\":1}\n\n");
}

BOOST_AUTO_TEST_CASE(a_listener_that_does_not_read_loses_events_and_is_told) {
  event_hub hub;
  const auto slow = hub.listen([] {});
  for (std::size_t i = 0; i < event_queue::capacity + 5; ++i)
    hub.publish("usage", "{}");
  const std::string all = slow->take();
  BOOST_TEST(all.ends_with("event: lost\ndata: {\"events\":5}\n\n"));
}

BOOST_AUTO_TEST_CASE(listeners_are_bounded_and_leave_when_dropped) {
  event_hub hub;
  std::vector<std::shared_ptr<event_queue>> all;
  for (std::size_t i = 0; i < event_hub::max_listeners; ++i)
    all.push_back(hub.listen([] {}));
  BOOST_TEST(hub.listen([] {}) == nullptr);
  all.pop_back();
  BOOST_TEST(hub.listeners() == event_hub::max_listeners - 1);
  BOOST_TEST(hub.listen([] {}) != nullptr);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gemkeeper::admin
