#include "ascii.hpp"
#include "judge_rules.hpp"
#include "quota_judge.hpp"
#include <gemkeeper/gemini/error.hpp>
#include <gemkeeper/gemini/judge.hpp>

#include <algorithm>
#include <optional>

namespace gemkeeper::gemini {
namespace {

using pool::next_step;
using pool::outcome;
using pool::verdict;
using rules::meaning;
using std::string_view;

verdict make_verdict(outcome kind, next_step next, string_view reason) {
  verdict made;
  made.kind = kind;
  made.next = next;
  made.reason = reason;
  return made;
}

bool holds(const rules::rule& rule, const endpoint& where) {
  return where.known || rule.holds == rules::scope::anywhere;
}

// Texts before reasons: they are more exact ("API key expired" comes as API_KEY_INVALID).
const rules::rule* find_rule(const parsed_error& error, const endpoint& where) {
  string_view message = error.message;
  message.remove_prefix(std::min(message.find_first_not_of(" \r\n"), message.size()));
  for (const rules::rule& rule : rules::by_text) {
    if (holds(rule, where) && ascii::starts_with(message, rule.mark)) return &rule;
  }
  for (const std::string& reason : error.reasons) {
    for (const rules::rule& rule : rules::by_reason) {
      if (holds(rule, where) && reason == rule.mark) return &rule;
    }
  }
  return nullptr;
}

bool is_quota(int status, const parsed_error& error) {
  return status == 429 || error.status == "RESOURCE_EXHAUSTED" || !error.violations.empty();
}

// Older projects may still have a model that new ones get a 404 for.
bool closed_to_new_users(int status, const parsed_error& error) {
  return status == 404 && ascii::contains(error.message, "no longer available to new users");
}

verdict no_access_to_model() {
  verdict made = make_verdict(outcome::quota, next_step::next_project, "no_access");
  made.marks.emplace_back().period = pool::quota_period::no_access;
  return made;
}

verdict by_rule(const rules::rule& rule, const parsed_error& error, string_view retry_after) {
  switch (rule.means) {
    case meaning::key_fault:
      return make_verdict(outcome::key_fault, next_step::next_key, rule.reason);
    case meaning::not_the_key:
      return make_verdict(outcome::client_fault, next_step::pass_on, rule.reason);
    case meaning::location:
      return make_verdict(outcome::location_blocked, next_step::pass_on, rule.reason);
    case meaning::exhausted:
      return make_verdict(outcome::project_exhausted, next_step::next_project, rule.reason);
    case meaning::quota:
      break;
  }
  return judge_quota(error, retry_after);
}

verdict by_status(int status, bool is_json, const endpoint& where) {
  const auto clients = [](string_view reason) {
    return make_verdict(outcome::client_fault, next_step::pass_on, reason);
  };
  const auto models = [](string_view reason) {
    return make_verdict(outcome::model_fault, next_step::backoff, reason);
  };
  switch (status) {
    case 400:
      return clients("bad_request");
    case 401:  // exactly one credential was sent, the key (protocol document, 5.3)
      if (!where.known) return clients("unauthenticated");
      return make_verdict(outcome::key_fault, next_step::next_key, "unauthenticated");
    case 402:
      return make_verdict(outcome::project_exhausted, next_step::next_project, "payment_required");
    case 403:
      return clients("permission_denied");
    case 404:
      return clients("not_found");
    case 413:
      return clients("body_too_large");
    case 499:
      return models("cancelled_by_google");
    case 500:
      return models("internal");
    case 501:  // the API's own says that the method is missing; the front end's is an outage
      return is_json ? clients("not_implemented") : models("bad_gateway");
    case 502:
      return models("bad_gateway");
    case 503:
      return models("overloaded");
    case 504:
      return models("deadline_exceeded");
    default:
      return status >= 500 ? models("server_error") : clients("client_error");
  }
}

// "projects/123", from a consumer of that form or from "… for consumer 'project_number:123'".
std::optional<std::string> project_of(const parsed_error& error) {
  const auto number_after = [](string_view text, string_view label) {
    const std::size_t at = text.find(label);
    if (at == string_view::npos) return string_view();
    text.remove_prefix(at + label.size());
    return text.substr(0, text.find_first_not_of("0123456789"));
  };
  string_view number = number_after(error.consumer, "projects/");
  if (number.empty()) number = number_after(error.message, "consumer 'project_number:");
  if (number.empty()) return std::nullopt;
  return "projects/" + std::string(number);
}

int status_of_event(const parsed_error& error) {
  if (error.code >= 400 && error.code <= 599) return error.code;
  // Interactions may write a code as a URI that ends in it.
  const string_view name = string_view(error.status).substr(error.status.rfind('/') + 1);
  for (const auto& [known, status] : rules::statuses) {
    if (ascii::equal(name, known)) return status;
  }
  return 500;
}

// `what.body` is no JSON where `error` is not set.
verdict decide(const answer& what, const std::optional<parsed_error>& error,
               const endpoint& where) {
  parsed_error text;
  if (!error) text.message = what.body;
  const parsed_error& told = error ? *error : text;

  if (const rules::rule* const rule = find_rule(told, where)) {
    return by_rule(*rule, told, what.retry_after);
  }
  // The front end's "We're sorry…": it has banned this address, and no key helps.
  if (!error && ascii::contains(what.body, "automated queries")) {
    return make_verdict(outcome::location_blocked, next_step::pass_on, "automated_queries");
  }
  if (closed_to_new_users(what.status, told)) return no_access_to_model();
  if (is_quota(what.status, told)) return judge_quota(told, what.retry_after);
  return by_status(what.status, error.has_value(), where);
}

}  // namespace

verdict judge(const answer& what, const endpoint& where) {
  if (what.status < 400) return {};
  const std::optional<parsed_error> error = parse_error(what.body);
  verdict made = decide(what, error, where);
  if (error) made.google_project = project_of(*error);
  return made;
}

verdict judge_first_event(string_view event, const endpoint& where) {
  answer what;
  what.body = event;
  const std::optional<parsed_error> error = parse_error(event);
  what.status = error ? status_of_event(*error) : 500;
  return judge(what, where);
}

}  // namespace gemkeeper::gemini
