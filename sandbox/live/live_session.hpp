// The Live API over WebSocket.
#pragma once

#include "channel.hpp"
#include "playback.hpp"

#include <string>

namespace gemkeeper::sandbox::live {

// Whether it asks for a WebSocket where the Live API is.
bool is_for_live(const recorded_request& request);

// Answers the handshake and serves the session to its end. `early`: bytes that came with it.
// Refuses over HTTP where no credential, or more than one, is shown.
task<ending> serve(channel& connection, playback& played, recorded_request request,
                   std::string early);

}  // namespace gemkeeper::sandbox::live
