// The table behind error_bodies.hpp: what each named error says.
#pragma once

#include <gemkeeper/sandbox/error_bodies.hpp>

#include <span>
#include <string_view>

namespace gemkeeper::sandbox {

// Texts hold placeholders: {key} {project} {model} {version} {verb} {Verb} {path}.
struct catalogued_error {
  std::string_view name;
  int code = 0;
  std::string_view status;
  std::string_view message;
  std::string_view details = {};
  error_text::form kind = error_text::form::json;
};

// Errors whose message and details are made from violated quotas.
struct catalogued_quota_error {
  std::string_view name;
  std::span<const std::string_view> quota_ids;
  std::chrono::milliseconds retry_delay{0};
  bool no_access = false;  // "limit: 0"
};

std::span<const catalogued_error> error_catalogue();
std::span<const catalogued_quota_error> quota_error_catalogue();

// The violation that Google reports for a quota id; a limit as observed in bodies.
quota_violation violation_of(std::string_view quota_id);

}  // namespace gemkeeper::sandbox
