// GET /metrics.
#include "exposition.hpp"
#include "router.hpp"

namespace gemkeeper::admin {
namespace {

void write_requests(exposition& to, const request_totals& totals) {
  to.family("gemkeeper_requests_total", "counter", "Requests answered; code 0: the client left.");
  for (const auto& [labels, count] : totals.requests) {
    to.sample(label("route", labels.route) + ',' + label("model", labels.model) + ',' +
                  label("code", labels.code),
              count);
  }
  to.observed("gemkeeper_request_duration_seconds", totals.duration,
              "From the first byte of a request to the last byte of its answer.");
  to.observed("gemkeeper_overhead_seconds", totals.overhead,
              "Of which gemkeeper itself took: without the upstream, the client's body, waiting.");
  to.observed("gemkeeper_wait_seconds", totals.waited,
              "Of which waiting for a key or between attempts; of the requests that did.");
  to.observed("gemkeeper_time_to_first_byte_seconds", totals.first_byte,
              "From the first byte of a request to the first byte of its answer.");
}

void write_traffic(exposition& to, const pool::traffic& now) {
  to.family("gemkeeper_upstream_connections", "gauge", "Connections to the upstream.");
  to.sample(label("state", "active"), now.connections_active);
  to.sample(label("state", "connecting"), now.connections_connecting);
  to.sample(label("state", "idle"), now.connections_idle);
  to.single("gemkeeper_streams_in_flight", "gauge", "Streamed answers under way.", now.streams);
  to.single("gemkeeper_websockets_open", "gauge", "WebSockets under way.", now.websockets);
  to.single("gemkeeper_tunnels_open", "gauge", "Tunnels to other hosts.", now.tunnels);
  to.family("gemkeeper_rotations_total", "counter",
            "Requests that went on to another key, by what the key before met.");
  for (std::size_t i = 0; i < pool::outcome_count; ++i) {
    const auto met = static_cast<pool::outcome>(i);
    if (met == pool::outcome::success || met == pool::outcome::cancelled) continue;
    to.sample(label("reason", pool::to_string(met)), now.rotations[i]);
  }
}

void write_counts(exposition& to, const pool::pool_counts& counts) {
  to.family("gemkeeper_keys", "gauge", "Keys of the pool, by state.");
  to.sample(label("state", "healthy"), counts.healthy);
  to.sample(label("state", "cooling"), counts.cooling);
  to.sample(label("state", "quarantined"), counts.quarantined);
  to.sample(label("state", "disabled"), counts.disabled);
}

// A key is told by its id: names may change.
void write_keys(exposition& to, const std::vector<key_info>& keys) {
  to.family("gemkeeper_key_up", "gauge", "1: the key is healthy or cooling.");
  for (const key_info& key : keys) {
    const bool up =
        key.view.state == pool::key_state::healthy || key.view.state == pool::key_state::cooling;
    to.sample(label("key", key.view.id.view()), up ? 1 : 0);
  }
  to.family("gemkeeper_key_cooldowns", "gauge", "Cool-downs of the key's project.");
  for (const key_info& key : keys)
    to.sample(label("key", key.view.id.view()), key.view.cool_downs.size());
}

void write_attempts(exposition& to, const std::vector<key_info>& keys,
                    const metrics_settings& how) {
  std::map<std::pair<std::string, std::size_t>, std::uint64_t> sums;  // by labels of key, outcome
  for (const key_info& key : keys) {
    const std::string of = how.per_key ? label("key", key.view.id.view()) + ',' : std::string();
    for (std::size_t i = 0; i < pool::outcome_count; ++i) {
      if (key.view.outcomes[i] != 0) sums[{of, i}] += key.view.outcomes[i];
    }
  }
  to.family("gemkeeper_attempts_total", "counter", "Upstream tries, by what their answer meant.");
  for (const auto& [of, count] : sums) {
    const auto met = static_cast<pool::outcome>(of.second);
    to.sample(of.first + label("outcome", pool::to_string(met)), count);
  }
}

void write_tokens(exposition& to, const pool::usage_table::snapshot& usage,
                  const metrics_settings& how) {
  std::map<std::string_view, bool> models;
  std::map<std::string, pool::usage_counts> folded;  // by labels of key and model
  for (const auto& [of, used] : usage) {
    const bool room = models.size() < how.max_models || models.contains(of.second.value);
    if (room) models.emplace(of.second.value, true);
    std::string labels = how.per_key ? label("key", of.first.view()) + ',' : std::string();
    labels += label("model", room ? std::string_view(of.second.value) : "other");
    folded[std::move(labels)] += used;
  }
  to.family("gemkeeper_tokens_total", "counter", "Tokens as Google reports them.");
  for (const auto& [labels, used] : folded) {
    const pool::token_usage& tokens = used.tokens;
    const std::pair<std::string_view, std::uint64_t> types[] = {{"prompt", tokens.prompt},
                                                                {"cached", tokens.cached},
                                                                {"tool_use", tokens.tool_use},
                                                                {"output", tokens.candidates},
                                                                {"thought", tokens.thoughts}};
    for (const auto& [type, count] : types) {
      if (count != 0) to.sample(labels + ',' + label("type", type), count);
    }
  }
  constexpr double micros_per_dollar = 1e6;
  to.family("gemkeeper_cost_usd_total", "counter", "Cost by list prices, where it is known.");
  for (const auto& [labels, used] : folded) {
    if (used.unpriced == used.calls) continue;
    to.sample(labels, static_cast<double>(used.cost_micros) / micros_per_dollar);
  }
  to.family("gemkeeper_calls_of_unknown_cost_total", "counter", "Calls without a known price.");
  for (const auto& [labels, used] : folded) {
    if (used.unpriced != 0) to.sample(labels, used.unpriced);
  }
}

void write_ledger(exposition& to, const ledger_state& ledger) {
  to.single("gemkeeper_usage_records_total", "counter", "Calls taken into the usage journals.",
            ledger.appended);
  to.single("gemkeeper_usage_waiting", "gauge", "Of which not in the store yet.", ledger.waiting);
  to.single("gemkeeper_usage_merged_total", "counter",
            "Calls that met a full journal and were merged in memory.", ledger.merged);
  to.single("gemkeeper_usage_backlog_rows", "gauge",
            "Rows of merged calls in memory: these a kill would lose.", ledger.backlog);
  to.single("gemkeeper_usage_folded_total", "counter", "Calls counted as another name.",
            ledger.folded);
  to.single("gemkeeper_usage_lost_total", "counter", "Calls for which there was no memory.",
            ledger.lost);
}

void write_alerts(exposition& to, const alert_report& report) {
  std::map<std::pair<std::string, severity>, std::uint64_t> standing;
  for (const auto& [of, count] : report.raised)
    standing[of] = 0;  // a series that was there stays
  for (const alert& one : report.alerts) {
    if (!one.resolved) ++standing[{one.kind, one.level}];
  }
  const auto labels = [](const auto& of) {
    return label("kind", of.first) + ',' + label("severity", to_string(of.second));
  };
  to.family("gemkeeper_alerts", "gauge", "Alerts that stand.");
  for (const auto& [of, count] : standing)
    to.sample(labels(of), count);
  to.family("gemkeeper_alerts_total", "counter", "Alerts that were raised.");
  for (const auto& [of, count] : report.raised)
    to.sample(labels(of), count);
  to.family("gemkeeper_alert_deliveries_total", "counter", "Of the webhook, by what came of them.");
  to.sample(R"(result="delivered")", report.webhook.delivered);
  to.sample(R"(result="failed")", report.webhook.failed);
  to.sample(R"(result="dropped")", report.webhook.dropped);
  to.family("gemkeeper_alert_deliveries_waiting", "gauge", "Messages that the webhook owes.");
  to.sample("", report.webhook.waiting);
}

}  // namespace

answer show_metrics(context& in, const request&) {
  exposition to;
  const std::vector<key_info> keys = in.behind.keys();
  write_requests(to, in.requests.totals());
  write_traffic(to, in.behind.traffic());
  write_counts(to, in.behind.counts());
  if (in.metrics.per_key) write_keys(to, keys);
  write_attempts(to, keys, in.metrics);
  write_tokens(to, in.behind.usage(), in.metrics);
  write_alerts(to, in.behind.alerts());
  write_ledger(to, in.behind.ledger());
  to.single("gemkeeper_client_connections", "gauge", "Client connections of the proxy.",
            in.behind.connections());
  to.family("gemkeeper_build_info", "gauge", "1, with the version.");
  to.sample(label("version", in.version), 1);
  write_process(to);
  answer made;
  made.type = "text/plain; version=0.0.4; charset=utf-8";
  made.body = to.take();
  return made;
}

}  // namespace gemkeeper::admin
