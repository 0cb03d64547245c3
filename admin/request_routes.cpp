// Recent requests, the configuration, events.
#include "json_output.hpp"
#include "request_query.hpp"
#include "router.hpp"

#include <map>

namespace gemkeeper::admin {
namespace {

using std::chrono::microseconds;

double milliseconds(microseconds time) {
  constexpr double us_per_ms = 1000;
  return static_cast<double>(time.count()) / us_per_ms;
}

void write_text(json_output& json, std::string_view name, std::string_view text) {
  json.key(name);
  text.empty() ? json.null() : json.value(text);
}

// What the attempt was made for.
std::string_view why(const pool::attempt& one) {
  switch (one.after) {
    case pool::next_step::next_key:
      return "another_key";
    case pool::next_step::next_project:
      return "another_project";
    case pool::next_step::other_tier:
      return "another_tier";
    case pool::next_step::backoff:
      return "after_backoff";
    case pool::next_step::same_again:
      return "try_again";
    default:
      return "first";
  }
}

std::string_view to_string(pool::choice::fit fit) {
  switch (fit) {
    case pool::choice::fit::new_key:
      return "new_key";
    case pool::choice::fit::same_key:
      return "same_key";
    default:
      return "new_project";
  }
}

std::string_view to_string(pool::consequence::kind effect) {
  switch (effect) {
    case pool::consequence::kind::cooled:
      return "cooled";
    case pool::consequence::kind::quarantined:
      return "quarantined";
    case pool::consequence::kind::project_exhausted:
      return "project_exhausted";
    default:
      return {};
  }
}

// Writes requests; asks for the label of each key once.
class request_writer {
 public:
  request_writer(json_output& json, backend& behind) : json_(json), behind_(behind) {}

  void write(const kept_request& one) {
    json_.begin_object();
    json_.member("request_id", one.request_id);
    json_.member("ended", one.ended);
    json_.member("method", one.method);
    json_.member("route", one.route);
    write_text(json_, "model", one.model);
    write_text(json_, "trace_id", one.trace_id);
    write_text(json_, "key", one.key_id);
    write_text(json_, "key_name", one.key_name);
    write_text(json_, "client", one.client);
    write_text(json_, "client_name", one.client_name);
    json_.member("attempts", one.attempts);
    json_.member("status", one.status);
    json_.member("outcome", one.outcome);
    write_text(json_, "reason", one.reason);
    json_.member("cancelled", one.cancelled);
    json_.member("prompt_tokens", one.prompt_tokens);
    json_.member("output_tokens", one.output_tokens);
    json_.member("total_tokens", one.total_tokens);
    write_text(json_, "model_version", one.model_version);
    json_.key("cost_usd");
    write_usd(json_, one.cost_micros);
    json_.member("cost_basis", pool::to_string(one.cost_basis));
    json_.member("bytes_in", one.bytes_in);
    json_.member("bytes_out", one.bytes_out);
    json_.member("total_ms", milliseconds(one.total));
    json_.member("upstream_ms", milliseconds(one.upstream));
    json_.member("first_byte_ms", milliseconds(one.first_byte));
    json_.member("receiving_ms", milliseconds(one.receiving));
    json_.member("waited_ms", milliseconds(one.waited));
    json_.member("overhead_ms", milliseconds(one.overhead));
    json_.key("trail").begin_array();
    for (const pool::attempt& attempt : one.trail)
      write(attempt);
    json_.end_array();
    json_.member("trail_left_out", one.left_out);
    json_.end_object();
  }

 private:
  void write(const pool::attempt& one) {
    const bool cools = one.effect.what != pool::consequence::kind::none;
    const pool::key_label& label = label_of(one.key);
    json_.begin_object();
    json_.member("key", one.key.view());
    write_text(json_, "key_name", label.name);
    write_text(json_, "project", label.project.value);
    json_.member("why", why(one));
    json_.member("policy", pool::to_string(one.chosen.by));
    json_.member("fit", to_string(one.chosen.how));
    json_.member("half_open", one.chosen.trial);
    json_.member("pinned", one.chosen.pinned);
    json_.member("queued", one.queued);
    json_.member("outcome", pool::to_string(one.kind));
    write_text(json_, "reason", one.reason);
    json_.key("upstream_status");
    one.status == 0 ? json_.null() : json_.value(std::uint64_t{one.status});
    json_.key("quotas").begin_array();
    for (const std::string& id : one.quotas)
      json_.value(id);
    json_.end_array();
    write_text(json_, "effect", to_string(one.effect.what));
    json_.key("until");
    cools ? json_.value(one.effect.until) : json_.null();
    json_.member("route", one.route.empty() ? std::string_view("direct") : one.route);
    write_text(json_, "connection",
               one.over == pool::attempt::connection::reused  ? "reused"
               : one.over == pool::attempt::connection::fresh ? "new"
                                                              : "");
    json_.member("waited_ms", milliseconds(one.waited));
    json_.member("start_ms", milliseconds(one.began));
    json_.member("duration_ms", milliseconds(one.duration));
    json_.end_object();
  }

  const pool::key_label& label_of(const pool::key_id& id) {
    const auto [at, news] = labels_.try_emplace(id);
    if (news) at->second = behind_.label_of(id).value_or(pool::key_label{});
    return at->second;
  }

  json_output& json_;
  backend& behind_;
  std::map<pool::key_id, pool::key_label> labels_;
};

}  // namespace

answer list_requests(context& in, const request& asked) {
  const request_query query = parse_request_query(asked.query);
  // One more than asked for tells whether there is a next page.
  std::vector<kept_request> found = in.requests.recent(query.limit + 1, query.filter());
  const bool more = found.size() > query.limit;
  if (more) found.pop_back();
  json_output json;
  json.begin_object();
  json.key("requests").begin_array();
  request_writer writer(json, in.behind);
  for (const kept_request& one : found)
    writer.write(one);
  json.end_array();
  write_text(json, "next", more ? place_after(found.back()) : std::string());
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
  request_writer(json, in.behind).write(*found);
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
