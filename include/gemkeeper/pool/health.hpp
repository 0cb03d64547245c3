// What the pool learned of its keys and would have to learn anew after a restart: values, to be
// kept and given back.
#pragma once

#include <gemkeeper/pool/ids.hpp>
#include <gemkeeper/pool/key.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gemkeeper::pool {

struct kept_quarantine {
  key_id key{};
  std::string reason{};
  time_point next_probe{};
  duration interval{};  // between probes
  friend bool operator==(const kept_quarantine&, const kept_quarantine&) = default;
};

// Of a declared project, by its name; of any other, by each of its keys.
struct kept_cool_down {
  project_name project{};             // empty: that of `key`
  key_id key{};                       // means something without `project`
  std::optional<model_name> model{};  // nullopt: the whole project; empty: calls that name no model
  pool::service service = pool::service::gemini;
  std::string quota_id{};  // of a whole project: the reason
  time_point until{};
  std::uint32_t failures = 0;  // bare 429s in a row
  friend bool operator==(const kept_cool_down&, const kept_cool_down&) = default;
};

// Against `key_limits::requests_per_day`.
struct kept_day_count {
  key_id key{};
  model_name model{};
  time_point day_end{};
  std::uint32_t requests = 0;
  friend bool operator==(const kept_day_count&, const kept_day_count&) = default;
};

struct kept_health {
  std::vector<kept_quarantine> quarantines;
  std::vector<kept_cool_down> cool_downs;
  std::vector<kept_day_count> day_counts;
  friend bool operator==(const kept_health&, const kept_health&) = default;
};

}  // namespace gemkeeper::pool
