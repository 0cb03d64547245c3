// Status and credits.
#include "alert_text.hpp"
#include "json_input.hpp"
#include "key_text.hpp"
#include "limit_text.hpp"
#include "router.hpp"
#include "usage_text.hpp"

#include <algorithm>
#include <unordered_map>

namespace gemkeeper::admin {
namespace {

using std::chrono::system_clock;

void write_usage(json_output& json, const pool::usage_counts& used) {
  json.member("total_calls", used.calls);
  json.member("total_tokens", used.tokens.total);
  json.member("prompt_tokens", used.tokens.prompt);
  json.member("output_tokens", used.tokens.candidates);
  json.member("thought_tokens", used.tokens.thoughts);
  json.member("cached_tokens", used.tokens.cached);
  json.member("errors", used.errors);
  write_cost(json, used);
}

// Of keys, projects and clients, as they stand.
void write_all_limits(json_output& json, context& in, const std::vector<key_info>& keys,
                      const std::vector<client_info>& clients) {
  using enum pool::limit_scope;
  for (const key_info& one : keys)
    write_limit_rows(json, key, one.view.id.view(), one.view.name, one.view.limits);
  for (const project_info& one : in.behind.projects()) {
    const std::string& name = one.view.spec.name.value;
    write_limit_rows(json, project, name, name, one.view.limits);
  }
  for (const client_info& one : clients)
    write_limit_rows(json, client, one.view.id, one.view.name, one.view.limits);
}

using names_by_id = std::unordered_map<std::string_view, std::string_view>;

std::string_view name_in(const names_by_id& names, const std::string& id) {
  if (id.empty()) return "(none)";
  const auto known = names.find(id);
  return known == names.end() ? std::string_view(id) : known->second;
}

void write_sums(json_output& json, std::string_view name, const std::vector<named_usage>& all,
                const names_by_id& names = {}) {
  json.key(name).begin_object();
  for (const named_usage& one : all) {
    json.key(name_in(names, one.name)).begin_object();
    write_usage(json, one.counts);
    json.end_object();
  }
  json.end_object();
}

}  // namespace

void write_cost(json_output& json, const pool::usage_counts& used) {
  const bool unknown = used.calls != 0 && used.unpriced == used.calls;
  json.key("estimated_cost_usd");
  write_usd(json, unknown ? std::nullopt : std::optional(used.cost_micros));
  json.member("calls_of_unknown_cost", used.unpriced);
}

answer key_status(context& in, const request&) {
  const std::vector<key_info> keys = in.behind.keys();
  const pool::pool_counts counts = in.behind.counts();
  const usage_totals totals = in.behind.totals();
  const std::vector<key_times> times = in.behind.times_of_keys();
  std::unordered_map<std::string_view, const pool::usage_counts*> used_by;
  used_by.reserve(totals.by_key.size());
  for (const named_usage& one : totals.by_key)
    used_by.emplace(one.name, &one.counts);
  std::unordered_map<std::string_view, const key_times*> times_of;
  times_of.reserve(times.size());
  for (const key_times& one : times)
    times_of.emplace(one.key, &one);
  json_output json;
  json.begin_object();
  write_counts(json, counts);
  json.member("next_recovery", counts.next_recovery);
  json.key("api_key_usage").begin_object();
  for (const key_info& key : keys) {
    const auto counted = used_by.find(key.view.id.view());
    const pool::usage_counts used =
        counted == used_by.end() ? pool::usage_counts{} : *counted->second;
    std::optional<pool::time_point> last_used = key.view.last_used;
    if (const auto known = times_of.find(key.view.id.view()); known != times_of.end()) {
      last_used = std::max(last_used, known->second->last_used);
    }
    json.key(key.view.name).begin_object();
    json.member("id", key.view.id.view());
    json.member("calls_made", used.calls);
    json.member("tokens_used", used.tokens.total);
    json.member("last_used", last_used);
    json.member("errors", used.errors);
    write_cost(json, used);
    // Of this process: upstream tries, and those that neither succeeded nor were cancelled.
    json.member("attempts", key.view.calls);
    json.member("failed_attempts", key.view.errors);
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
  const std::vector<key_info> keys = in.behind.keys();
  names_by_id names;
  names.reserve(keys.size());
  for (const key_info& key : keys)
    names.emplace(key.view.id.view(), key.view.name);
  const std::vector<client_info> known = in.behind.clients();
  names_by_id clients;
  for (const client_info& client : known)
    clients.emplace(client.view.id, client.view.name);
  usage_totals totals = in.behind.totals();
  // Nobody bore a token.
  if (totals.by_client.size() == 1 && totals.by_client.front().name.empty()) {
    totals.by_client.clear();
  }
  json_output json;
  json.begin_object();
  json.member("since", totals.since);
  write_usage(json, totals.all);
  write_sums(json, "per_key", totals.by_key, names);  // of a key that was removed the id is left
  write_sums(json, "per_project", totals.by_project);
  write_sums(json, "per_model", totals.by_model);
  write_sums(json, "per_client", totals.by_client, clients);
  json.key("limits").begin_array();
  write_all_limits(json, in, keys, known);
  json.end_array();
  write_alerts(json, in.behind.alerts().alerts, alert_states::active);
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
  in.behind.reset_totals(id, now);
  note(in, asked, "credits_reset", "the credits count anew, by the admin API",
       id ? id->view() : std::string_view());
  json_output json;
  json.begin_object();
  json.member("reset", true);
  json.member("since", now);
  json.end_object();
  return to_answer(json);
}

}  // namespace gemkeeper::admin
