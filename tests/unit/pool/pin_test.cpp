// Requests that only one project can serve.
#include "fixture.hpp"

#include <memory>

using namespace gemkeeper::pool;
using namespace gemkeeper::pool::test;

namespace {

struct pin_fixture : fixture {
  pin_fixture() { with({key("a", "p"), key("b", "p"), key("c", "q"), key("d")}); }

  void with(std::vector<key_spec> specs) { pool.apply(std::move(specs), now); }
  request_traits to(std::string_view name, std::string_view model = "m") {
    return {.model = model, .pin = pool.project_of(view(name).id)};
  }
};

struct waiting_request {
  int woken = 0;
  std::unique_ptr<waiter> place = std::make_unique<waiter>([this] { ++woken; });
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(pins, pin_fixture)

BOOST_AUTO_TEST_CASE(a_pinned_request_never_leaves_its_project) {
  BOOST_TEST(serve_many(6, to("a")) == "ababab");
  BOOST_TEST(serve_many(3, to("c")) == "ccc");
  BOOST_TEST(serve_many(3, to("d")) == "ddd");
  request_traits tried = to("c");
  lease first = acquire(tried);
  tried.tried_projects.push_back(first.project());
  tried.only_untried_projects = true;
  BOOST_TEST(serve(success, tried) == "c");
  tried.tried_keys.push_back(first.id());
  BOOST_TEST(refused(tried).reason == no_key_reason::all_tried);
}

BOOST_AUTO_TEST_CASE(a_lease_tells_that_it_was_pinned_and_what_its_key_is_to_the_request) {
  const lease any = acquire();
  BOOST_TEST(!any.chosen().pinned);
  request_traits tried = to("a");
  const lease first = acquire(tried);
  BOOST_TEST(first.chosen().pinned);
  BOOST_TEST((first.chosen().how == choice::fit::new_project));
  tried.tried_projects.push_back(first.project());
  tried.tried_keys.push_back(first.id());
  const lease second = acquire(tried);
  BOOST_TEST(second.chosen().pinned);
  BOOST_TEST((second.chosen().how == choice::fit::new_key));
}

BOOST_AUTO_TEST_CASE(when_the_owners_quota_is_out_it_is_told_when_that_ends) {
  settle(acquire(to("a")), quota(quota_period::minute, 30s));
  const no_key none = refused(to("b"));
  BOOST_TEST(none.reason == no_key_reason::all_cooling);
  BOOST_TEST((none.earliest == now + 30s));
  BOOST_TEST(!none.until_day_end);
  BOOST_TEST(serve() != "-");  // the others go on
  BOOST_TEST(serve(success, to("a", "another model")) == "a");
  now += 30s;
  settle(acquire(to("a")), quota(quota_period::day));
  BOOST_TEST(refused(to("a")).until_day_end);
}

BOOST_AUTO_TEST_CASE(after_a_cool_down_one_goes_first) {
  settle(acquire(to("a")), quota(quota_period::minute, 30s));
  now += 30s;
  lease trial = acquire(to("a"));
  BOOST_TEST(refused(to("b")).reason == no_key_reason::all_cooling);
  BOOST_TEST(!refused(to("b")).earliest.has_value());
  settle(std::move(trial));
  BOOST_TEST(serve(success, to("b")) != "-");
}

BOOST_AUTO_TEST_CASE(a_project_without_usable_keys_is_not_one_that_is_gone) {
  const request_traits pinned = to("c");
  settle(acquire(pinned), rejected);
  BOOST_TEST(refused(pinned).reason == no_key_reason::none_usable);
  with({key("a", "p")});
  BOOST_TEST(refused(pinned).reason == no_key_reason::project_gone);
  BOOST_TEST(!pool.project_number(*pinned.pin).has_value());
  BOOST_TEST(!pool.same_project(*pinned.pin, *pinned.pin));
  with({key("a", "p"), key("c", "q")});
  BOOST_TEST(serve(success, pinned) == "c");
}

BOOST_AUTO_TEST_CASE(the_project_stays_when_the_key_is_rotated_or_another_is_left) {
  const request_traits pinned = to("a");
  key_spec rotated = key("a", "p");
  rotated.id = view("a").id;
  rotated.secret = "another";
  with({rotated, key("c", "q")});
  lease l = acquire(pinned);
  BOOST_TEST(l.secret() == "another");
  settle(std::move(l));
  with({key("b", "p"), key("c", "q")});
  BOOST_TEST(serve(success, pinned) == "b");
}

BOOST_AUTO_TEST_CASE(projects_that_turn_out_to_be_one_serve_both_pins) {
  with_keys({"x", "y"});
  const request_traits to_x = to("x"), to_y = to("y");
  BOOST_TEST(!pool.same_project(*to_x.pin, *to_y.pin));
  verdict named = success;
  named.google_project = "projects/1";
  settle(acquire(to_x), named);
  settle(acquire(to_y), named);
  BOOST_TEST(pool.same_project(*to_x.pin, *to_y.pin));
  BOOST_TEST(serve_many(2, to_x).size() == 2U);
  BOOST_TEST(pool.project_of(to_x.pin->key)->project.value == "projects/1");
  const project_ref by_name{{}, project_name("projects/1")};
  BOOST_TEST(pool.same_project(by_name, *to_x.pin));
  BOOST_TEST(pool.projects().size() == 1U);
}

BOOST_AUTO_TEST_CASE(projects_are_listed_once_in_an_order_that_holds) {
  const std::vector<project_ref> all = pool.projects();
  BOOST_REQUIRE(all.size() == 3U);
  BOOST_TEST((all[0].key < all[1].key && all[1].key < all[2].key));
  with({key("d"), key("c", "q"), key("b", "p"), key("a", "p")});
  BOOST_TEST((pool.projects() == all));
}

BOOST_AUTO_TEST_CASE(those_who_wait_for_a_project_hold_up_nobody_else) {
  settle(acquire(to("a")), quota(quota_period::minute, 30s));
  waiting_request first, second;
  pool.wait(to("a"), *first.place);
  pool.wait(to("b"), *second.place);
  BOOST_TEST(serve() != "-");
  BOOST_TEST(serve(success, to("c")) == "c");
  const auto ask = [this](waiting_request& w) { return pool.acquire(to("a"), *w.place, now); };
  auto got = ask(second);
  BOOST_TEST(std::get<no_key>(got).reason == no_key_reason::queued_behind);
  BOOST_TEST((std::get<no_key>(got).earliest == now + 30s));
  BOOST_TEST(refused(to("a")).reason == no_key_reason::queued_behind);
  now += 30s;
  got = ask(first);
  lease trial = std::get<lease>(std::move(got));
  BOOST_TEST(second.woken == 1);  // it is the first now
  got = ask(second);
  BOOST_TEST(std::get<no_key>(got).reason == no_key_reason::all_cooling);
  settle(std::move(trial));
  BOOST_TEST(second.woken == 2);
  got = ask(second);
  settle(std::get<lease>(std::move(got)));
  BOOST_TEST(serve(success, to("a")) != "-");
}

BOOST_AUTO_TEST_CASE(who_waits_for_a_project_that_goes_or_merges_is_told) {
  const request_traits to_c = to("c"), to_d = to("d");
  settle(acquire(to_c), quota(quota_period::minute, 30s));
  settle(acquire(to_d), quota(quota_period::minute, 30s));
  waiting_request gone, merged;
  pool.wait(to_c, *gone.place);
  pool.wait(to_d, *merged.place);
  with({key("a", "p"), key("d")});
  BOOST_TEST(gone.woken == 1);
  auto got = pool.acquire(to_c, *gone.place, now);
  BOOST_TEST(std::get<no_key>(got).reason == no_key_reason::project_gone);

  BOOST_TEST(std::get<no_key>(pool.acquire(to_d, *merged.place, now)).reason ==
             no_key_reason::all_cooling);
  verdict named = success;
  named.google_project = "projects/p";
  lease other = acquire({.model = "another", .pin = to_d.pin});
  settle(std::move(other), named);
  BOOST_TEST(merged.woken == 2);
  BOOST_TEST(pool.same_project(*to_d.pin, {{}, project_name("p")}));
  now += 30s;
  got = pool.acquire(to_d, *merged.place, now);
  BOOST_TEST(std::holds_alternative<lease>(got));
}

BOOST_AUTO_TEST_CASE(a_waiter_of_the_general_queue_may_turn_out_to_be_pinned) {
  settle(acquire(to("c")), quota(quota_period::minute, 30s));
  waiting_request w;
  pool.wait("m", *w.place);
  auto got = pool.acquire(to("c"), *w.place, now);
  BOOST_TEST(std::get<no_key>(got).reason == no_key_reason::all_cooling);
  BOOST_TEST(serve() != "-");
}

BOOST_AUTO_TEST_SUITE_END()
