// Decides which faults a request meets.
#pragma once

#include <gemkeeper/sandbox/scenario.hpp>

#include <cstdint>
#include <mutex>
#include <optional>
#include <random>
#include <string_view>
#include <vector>

namespace gemkeeper::sandbox {

enum class wire_fault : std::uint8_t {
  none,
  reset_before_head,
  close_before_head,
  reset_mid_body,
  close_mid_stream,
  stall,
  slow_head,
  short_body,
  extra_bytes,
  bad_chunk,
  first_event_error,
  mid_stream_error,
  informational,
  connection_close,
  http_1_0,
  split_every_byte,
  trailers,
};
std::optional<wire_fault> find_wire_fault(std::string_view name);

// What rules look at.
struct request_facts {
  std::string_view key;
  std::string_view project;
  std::string_view model;
  std::string_view target;
};

// Thread-safe.
class fault_plan {
 public:
  // Throws scenario_error for a name that is in no table.
  fault_plan(const std::vector<fault>& faults, std::uint64_t seed);

  struct drawn {
    const fault* error = nullptr;  // replaces the answer
    const fault* wire = nullptr;   // damages how it is sent
    wire_fault kind = wire_fault::none;
  };
  drawn draw(const request_facts& request);

 private:
  struct rule {
    fault what;
    std::optional<wire_fault> wire;
    std::uint64_t matched = 0;
    std::uint64_t fired = 0;
  };
  bool fires(rule& candidate);

  std::mutex mutex_;
  std::vector<rule> rules_;
  std::mt19937_64 random_;
};

}  // namespace gemkeeper::sandbox
