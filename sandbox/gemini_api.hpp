// The API itself: from a request to a reply, without sockets.
#pragma once

#include "reply.hpp"
#include "world.hpp"
#include <gemkeeper/sandbox/server.hpp>

#include <chrono>

namespace gemkeeper::sandbox {

// Notes in `request` the credential it came with. Thread-safe.
reply answer(world& played, recorded_request& request, std::chrono::system_clock::time_point now);

}  // namespace gemkeeper::sandbox
