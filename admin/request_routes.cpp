// Recent requests, the configuration, events.
#include "json_output.hpp"
#include "router.hpp"

#include <charconv>

namespace gemkeeper::admin {
namespace {

double milliseconds(std::chrono::microseconds time) {
  constexpr double us_per_ms = 1000;
  return static_cast<double>(time.count()) / us_per_ms;
}

void write_request(json_output& json, const kept_request& one) {
  const auto maybe = [&](std::string_view name, const std::string& text) {
    json.key(name);
    text.empty() ? json.null() : json.value(text);
  };
  json.begin_object();
  json.member("request_id", one.request_id);
  json.member("ended", one.ended);
  json.member("method", one.method);
  json.member("route", one.route);
  maybe("model", one.model);
  maybe("key", one.key_id);
  maybe("key_name", one.key_name);
  maybe("client", one.client);
  maybe("client_name", one.client_name);
  json.member("attempts", one.attempts);
  json.member("status", one.status);
  json.member("outcome", one.outcome);
  maybe("reason", one.reason);
  json.member("cancelled", one.cancelled);
  json.member("prompt_tokens", one.prompt_tokens);
  json.member("output_tokens", one.output_tokens);
  json.member("total_tokens", one.total_tokens);
  json.member("bytes_in", one.bytes_in);
  json.member("bytes_out", one.bytes_out);
  json.member("total_ms", milliseconds(one.total));
  json.member("upstream_ms", milliseconds(one.upstream));
  json.member("first_byte_ms", milliseconds(one.first_byte));
  json.end_object();
}

}  // namespace

answer list_requests(context& in, const request& asked) {
  constexpr std::size_t most = 1000;
  std::size_t limit = 100;
  if (const std::string_view text = query_value(asked.query, "limit"); !text.empty()) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
    if (error != std::errc{} || end != text.data() + text.size() || limit == 0 || limit > most) {
      throw refusal(400, "invalid_field", "limit must be a number from 1 to 1000", "limit");
    }
  }
  json_output json;
  json.begin_object();
  json.key("requests").begin_array();
  for (const kept_request& one : in.requests.recent(limit))
    write_request(json, one);
  json.end_array();
  json.end_object();
  return to_answer(json);
}

answer show_request(context& in, const request& asked) {
  const std::optional<kept_request> found = in.requests.find(asked.parameter);
  if (!found) {
    throw refusal(404, "no_such_request",
                  "this request is not among the recent ones: see GET /api/v1/requests");
  }
  json_output json;
  write_request(json, *found);
  return to_answer(json);
}

answer show_config(context& in, const request&) {
  answer made;
  made.body = in.behind.config_json();
  return made;
}

// The head only: the connection streams what follows.
answer stream_events(context&, const request&) {
  answer made;
  made.type = "text/event-stream";
  return made;
}

answer show_openapi(context& in, const request&) {
  answer made;
  made.body = openapi(in.version);
  return made;
}

}  // namespace gemkeeper::admin
