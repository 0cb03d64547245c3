// What the operator should know of.
#include "alert_text.hpp"
#include "json_input.hpp"
#include "query.hpp"
#include "router.hpp"

namespace gemkeeper::admin {

std::string_view to_string(severity level) {
  switch (level) {
    case severity::info:
      return "info";
    case severity::warning:
      return "warning";
    case severity::critical:
      return "critical";
  }
  return {};
}

void write_alert(json_output& json, const alert& what) {
  json.begin_object();
  json.member("id", std::to_string(what.id));
  json.member("kind", what.kind);
  json.member("severity", to_string(what.level));
  json.member("state", what.resolved ? "resolved" : "active");
  json.member("subject", what.subject);
  json.member("message", what.message);
  json.member("raised", what.raised);
  json.member("updated", what.updated);
  json.member("resolved", what.resolved);
  json.member("until", what.until);
  json.member("count", what.count);
  json.end_object();
}

void write_alerts(json_output& json, const std::vector<alert>& all, alert_states which) {
  json.key("alerts").begin_array();
  for (const alert& one : all) {
    const bool wanted =
        which == alert_states::all || (which == alert_states::resolved) == one.resolved.has_value();
    if (wanted) write_alert(json, one);
  }
  json.end_array();
}

std::string alert_json(const alert& what) {
  json_output json;
  write_alert(json, what);
  return json.line();
}

answer list_alerts(context& in, const request& asked) {
  const std::string_view state = query_value(asked.query, "state");
  alert_states which = alert_states::all;
  if (state == "active") {
    which = alert_states::active;
  } else if (state == "resolved") {
    which = alert_states::resolved;
  } else if (!state.empty() && state != "all") {
    throw refusal(400, "invalid_field", "state is \"active\", \"resolved\" or \"all\"", "state");
  }
  const alert_report report = in.behind.alerts();
  json_output json;
  json.begin_object();
  write_alerts(json, report.alerts, which);
  json.key("webhook").begin_object();
  json.member("delivered", report.webhook.delivered);
  json.member("failed", report.webhook.failed);
  json.member("dropped", report.webhook.dropped);
  json.member("waiting", report.webhook.waiting);
  json.end_object();
  json.end_object();
  return to_answer(json);
}

answer test_alert(context& in, const request& asked) {
  if (!asked.body.empty()) {
    const rapidjson::Document body = parse_object(asked.body);
    members(body).finish();
  }
  const webhook_answer said = in.behind.test_webhook();
  if (!said.configured) {
    throw refusal(409, "no_webhook", "there is no webhook to test: set alerts.webhook_url");
  }
  json_output json;
  json.begin_object();
  json.member("delivered", said.problem.empty());
  json.key("status");
  if (said.status == 0) {
    json.null();
  } else {
    json.value(said.status);
  }
  json.key("message");
  if (said.problem.empty()) {
    json.null();
  } else {
    json.value(said.problem);
  }
  json.member("answer", said.answer);
  json.end_object();
  return to_answer(json);
}

}  // namespace gemkeeper::admin
