#include "error_catalogue.hpp"
#include "json.hpp"
#include <gemkeeper/sandbox/error_bodies.hpp>

#include <fmt/format.h>

#include <utility>

namespace gemkeeper::sandbox {
namespace {

using std::chrono::milliseconds;

using replacements = std::vector<std::pair<std::string_view, std::string>>;

std::string fill_in(std::string_view text, const replacements& values) {
  std::string filled(text);
  for (const auto& [placeholder, value] : values) {
    for (std::size_t at = 0; (at = filled.find(placeholder, at)) != std::string::npos;
         at += value.size()) {
      filled.replace(at, placeholder.size(), value);
    }
  }
  return filled;
}

std::string quoted(std::string_view text) {
  std::string json;
  compact_json(json).string(text);
  return json;
}

std::string inside_quotes(std::string_view text) {
  const std::string json = quoted(text);
  return json.substr(1, json.size() - 2);
}

std::string escape_html(std::string_view text) {
  return fill_in(text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}});
}

std::string capitalised(std::string_view name) {
  std::string text(name);
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] -= 'a' - 'A';
  return text;
}

// "47.618s" or "47s": protobuf's Duration leaves out a fraction of zero.
std::string in_seconds(milliseconds delay) {
  const auto whole = delay.count() / 1000;
  const auto rest = delay.count() % 1000;
  return rest == 0 ? fmt::format("{}s", whole) : fmt::format("{}.{:03}s", whole, rest);
}

std::string as_vertex_says_it(std::string_view text) {
  std::string said(text);
  for (const auto& [ours, its] :
       {std::pair<std::string_view, std::string_view>{"generativelanguage.googleapis.com",
                                                      "aiplatform.googleapis.com"},
        {"google.ai.generativelanguage.", "google.cloud.aiplatform."},
        {".GenerativeService.", ".PredictionService."}}) {
    for (std::size_t at = said.find(ours); at != said.npos; at = said.find(ours, at + its.size()))
      said.replace(at, ours.size(), its);
  }
  return said;
}

error_text fill_in(const catalogued_error& row, const error_context& context) {
  replacements values = {{"{key}", std::string(context.key)},
                         {"{project}", std::to_string(context.project_number)},
                         {"{model}", std::string(context.model)},
                         {"{version}", std::string(context.version)},
                         {"{verb}", std::string(context.verb)},
                         {"{Verb}", capitalised(context.verb)},
                         {"{path}", escape_html(context.path)}};
  error_text error;
  error.code = row.code;
  error.status = row.status;
  error.kind = row.kind;
  error.message = fill_in(row.message, values);
  values.emplace_back("{message}", error.message);
  for (auto& [placeholder, value] : values)
    value = inside_quotes(value);
  error.details = fill_in(row.details, values);
  if (context.service == api_service::vertex) {
    error.message = as_vertex_says_it(error.message);
    error.details = as_vertex_says_it(error.details);
  }
  return error;
}

error_text fill_in(const catalogued_quota_error& row, const error_context& context,
                   std::optional<milliseconds> retry_delay) {
  std::vector<quota_violation> violations;
  for (const std::string_view id : row.quota_ids) {
    violations.push_back(violation_of(id));
    if (row.no_access) violations.back().limit = 0;
  }
  return make_quota_error(violations, context.model, retry_delay.value_or(row.retry_delay));
}

template <class Json>
void write_error(Json& json, const error_text& error) {
  json.begin_object();
  json.key("error").begin_object();
  json.key("code").number(error.code);
  json.key("message").string(error.message);
  json.key("status").string(error.status);
  if (!error.details.empty()) json.key("details").copy(error.details);
  json.end_object();
  json.end_object();
}

std::string render_html(const error_text& error) {
  return fmt::format(R"(<!DOCTYPE html>
<html lang=en>
  <meta charset=utf-8>
  <meta name=viewport content="initial-scale=1, minimum-scale=1, width=device-width">
  <title>Error {0} ({1})!!1</title>
  <a href=//www.google.com/><span id=logo aria-label=Google></span></a>
  <p><b>{0}.</b> <ins>That’s an error.</ins>
  <p>{2}  <ins>That’s all we know.</ins>
)",
                     error.code, error.status, error.message);
}

}  // namespace

std::span<const std::string_view> error_names() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> all;
    for (const auto& row : error_catalogue())
      all.push_back(row.name);
    for (const auto& row : quota_error_catalogue())
      all.push_back(row.name);
    return all;
  }();
  return names;
}

std::optional<error_text> make_error(std::string_view name, const error_context& context,
                                     std::optional<milliseconds> retry_delay) {
  for (const auto& row : error_catalogue()) {
    if (row.name == name) return fill_in(row, context);
  }
  for (const auto& row : quota_error_catalogue()) {
    if (row.name == name) return fill_in(row, context, retry_delay);
  }
  return std::nullopt;
}

error_text make_quota_error(std::span<const quota_violation> violations, std::string_view model,
                            milliseconds retry_delay) {
  constexpr std::string_view service = "generativelanguage.googleapis.com/";
  error_text error;
  error.code = 429;
  error.status = "RESOURCE_EXHAUSTED";
  error.message =
      "You exceeded your current quota, please check your plan and billing details. For more "
      "information on this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits. To "
      "monitor your current usage, head to: https://ai.dev/rate-limit. ";

  compact_json json(error.details);
  json.begin_array();
  json.copy(
      R"({"@type":"type.googleapis.com/google.rpc.Help","links":[{"description":"Learn more about Gemini API quotas","url":"https://ai.google.dev/gemini-api/docs/rate-limits"}]})");
  json.begin_object();
  json.key("@type").string("type.googleapis.com/google.rpc.QuotaFailure");
  json.key("violations").begin_array();
  for (const quota_violation& violation : violations) {
    error.message += fmt::format("\n* Quota exceeded for metric: {}{}, limit: {}, model: {}",
                                 service, violation.metric, violation.limit, model);
    json.begin_object();
    json.key("quotaMetric").string(fmt::format("{}{}", service, violation.metric));
    json.key("quotaId").string(violation.id);
    json.key("quotaDimensions").begin_object();
    json.key("location").string("global");
    json.key("model").string(model);
    json.end_object();
    if (violation.limit != 0) json.key("quotaValue").string(std::to_string(violation.limit));
    json.end_object();
  }
  json.end_array();
  json.end_object();
  json.begin_object();
  json.key("@type").string("type.googleapis.com/google.rpc.RetryInfo");
  // Cut to whole seconds as Google sends it, but never to the "1s" that means a request which no
  // minute can hold.
  const milliseconds told =
      retry_delay < milliseconds(2000) ? retry_delay : floor<std::chrono::seconds>(retry_delay);
  json.key("retryDelay").string(in_seconds(told));
  json.end_object();
  json.end_array();

  error.message += fmt::format("\nPlease retry in {}.", in_seconds(retry_delay));
  return error;
}

std::string render(const error_text& error, error_framing framing) {
  if (error.kind == error_text::form::html) return render_html(error);
  std::string body;
  if (framing == error_framing::event) {
    compact_json json(body);
    write_error(json, error);
    return body;
  }
  pretty_json json(body);
  if (framing == error_framing::array) json.begin_array();
  write_error(json, error);
  if (framing == error_framing::array) json.end_array();
  body += '\n';
  return body;
}

}  // namespace gemkeeper::sandbox
