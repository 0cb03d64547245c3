// The words for the pool's enumerations: in configuration, logs and metric labels.
#include <gemkeeper/pool/pool.hpp>

namespace gemkeeper::pool {

std::string_view to_string(key_state s) {
  switch (s) {
    case key_state::healthy:
      return "healthy";
    case key_state::cooling:
      return "cooling";
    case key_state::exhausted:
      return "exhausted";
    case key_state::quarantined:
      return "quarantined";
    case key_state::disabled:
      return "disabled";
  }
  return "unknown";
}

std::string_view to_string(service s) {
  return s == service::vertex ? "vertex" : "gemini";
}

std::optional<service> parse_service(std::string_view name) {
  for (const service s : {service::gemini, service::vertex}) {
    if (to_string(s) == name) return s;
  }
  return std::nullopt;
}

std::string_view to_string(outcome o) {
  switch (o) {
    case outcome::success:
      return "success";
    case outcome::key_fault:
      return "key_fault";
    case outcome::quota:
      return "quota";
    case outcome::request_too_large:
      return "request_too_large";
    case outcome::project_exhausted:
      return "project_exhausted";
    case outcome::quota_unknown:
      return "quota_unknown";
    case outcome::model_fault:
      return "model_fault";
    case outcome::egress_fault:
      return "egress_fault";
    case outcome::location_blocked:
      return "location_blocked";
    case outcome::client_fault:
      return "client_fault";
    case outcome::cancelled:
      return "cancelled";
  }
  return "unknown";
}

std::string_view to_string(policy p) {
  switch (p) {
    case policy::round_robin:
      return "round_robin";
    case policy::weighted:
      return "weighted";
    case policy::least_used:
      return "least_used";
    case policy::priority:
      return "priority";
  }
  return "unknown";
}

std::optional<policy> parse_policy(std::string_view word) {
  for (const policy p :
       {policy::round_robin, policy::weighted, policy::least_used, policy::priority}) {
    if (word == to_string(p)) return p;
  }
  return std::nullopt;
}

}  // namespace gemkeeper::pool
