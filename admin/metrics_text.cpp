// GET /metrics: Prometheus text exposition format 0.0.4
// (https://prometheus.io/docs/instrumenting/exposition_formats/).
#include "router.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <cstdio>
#include <iterator>

namespace gemkeeper::admin {
namespace {

std::string escaped(std::string_view text) {
  std::string made;
  for (const char c : text) {
    if (c == '\n') {
      made += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') made += '\\';
    made += c;
  }
  return made;
}

class exposition {
 public:
  void family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    fmt::format_to(out(), "# HELP {0} {1}\n# TYPE {0} {2}\n", name, help, type);
  }
  template <class Value>
  void sample(const std::string& labels, Value value) {
    fmt::format_to(out(), "{}{}{}{} {}\n", name_, labels.empty() ? "" : "{", labels,
                   labels.empty() ? "" : "}", value);
  }
  void observed(std::string_view name, const histogram& values, std::string_view help) {
    constexpr double us_per_second = 1e6;
    family(name, "histogram", help);
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < values.buckets.size(); ++i) {
      sum += values.buckets[i];
      const bool last = i == bucket_bounds.size();
      fmt::format_to(out(), "{}_bucket{{le=\"{}\"}} {}\n", name,
                     last
                         ? std::string("+Inf")
                         : fmt::format("{}", static_cast<double>(bucket_bounds[i]) / us_per_second),
                     sum);
    }
    fmt::format_to(out(), "{0}_sum {1}\n{0}_count {2}\n", name,
                   static_cast<double>(values.sum_us) / us_per_second, sum);
  }
  std::string take() { return std::move(text_); }

