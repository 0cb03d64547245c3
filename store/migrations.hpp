// The schema, step by step.
#pragma once

#include "sql.hpp"

#include <span>
#include <string>

namespace gemkeeper::store {

// `steps[n]` leads from version n to n + 1. A step that was released never changes.
std::span<const std::string> migration_steps();

// Brings the schema to the newest version, each step in a transaction of its own, and returns the
// version it found. Throws `error`: `newer_version`, or `cannot_open` when the database is another
// program's.
int migrate(session& s, std::span<const std::string> steps = migration_steps());

}  // namespace gemkeeper::store
