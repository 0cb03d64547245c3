// The control endpoints under /sandbox/, for tests that run outside the process. No key is needed.
#pragma once

#include "playback.hpp"
#include "reply.hpp"
#include <gemkeeper/sandbox/server.hpp>

#include <optional>

namespace gemkeeper::sandbox {

// nullopt: the request is for the API.
//   PUT  /sandbox/scenario   TOML; 400 says what is wrong with it
//   GET  /sandbox/requests   the recorded requests as a JSON array
//   POST /sandbox/reset      forgets the requests, starts all counters anew
std::optional<reply> control(playback& played, const recorded_request& request);

}  // namespace gemkeeper::sandbox