 private:
  std::back_insert_iterator<std::string> out() { return std::back_inserter(text_); }
  std::string name_;
  std::string text_;
};

void write_requests(exposition& to, const request_totals& totals) {
  to.family("gemkeeper_requests_total", "counter", "Requests answered; code 0: the client left.");
  for (const auto& [labels, count] : totals.requests) {
    to.sample(fmt::format(R"(route="{}",model="{}",code="{}")", escaped(labels.route),
                          escaped(labels.model), labels.code),
              count);
  }
  to.observed("gemkeeper_request_duration_seconds", totals.duration,
              "From the first byte of a request to the last byte of its answer.");
  to.observed("gemkeeper_overhead_seconds", totals.overhead,
              "Of which gemkeeper did not wait for the upstream.");
  to.observed("gemkeeper_time_to_first_byte_seconds", totals.first_byte,
              "From the first byte of a request to the first byte of its answer.");
}

// A key is told by its id: names may change.
void write_keys(exposition& to, const std::vector<key_info>& keys) {
  to.family("gemkeeper_key_up", "gauge", "1: the key is healthy or cooling.");
  for (const key_info& key : keys) {
    const bool up =
        key.view.state == pool::key_state::healthy || key.view.state == pool::key_state::cooling;
    to.sample(fmt::format(R"(key="{}")", key.view.id.view()), up ? 1 : 0);
  }
  to.family("gemkeeper_key_cooldowns", "gauge", "Cool-downs of the key's project.");
  for (const key_info& key : keys) {
    to.sample(fmt::format(R"(key="{}")", key.view.id.view()), key.view.cool_downs.size());
  }
  to.family("gemkeeper_attempts_total", "counter", "Upstream tries, by what their answer meant.");
  for (const key_info& key : keys) {
    for (std::size_t i = 0; i < pool::outcome_count; ++i) {
      if (key.view.outcomes[i] == 0) continue;
      to.sample(fmt::format(R"(key="{}",outcome="{}")", key.view.id.view(),
                            pool::to_string(static_cast<pool::outcome>(i))),
                key.view.outcomes[i]);
    }
  }
}

void write_tokens(exposition& to, const pool::usage_table::snapshot& usage) {
  constexpr std::size_t most_models = 64;
  std::map<std::string_view, bool> models;
  std::map<std::pair<std::string, std::string>, pool::usage_counts> folded;
  for (const auto& [of, used] : usage) {
    const bool room = models.size() < most_models || models.contains(of.second.value);
    if (room) models.emplace(of.second.value, true);
    folded[{std::string(of.first.view()), room ? of.second.value : "other"}] += used;
  }
  to.family("gemkeeper_tokens_total", "counter", "Tokens as Google reports them.");
  for (const auto& [of, used] : folded) {
    const pool::token_usage& tokens = used.tokens;
    const std::pair<std::string_view, std::uint64_t> types[] = {{"prompt", tokens.prompt},
                                                                {"cached", tokens.cached},
                                                                {"tool_use", tokens.tool_use},
                                                                {"output", tokens.candidates},
                                                                {"thought", tokens.thoughts}};
    for (const auto& [type, count] : types) {
      if (count == 0) continue;
      to.sample(fmt::format(R"(key="{}",model="{}",type="{}")", of.first, escaped(of.second), type),
                count);
    }
  }
  constexpr double micros_per_dollar = 1e6;
  to.family("gemkeeper_cost_usd_total", "counter", "Cost by list prices, where it is known.");
  for (const auto& [of, used] : folded) {
    if (used.unpriced == used.calls) continue;
    to.sample(fmt::format(R"(key="{}",model="{}")", of.first, escaped(of.second)),
              static_cast<double>(used.cost_micros) / micros_per_dollar);
  }
  to.family("gemkeeper_calls_of_unknown_cost_total", "counter", "Calls without a known price.");
  for (const auto& [of, used] : folded) {
    if (used.unpriced == 0) continue;
    to.sample(fmt::format(R"(key="{}",model="{}")", of.first, escaped(of.second)), used.unpriced);
  }
}

void write_ledger(exposition& to, const ledger_state& ledger) {
  to.family("gemkeeper_usage_records_total", "counter", "Calls taken into the usage journals.");
  to.sample("", ledger.appended);
  to.family("gemkeeper_usage_waiting", "gauge", "Of which not in the store yet.");
  to.sample("", ledger.waiting);
  to.family("gemkeeper_usage_merged_total", "counter",
            "Calls that met a full journal and were merged in memory.");
  to.sample("", ledger.merged);
  to.family("gemkeeper_usage_backlog_rows", "gauge",
            "Rows of merged calls in memory: these a kill would lose.");
  to.sample("", ledger.backlog);
  to.family("gemkeeper_usage_folded_total", "counter", "Calls counted as another name.");
  to.sample("", ledger.folded);
  to.family("gemkeeper_usage_lost_total", "counter", "Calls for which there was no memory.");
  to.sample("", ledger.lost);
}

void write_alerts(exposition& to, const alert_report& report) {
  std::map<std::pair<std::string, severity>, std::uint64_t> standing;
  for (const auto& [of, count] : report.raised)
    standing[of] = 0;  // a series that was there stays
  for (const alert& one : report.alerts) {
    if (!one.resolved) ++standing[{one.kind, one.level}];
  }
  const auto labels = [](const auto& of) {
    return fmt::format(R"(kind="{}",severity="{}")", escaped(of.first), to_string(of.second));
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

struct process_state {
  double cpu_seconds = 0;
  std::uint64_t resident_bytes = 0;
};

process_state read_process() {
  process_state state;
  if (std::FILE* file = std::fopen("/proc/self/stat", "re")) {
    unsigned long user = 0, system = 0;
    long pages = 0;
    // After the name: fields 3 to 24 of proc(5).
    if (std::fscanf(file,
                    "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %*d %*d %*d "
                    "%*d %*d %*d %*u %*u %ld",
                    &user, &system, &pages) == 3) {
      state.cpu_seconds =
          static_cast<double>(user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
      state.resident_bytes =
          static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    }
    std::fclose(file);
  }
  return state;
}

}  // namespace

answer show_metrics(context& in, const request&) {
  exposition to;
  write_requests(to, in.requests.totals());
  write_keys(to, in.behind.keys());
  write_tokens(to, in.behind.usage());
  write_alerts(to, in.behind.alerts());
  write_ledger(to, in.behind.ledger());
  const process_state process = read_process();
  to.family("gemkeeper_client_connections", "gauge", "Client connections of the proxy.");
  to.sample("", in.behind.connections());
  to.family("gemkeeper_build_info", "gauge", "1, with the version.");
  to.sample(fmt::format(R"(version="{}")", escaped(in.version)), 1);
  to.family("process_cpu_seconds_total", "counter", "Time on the processor.");
  to.sample("", process.cpu_seconds);
  to.family("process_resident_memory_bytes", "gauge", "Resident memory.");
  to.sample("", process.resident_bytes);
  answer made;
  made.type = "text/plain; version=0.0.4; charset=utf-8";
  made.body = to.take();
  return made;
}

}  // namespace gemkeeper::admin
