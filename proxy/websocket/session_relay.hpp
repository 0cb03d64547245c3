// A Live session once it is set up: frames go both ways as they come, until one side has had
// enough.
#pragma once

#include "net/executor.hpp"
#include "net/signal.hpp"
#include "net/stream.hpp"
#include "websocket/session_watch.hpp"

#include <chrono>
#include <cstdint>

namespace gemkeeper::proxy {

class worker;

namespace websocket {

struct session_end {
  enum class how : std::uint8_t {
    closed,         // a side said so, and the other too, or one of them is gone
    client_left,    // without a word
    upstream_left,  // without a word, or against the protocol
    idle,           // nothing moved for too long; both were told
    stopped,        // this process ends; both were told
  } what = how::upstream_left;
  std::uint64_t up = 0;  // bytes that the server took
  std::uint64_t down = 0;
};

// Until the session is over. Whoever is still there gets a close frame, where one may stand;
// neither stream is closed. `idle`: for how long nothing may move. `mask`: of frames to the server.
// At rest it holds no buffer; what a side does not take keeps the other from being read.
awaitable<session_end> relay_session(worker& w, stream& client, stream& upstream, signal& wake,
                                     std::chrono::milliseconds idle, client_watch& of_client,
                                     server_watch& of_server, std::uint32_t mask);

}  // namespace websocket
}  // namespace gemkeeper::proxy
