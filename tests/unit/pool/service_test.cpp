// Two services of Google's in one pool: keys of one never serve the other, and neither learns from
// what the other's quotas say.
#include "fixture.hpp"

namespace gemkeeper::pool {
namespace {

using namespace test;

key_spec vertex_key(std::string name, std::string project = {}) {
  key_spec spec = key(std::move(name), std::move(project));
  spec.service = service::vertex;
  return spec;
}

request_traits of(service which, std::string_view model = "m") {
  return {.model = model, .service = which};
}

struct two_services : fixture {
  two_services() { pool.apply({key("g", "shared"), vertex_key("v", "shared")}, now); }
};

const verdict out_of_credits{.kind = outcome::project_exhausted,
                             .next = next_step::next_project,
                             .reason = "prepaid_credits"};

BOOST_FIXTURE_TEST_SUITE(services, two_services)

BOOST_AUTO_TEST_CASE(a_request_gets_keys_of_its_service_alone_under_every_policy) {
  for (const policy p :
       {policy::round_robin, policy::weighted, policy::least_used, policy::priority}) {
    pool_settings settings;
    settings.policy = p;
    pool.configure(settings);
    BOOST_TEST(serve_many(4, of(service::gemini)) == "gggg");
    BOOST_TEST(serve_many(4, of(service::vertex)) == "vvvv");
  }
}

BOOST_AUTO_TEST_CASE(a_lease_and_a_view_tell_the_service) {
  BOOST_TEST((acquire(of(service::vertex)).service() == service::vertex));
  BOOST_TEST((acquire(of(service::gemini)).service() == service::gemini));
  BOOST_TEST((view("v").service == service::vertex));
  BOOST_TEST((view("g").service == service::gemini));
}

BOOST_AUTO_TEST_CASE(without_a_key_of_the_service_there_is_none_whatever_the_other_has) {
  pool.apply({key("g")}, now);
  BOOST_TEST(refused(of(service::vertex)).reason == no_key_reason::no_keys);
  BOOST_TEST(serve(success, of(service::gemini)) == "g");
  pool.apply({vertex_key("v")}, now);
  BOOST_TEST(refused(of(service::gemini)).reason == no_key_reason::no_keys);
  BOOST_TEST(serve(success, of(service::vertex)) == "v");
}

BOOST_AUTO_TEST_CASE(a_cool_down_holds_for_the_model_of_its_service_in_a_project_of_both) {
  settle(acquire(of(service::vertex)), bare_429);
  BOOST_TEST(refused(of(service::vertex)).reason == no_key_reason::all_cooling);
  BOOST_TEST(serve(success, of(service::gemini)) == "g");
  BOOST_TEST((view("v").state == key_state::cooling));
  BOOST_TEST((view("g").state == key_state::healthy));
  BOOST_TEST(view("g").cool_downs.empty());
}

BOOST_AUTO_TEST_CASE(a_quota_that_names_another_model_cools_the_one_of_its_service) {
  serve(success, of(service::gemini, "named"));
  serve(success, of(service::vertex, "named"));
  verdict named = quota(quota_period::minute, 50s);
  named.marks.at(0).model = "named";
  settle(acquire(of(service::vertex, "alias")), named);
  BOOST_TEST(refused(of(service::vertex, "named")).reason == no_key_reason::all_cooling);
  BOOST_TEST(serve(success, of(service::gemini, "named")) == "g");
}

BOOST_AUTO_TEST_CASE(credits_of_one_service_say_nothing_of_the_other) {
  settle(acquire(of(service::gemini)), out_of_credits);
  BOOST_TEST(refused(of(service::gemini, "another")).reason == no_key_reason::all_cooling);
  BOOST_TEST(serve(success, of(service::vertex)) == "v");
  BOOST_TEST(serve(success, of(service::vertex, "another")) == "v");
  BOOST_TEST((view("v").state == key_state::healthy));
}

BOOST_AUTO_TEST_CASE(who_waits_for_one_service_does_not_hold_up_the_other) {
  settle(acquire(of(service::vertex)), bare_429);
  waiter w([] {});
  pool.wait(of(service::vertex), w);
  BOOST_TEST(refused(of(service::vertex)).reason == no_key_reason::queued_behind);
  BOOST_TEST(serve(success, of(service::gemini)) == "g");
}

BOOST_AUTO_TEST_CASE(lists_are_of_the_projects_that_the_gemini_api_knows) {
  pool.apply({key("g", "one"), vertex_key("v", "two")}, now);
  const auto projects = pool.projects();
  BOOST_REQUIRE(projects.size() == 1U);
  BOOST_TEST(projects[0].project.value == "one");
}

BOOST_AUTO_TEST_CASE(a_key_that_changes_its_service_serves_there_and_its_quarantine_is_lifted) {
  meet("g", rejected);
  BOOST_TEST((view("g").state == key_state::quarantined));
  key_spec moved = vertex_key("g", "shared");
  pool.apply({moved, vertex_key("v", "shared")}, now);
  BOOST_TEST((view("g").state == key_state::healthy));
  BOOST_TEST(refused(of(service::gemini)).reason == no_key_reason::no_keys);
  const std::string both = serve_many(2, of(service::vertex));
  BOOST_TEST((both == "gv" || both == "vg"));
}

BOOST_AUTO_TEST_CASE(a_probe_tells_of_which_service_its_key_is) {
  settle(acquire(of(service::vertex)), rejected);
  now += 1min;
  auto probe = pool.next_probe(now);
  BOOST_REQUIRE(probe.has_value());
  BOOST_TEST((probe->service() == service::vertex));
  pool.settle_probe(std::move(*probe), success, now);
  BOOST_TEST(serve(success, of(service::vertex)) == "v");
}

BOOST_AUTO_TEST_CASE(what_was_learned_of_each_service_outlives_a_restart_apart) {
  settle(acquire(of(service::vertex)), quota(quota_period::day, {}, "PerDay"));
  settle(acquire(of(service::gemini)), out_of_credits);
  const kept_health kept = pool.health(now);
  fixture after;
  after.now = now + 1min;
  after.pool.apply({key("g", "shared"), vertex_key("v", "shared")}, after.now);
  after.pool.restore_health(kept, after.now);
  BOOST_TEST(after.view("v").cool_downs.at(0).quota_id == "PerDay");
  BOOST_TEST(after.serve(success, of(service::vertex, "another")) == "v");
  BOOST_TEST(after.view("g").cool_downs.at(0).model.empty());
  BOOST_TEST(after.refused(of(service::gemini, "another")).reason == no_key_reason::all_cooling);
}

BOOST_AUTO_TEST_CASE(models_beyond_the_most_that_are_told_apart_share_a_lane_of_their_service) {
  pool_settings settings;
  settings.max_models = 1;
  pool.configure(settings);
  const lease first = acquire(of(service::gemini, "a"));
  for (const std::string_view model : {"b", "c", "d"}) {
    const lease shared = acquire(of(service::vertex, model));
    BOOST_TEST(shared.key_name() == "v");
    const lease other = acquire(of(service::gemini, model));
    BOOST_TEST(other.key_name() == "g");
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gemkeeper::pool
