// What the data path has under way over all its workers, and what it counted since the start.
#pragma once

#include <gemkeeper/pool/outcome.hpp>

#include <array>
#include <cstdint>

namespace gemkeeper::pool {

struct traffic {
  std::uint64_t connections_idle = 0;        // to the upstream, kept for reuse
  std::uint64_t connections_active = 0;      // serving a request
  std::uint64_t connections_connecting = 0;  // being opened
  std::uint64_t streams = 0;                 // answers in many events, being relayed
  std::uint64_t websockets = 0;
  std::uint64_t tunnels = 0;  // blind ones
  // Requests that went on to another key, by what the attempt before had met.
  std::array<std::uint64_t, outcome_count> rotations{};
};

}  // namespace gemkeeper::pool
