// Status and credits.
#include "json_input.hpp"
#include "key_text.hpp"
#include "limit_text.hpp"
#include "router.hpp"

namespace gemkeeper::admin {
namespace {

using std::chrono::system_clock;

// No price table exists in this version: the cost is unknown, which is not 0.
void write_cost(json_output& json) {
  json.key("estimated_cost_usd").null();
}

void write_usage(json_output& json, const pool::usage_counts& used) {
  json.member("total_calls", used.calls);
  json.member("total_tokens", used.tokens.total);
  json.member("prompt_tokens", used.tokens.prompt);
  json.member("output_tokens", used.tokens.candidates);
  json.member("thought_tokens", used.tokens.thoughts);
  json.member("cached_tokens", used.tokens.cached);
  json.member("errors", used.errors);
  write_cost(json);
}

// Of keys, projects and clients, as they stand.
void write_all_limits(json_output& json, context& in) {
  using enum pool::limit_scope;
  for (const key_info& one : in.behind.keys())
    write_limit_rows(json, key, one.view.id.view(), one.view.name, one.view.limits);
  for (const project_info& one : in.behind.projects()) {
    const std::string& name = one.view.spec.name.value;
    write_limit_rows(json, project, name, name, one.view.limits);
  }
  for (const client_info& one : in.behind.clients())
    write_limit_rows(json, client, one.view.id, one.view.name, one.view.limits);
}

using sums = std::map<std::string, pool::usage_counts>;

void write_sums(json_output& json, std::string_view name, const sums& all) {
  json.key(name).begin_object();
  for (const auto& [label, used] : all) {
    json.key(label).begin_object();
    write_usage(json, used);
    json.end_object();
  }
  json.end_object();
}

pool::token_usage minus(pool::token_usage a, const pool::token_usage& b) {
  a.prompt -= b.prompt;
  a.cached -= b.cached;
  a.tool_use -= b.tool_use;
  a.candidates -= b.candidates;
  a.thoughts -= b.thoughts;
  a.total -= b.total;
  return a;
}

}  // namespace

void credit_marks::reset(const snapshot& usage, const std::optional<pool::key_id>& key,
                         time_point now) {
  if (!key) {
    before_ = usage;
    since_ = now;
    return;
  }
  for (const auto& [of, used] : usage) {
    if (of.first == *key) before_[of] = used;
  }
}

credit_marks::snapshot credit_marks::since_reset(snapshot usage) const {
  for (const auto& [of, before] : before_) {
    const auto found = usage.find(of);
    if (found == usage.end()) continue;
    pool::usage_counts& used = found->second;
    used.calls -= before.calls;
    used.errors -= before.errors;
    used.cancelled -= before.cancelled;
    used.unmetered -= before.unmetered;
    used.tokens = minus(used.tokens, before.tokens);
  }
  std::erase_if(usage, [](const auto& one) { return one.second.calls == 0; });
  return usage;
}

answer key_status(context& in, const request&) {
  const std::vector<key_info> keys = in.behind.keys();
  const pool::pool_counts counts = in.behind.counts();
  std::map<pool::key_id, std::uint64_t> tokens;
  for (const auto& [of, used] : in.behind.usage())
    tokens[of.first] += used.tokens.total;
  json_output json;
  json.begin_object();
  write_counts(json, counts);
  json.member("next_recovery", counts.next_recovery);
  json.key("api_key_usage").begin_object();
  for (const key_info& key : keys) {
    json.key(key.view.name).begin_object();
    json.member("id", key.view.id.view());
    json.member("calls_made", key.view.calls);
    json.member("tokens_used", tokens[key.view.id]);
    json.member("last_used", key.view.last_used);
    json.member("errors", key.view.errors);
    write_cost(json);
    json.member("state", pool::to_string(key.view.state));
    json.member("exhausted_until", key.view.exhausted_until);
    write_limit_usage(json, key.view.limits);
    write_cool_downs(json, key.view);
    json.end_object();
  }
  json.end_object();
  json.end_object();
  return to_answer(json);
}

answer show_credits(context& in, const request&) {
  std::map<pool::key_id, std::string> names;
  for (const key_info& key : in.behind.keys())
    names.emplace(key.view.id, key.view.name);
  pool::usage_counts all;
  sums per_key, per_model;
  for (const auto& [of, used] : in.credits.since_reset(in.behind.usage())) {
    const auto known = names.find(of.first);
    // Of a key that was removed only the id is left.
    per_key[known == names.end() ? std::string(of.first.view()) : known->second] += used;
    per_model[of.second.empty() ? "(none)" : of.second.value] += used;
    all += used;
  }
  json_output json;
  json.begin_object();
  json.member("since", in.credits.since());
  write_usage(json, all);
  write_sums(json, "per_key", per_key);
  write_sums(json, "per_model", per_model);
  write_sums(json, "per_client", {});
  json.key("limits").begin_array();
  write_all_limits(json, in);
  json.end_array();
  json.key("alerts").begin_array();
  json.end_array();
  json.end_object();
  return to_answer(json);
}

answer reset_credits(context& in, const request& asked) {
  std::optional<pool::key_id> id;
  if (!asked.body.empty()) {
    const rapidjson::Document document = parse_object(asked.body);
    members body(document);
    const std::optional<std::string> key = body.text("key");
    body.finish();
    if (key) {
      bool known = false;
      for (const key_info& one : in.behind.keys())
        known = known || one.view.id.view() == *key;
      if (!known) {
        throw refusal(404, "no_such_key", "there is no key with this id: see GET /api/v1/api-keys",
                      "key");
      }
      id = parse_key_id(*key);
    }
  }
  const auto now = system_clock::now();
  in.credits.reset(in.behind.usage(), id, now);
  in.behind.note("credits_reset", "the credits count anew, by the admin API",
                 id.value_or(pool::key_id{}));
  json_output json;
  json.begin_object();
  json.member("reset", true);
  json.member("since", now);
  json.end_object();
  return to_answer(json);
}

}  // namespace gemkeeper::admin
