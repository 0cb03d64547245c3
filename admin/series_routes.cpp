// GET /usage: usage over time.
#include "query.hpp"
#include "router.hpp"
#include "usage_text.hpp"

#include <unordered_map>

namespace gemkeeper::admin {
namespace {

using key_names = std::unordered_map<std::string_view, std::string_view>;

std::string_view name_of(usage_dimension d) {
  switch (d) {
    case usage_dimension::key:
      return "key";
    case usage_dimension::project:
      return "project";
    case usage_dimension::model:
      return "model";
    case usage_dimension::client:
      break;
  }
  return "client";
}

const std::string& value_of(const usage_line& line, usage_dimension d) {
  switch (d) {
    case usage_dimension::key:
      return line.key;
    case usage_dimension::project:
      return line.project;
    case usage_dimension::model:
      return line.model;
    case usage_dimension::client:
      break;
  }
  return line.client;
}

void write_name(json_output& json, std::string_view member, std::string_view name) {
  json.key(member);
  name.empty() ? json.null() : json.value(name);
}

void write_line(json_output& json, const usage_line& line,
                const std::vector<usage_dimension>& group_by, const key_names& names) {
  json.begin_object();
  json.member("start", line.start);
  for (const usage_dimension d : group_by) {
    write_name(json, name_of(d), value_of(line, d));
    if (d != usage_dimension::key) continue;
    const auto known = names.find(line.key);
    write_name(json, "key_name", known == names.end() ? std::string_view{} : known->second);
  }
  const pool::usage_counts& used = line.counts;
  json.member("calls", used.calls);
  json.member("errors", used.errors);
  json.member("cancelled", used.cancelled);
  json.member("unmetered", used.unmetered);
  json.member("prompt_tokens", used.tokens.prompt);
  json.member("cached_tokens", used.tokens.cached);
  json.member("tool_use_tokens", used.tokens.tool_use);
  json.member("output_tokens", used.tokens.candidates);
  json.member("thought_tokens", used.tokens.thoughts);
  json.member("total_tokens", used.tokens.total);
  write_cost(json, used);
  json.end_object();
}

}  // namespace

answer show_usage(context& in, const request& asked) {
  const usage_question question =
      parse_usage_question(asked.query, std::chrono::system_clock::now());
  const std::string_view format = query_value(asked.query, "format");
  if (format == "csv") {
    answer made;
    made.type = "text/csv; charset=utf-8";
    made.body = in.behind.usage_csv(question);
    return made;
  }
  if (!format.empty() && format != "json") {
    throw refusal(400, "invalid_field", "format must be json or csv", "format");
  }
  const usage_series series = in.behind.usage_over_time(question);
  const std::vector<key_info> keys = in.behind.keys();
  key_names names;
  for (const key_info& key : keys)
    names.emplace(key.view.id.view(), key.view.name);
  json_output json;
  json.begin_object();
  json.member("from", question.from);
  json.member("to", question.to);
  json.key("step_seconds");
  question.step ? json.value(question.step->count()) : json.null();  // null: months
  json.key("group_by").begin_array();
  for (const usage_dimension d : question.group_by)
    json.value(name_of(d));
  json.end_array();
  json.member("kept_from", series.kept_from);
  json.key("usage").begin_array();
  for (const usage_line& line : series.lines)
    write_line(json, line, question.group_by, names);
  json.end_array();
  json.end_object();
  return to_answer(json);
}

}  // namespace gemkeeper::admin
