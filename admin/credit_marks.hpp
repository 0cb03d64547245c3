// What was used before the last reset of the credits, to be taken off. Not thread-safe: the
// listener's thread uses it alone.
#pragma once

#include <gemkeeper/pool/usage_table.hpp>

#include <chrono>
#include <optional>

namespace gemkeeper::admin {

class credit_marks {
 public:
  using time_point = std::chrono::system_clock::time_point;
  using snapshot = pool::usage_table::snapshot;

  explicit credit_marks(time_point start) : since_(start) {}

  // Counting starts anew, for one key or for all.
  void reset(const snapshot& usage, const std::optional<pool::key_id>& key, time_point now);
  [[nodiscard]] snapshot since_reset(snapshot usage) const;
  [[nodiscard]] time_point since() const { return since_; }

 private:
  time_point since_;
  snapshot before_;
};

}  // namespace gemkeeper::admin
