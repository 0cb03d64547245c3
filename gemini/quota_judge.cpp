#include "quota_judge.hpp"

#include "ascii.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace gemkeeper::gemini {
namespace {

using pool::quota_mark;
using pool::quota_period;
using std::string_view;
using std::chrono::milliseconds;

std::optional<std::uint64_t> leading_number(string_view text) {
  std::uint64_t value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  return result.ec == std::errc() ? std::optional(value) : std::nullopt;
}

// Removes everything up to and including `label` from `text`, if it stands there.
bool skip_past(string_view& text, string_view label) {
  const std::size_t at = text.find(label);
  if (at == string_view::npos) return false;
  text.remove_prefix(at + label.size());
  return true;
}

// "* Quota exceeded for metric: M, limit: 15, model: X", one line for each violation. The message
// tells limits that `quotaValue` leaves out, and all there is where an error has no details.
std::vector<quota_violation> violations_in(string_view message) {
  std::vector<quota_violation> found;
  while (skip_past(message, "Quota exceeded for metric: ")) {
    string_view line = message.substr(0, message.find('\n'));
    quota_violation& violation = found.emplace_back();
    violation.metric = line.substr(0, line.find(','));
    if (skip_past(line, ", limit: ")) violation.value = leading_number(line);
    if (skip_past(line, ", model: ")) violation.model = line.substr(0, line.find_first_of(", \\"));
  }
  return found;
}

// "Please retry in 47.618338084s."
std::optional<milliseconds> retry_delay_in(string_view message) {
  if (!skip_past(message, "retry in ")) return std::nullopt;
  string_view delay = message.substr(0, message.find_first_of(" \n"));
  if (delay.ends_with('.')) delay.remove_suffix(1);
  return parse_duration(delay);
}

// A date is not understood: judging knows no clock.
std::optional<milliseconds> retry_after_seconds(string_view field) {
  if (field.empty() || field.find_first_not_of("0123456789") != string_view::npos) {
    return std::nullopt;
  }
  return parse_duration(std::string(field) + 's');
}

// RetryInfo is cut to whole seconds where the message is exact: the longest delay told is the one
// after which all of them are over.
std::optional<milliseconds> longest_delay(const parsed_error& error, string_view retry_after) {
  return std::max(
      {error.retry_delay, retry_after_seconds(retry_after), retry_delay_in(error.message)});
}

// "GenerateRequestsPerDayPerProjectPerModel-FreeTier", "requests_per_minute", "limit per minute".
quota_period period_named_in(string_view name) {
  std::string letters;
  for (const char c : name) {
    if (c != ' ' && c != '_') letters += ascii::lower(c);
  }
  const auto says = [&letters](string_view word) {
    return letters.find(word) != std::string::npos;
  };
  if (says("perday") || says("daily")) return quota_period::day;
  if (says("perminute")) return quota_period::minute;
  return quota_period::unknown;
}

quota_period period_of(const quota_violation& violation) {
  if (violation.value == 0U) return quota_period::no_access;
  const quota_period by_id = period_named_in(violation.id);
  return by_id == quota_period::unknown ? period_named_in(violation.metric) : by_id;
}

// One request beyond the tokens that its tier has in a minute is refused for ever with a delay of
// "1s" (protocol document, 5.6): no waiting and no other project of that tier helps. A fraction of
// a second is an ordinary refusal near the minute's end.
bool one_request_exceeds_a_minute(const parsed_error& error,
                                  const std::vector<quota_violation>& violations) {
  const auto is_minute_tokens = [](const quota_violation& violation) {
    return period_of(violation) == quota_period::minute &&
           (ascii::contains(violation.id, "token") || ascii::contains(violation.metric, "token"));
  };
  return ascii::contains(error.message, "input token count (") ||
         (error.retry_delay == milliseconds(1'000) && !violations.empty() &&
          std::ranges::all_of(violations, is_minute_tokens));
}

std::vector<quota_violation> violations_of(const parsed_error& error) {
  std::vector<quota_violation> told = violations_in(error.message);
  if (!error.violations.empty()) {
    std::vector<quota_violation> violations = error.violations;
    for (quota_violation& violation : violations) {
      if (violation.value) continue;
      const auto same = std::ranges::find_if(told, [&violation](const quota_violation& line) {
        return line.metric == violation.metric &&
               (line.model.empty() || violation.model.empty() || line.model == violation.model);
      });
      if (same != told.end()) violation.value = same->value;
    }
    return violations;
  }
  if (!error.quota_limit.empty()) {
    return {{.metric = error.message,  // says "per minute" where the limit's name does not
             .id = error.quota_limit,
             .model = {},
             .value = leading_number(error.quota_limit_value)}};
  }
  return told;
}

string_view reason_for(const std::vector<quota_mark>& marks) {
  const auto any = [&marks](quota_period period) {
    return std::ranges::any_of(marks,
                               [=](const quota_mark& mark) { return mark.period == period; });
  };
  if (any(quota_period::no_access)) return "no_access";
  if (any(quota_period::day)) return "quota_per_day";
  if (any(quota_period::minute)) return "quota_per_minute";
  return "quota";
}

}  // namespace

pool::verdict judge_quota(const parsed_error& error, string_view retry_after) {
  pool::verdict verdict;
  const std::vector<quota_violation> violations = violations_of(error);
  if (one_request_exceeds_a_minute(error, violations)) {
    verdict.kind = pool::outcome::request_too_large;
    verdict.next = pool::next_step::other_tier;
    verdict.reason = "request_too_large";
    return verdict;
  }

  const auto delay = longest_delay(error, retry_after);
  bool specific = !error.violations.empty();
  for (const quota_violation& violation : violations) {
    quota_mark& mark = verdict.marks.emplace_back();
    mark.model = violation.model;
    mark.quota_id = violation.id;
    mark.period = period_of(violation);
    // A day's end and a missing right do not come sooner for a short delay.
    if (mark.period == quota_period::minute || mark.period == quota_period::unknown) {
      mark.retry_delay = delay;
    }
    specific = specific || mark.period != quota_period::unknown;
  }
  if (verdict.marks.empty()) verdict.marks.emplace_back().retry_delay = delay;

  verdict.kind = specific ? pool::outcome::quota : pool::outcome::quota_unknown;
  verdict.next = pool::next_step::next_project;
  verdict.reason = specific ? reason_for(verdict.marks) : "quota_unknown";
  return verdict;
}

}  // namespace gemkeeper::gemini
