// What gemkeeper makes of each error that the sandbox can play.
#include <gemkeeper/gemini/judge.hpp>
#include <gemkeeper/sandbox/error_bodies.hpp>

#include <boost/test/unit_test.hpp>

#include <map>
#include <string_view>

using namespace gemkeeper;
using pool::outcome;

namespace boost::test_tools::tt_detail {
template <>
struct print_log_value<outcome> {
  void operator()(std::ostream& out, outcome value) const { out << pool::to_string(value); }
};
}  // namespace boost::test_tools::tt_detail

BOOST_AUTO_TEST_SUITE(judged_errors)

BOOST_AUTO_TEST_CASE(every_named_error_is_judged_as_what_it_stands_for) {
  const std::map<std::string_view, outcome> expected = {
      {"key_invalid", outcome::key_fault},
      {"key_not_found", outcome::key_fault},
      {"key_expired", outcome::key_fault},
      {"openai_key_invalid", outcome::key_fault},
      {"invalid_with_debug", outcome::key_fault},
      {"multiple_credentials", outcome::client_fault},
      {"location", outcome::location_blocked},
      {"free_tier_unavailable", outcome::project_exhausted},
      {"invalid_argument", outcome::client_fault},
      {"input_too_long", outcome::client_fault},
      {"unauthenticated", outcome::key_fault},
      {"openai_authorization_missing", outcome::client_fault},
      {"unregistered_caller", outcome::client_fault},
      {"leaked", outcome::key_fault},
      {"suspended", outcome::key_fault},
      {"service_disabled", outcome::key_fault},
      {"service_blocked", outcome::key_fault},
      {"referrer_blocked", outcome::key_fault},
      {"ip_blocked", outcome::key_fault},
      {"android_blocked", outcome::key_fault},
      {"project_denied", outcome::key_fault},
      {"billing_disabled", outcome::key_fault},
      {"resource_403", outcome::client_fault},
      {"cached_content_403", outcome::client_fault},
      {"caller_403", outcome::client_fault},
      {"model_not_found", outcome::client_fault},
      {"not_available_to_new_users", outcome::quota},
      {"vertex_model_not_found", outcome::client_fault},
      {"vertex_429", outcome::quota_unknown},
      {"bare_429", outcome::quota_unknown},
      {"help_only_429", outcome::quota_unknown},
      {"prepay_depleted", outcome::project_exhausted},
      {"spend_cap", outcome::project_exhausted},
      {"quota_old_text", outcome::quota},
      {"quota_minute", outcome::quota},
      {"quota_minute_tokens", outcome::quota},
      {"quota_day", outcome::quota},
      {"quota_minute_and_day", outcome::quota},
      {"limit_zero", outcome::quota},
      {"request_too_large", outcome::request_too_large},
      {"cancelled_499", outcome::model_fault},
      {"internal_500", outcome::model_fault},
      {"overloaded_503", outcome::model_fault},
      {"overloaded_503_old_text", outcome::model_fault},
      {"deadline_504", outcome::model_fault},
      {"html_400", outcome::client_fault},
      {"html_404", outcome::client_fault},
      {"html_429", outcome::location_blocked},
      {"html_502", outcome::model_fault},
      {"html_503", outcome::model_fault},
  };
  const gemini::endpoint where =
      gemini::classify("POST", "/v1beta/models/gemini-3.6-flash:generateContent");
  for (const std::string_view name : sandbox::error_names()) {
    BOOST_TEST_CONTEXT(name) {
      BOOST_REQUIRE(expected.contains(name));
      const auto error = sandbox::make_error(name, {});
      const std::string body = render(*error, sandbox::error_framing::object);
      const bool html = error->kind == sandbox::error_text::form::html;
      gemini::answer answer;
      answer.status = error->code;
      answer.content_type = html ? "text/html; charset=UTF-8" : "application/json; charset=UTF-8";
      answer.body = body;
      BOOST_TEST(gemini::judge(answer, where).kind == expected.at(name));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
