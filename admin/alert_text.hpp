// Alerts as JSON.
#pragma once

#include "json_output.hpp"
#include <gemkeeper/admin/alert.hpp>

#include <cstdint>
#include <vector>

namespace gemkeeper::admin {

enum class alert_states : std::uint8_t { all, active, resolved };

void write_alert(json_output& json, const alert& what);
// As the member "alerts" of the object that is being written.
void write_alerts(json_output& json, const std::vector<alert>& all, alert_states which);

}  // namespace gemkeeper::admin
