// What the operator should know of, from when it began until it is over. Holds no secret.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gemkeeper::admin {

enum class severity : std::uint8_t { info, warning, critical };
std::string_view to_string(severity);

struct alert {
  using time_point = std::chrono::system_clock::time_point;

  std::uint64_t id = 0;  // unique, over restarts too: microseconds since 1970, about when it rose
  std::string kind;      // of a small set: "key_quarantined", "pool_empty"
  severity level = severity::warning;
  std::string subject;  // a key's id, a project, a limit, a setting; with `kind`, what it is about
  std::string message;  // a sentence, with the remedy
  time_point raised{};
  time_point updated{};
  std::optional<time_point> resolved{};
  std::optional<time_point> until{};  // it is over by then at the latest
  std::uint64_t count = 1;            // how often it was met with
};

// One line of JSON, as GET /api/v1/alerts shows it.
std::string alert_json(const alert& what);

// What became of the webhook's messages since the start.
struct delivery_counts {
  std::uint64_t delivered = 0;
  std::uint64_t failed = 0;   // tries
  std::uint64_t dropped = 0;  // given up, or crowded out
  std::size_t waiting = 0;
};

struct alert_report {
  std::vector<alert> alerts;  // those that stand first; each part newest first
  // Raised since the start, by kind and severity.
  std::map<std::pair<std::string, severity>, std::uint64_t> raised;
  delivery_counts webhook;
};

// What the receiver of the webhook said to a test alert.
struct webhook_answer {
  bool configured = false;  // alerts.webhook_url is set
  int status = 0;           // 0: there was no answer
  std::string problem;      // of what was not delivered
  std::string answer;       // the body's first KiB
};

}  // namespace gemkeeper::admin
