#include "fault_plan.hpp"

#include <gemkeeper/sandbox/error_bodies.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace gemkeeper::sandbox {
namespace {

struct named_wire_fault {
  std::string_view name;
  wire_fault kind;
};

constexpr auto wire_faults = std::to_array<named_wire_fault>({
    {"reset_before_head", wire_fault::reset_before_head},
    {"close_before_head", wire_fault::close_before_head},
    {"reset_mid_body", wire_fault::reset_mid_body},
    {"close_mid_stream", wire_fault::close_mid_stream},
    {"stall", wire_fault::stall},
    {"slow_head", wire_fault::slow_head},
    {"short_body", wire_fault::short_body},
    {"extra_bytes", wire_fault::extra_bytes},
    {"bad_chunk", wire_fault::bad_chunk},
    {"first_event_error", wire_fault::first_event_error},
    {"mid_stream_error", wire_fault::mid_stream_error},
    {"informational", wire_fault::informational},
    {"connection_close", wire_fault::connection_close},
    {"http_1_0", wire_fault::http_1_0},
    {"split_every_byte", wire_fault::split_every_byte},
    {"trailers", wire_fault::trailers},
});

void require_error_name(std::string_view name, std::string_view setting) {
  const auto names = error_names();
  if (std::ranges::find(names, name) != names.end()) return;
  throw scenario_error(fmt::format("{}: no error is called \"{}\" (one of: {})", setting, name,
                                   fmt::join(names, ", ")));
}

bool matches(const fault& rule, const request_facts& request) {
  return (rule.key.empty() || rule.key == request.key) &&
         (rule.project.empty() || rule.project == request.project) &&
         (rule.model.empty() || rule.model == request.model) &&
         (rule.path.empty() || request.target.find(rule.path) != std::string_view::npos);
}

}  // namespace

std::optional<wire_fault> find_wire_fault(std::string_view name) {
  for (const named_wire_fault& known : wire_faults) {
    if (known.name == name) return known.kind;
  }
  return std::nullopt;
}

std::vector<std::string_view> wire_fault_names() {
  std::vector<std::string_view> names;
  for (const named_wire_fault& known : wire_faults)
    names.push_back(known.name);
  return names;
}

fault_plan::fault_plan(const std::vector<fault>& faults, std::uint64_t seed) : random_(seed) {
  for (const fault& what : faults) {
    const std::optional<wire_fault> wire = find_wire_fault(what.name);
    if (!wire) {
      const auto names = error_names();
      if (std::ranges::find(names, what.name) == names.end()) {
        throw scenario_error(
            fmt::format("faults: no fault is called \"{}\"; errors: {}; wire faults: {}", what.name,
                        fmt::join(names, ", "), fmt::join(wire_fault_names(), ", ")));
      }
    }
    require_error_name(what.error, "faults.error");
    rules_.push_back({what, wire});
  }
}

bool fault_plan::fires(rule& candidate) {
  const fault& what = candidate.what;
  const std::uint64_t limit = what.count != 0 ? what.count : what.nth != 0 ? 1 : UINT64_MAX;
  if (candidate.matched < what.nth || candidate.fired >= limit) return false;
  if (what.probability < 1 &&
      std::uniform_real_distribution<double>(0, 1)(random_) >= what.probability) {
    return false;
  }
  ++candidate.fired;
  return true;
}

fault_plan::drawn fault_plan::draw(const request_facts& request) {
  drawn result;
  if (rules_.empty()) return result;
  const std::scoped_lock lock(mutex_);
  for (rule& candidate : rules_) {
    if (!matches(candidate.what, request)) continue;
    ++candidate.matched;
    const fault*& slot = candidate.wire ? result.wire : result.error;
    if (slot != nullptr || !fires(candidate)) continue;
    slot = &candidate.what;
    if (candidate.wire) result.kind = *candidate.wire;
  }
  return result;
}

}  // namespace gemkeeper::sandbox
