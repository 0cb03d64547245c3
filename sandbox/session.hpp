// One connection's life: requests are read and answered, one after the other.
#pragma once

#include "channel.hpp"
#include "playback.hpp"
#include "reply.hpp"

#include <boost/beast/core/flat_buffer.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace gemkeeper::sandbox {

class session {
 public:
  session(std::unique_ptr<channel> connection, playback& played);
  ~session();
  session(const session&) = delete;
  session& operator=(const session&) = delete;

  // Ends when the connection does.
  task<void> run();

 private:
  enum class received { request, malformed, end };

  task<received> receive(recorded_request& request);
  task<ending> exchange(recorded_request request);
  task<void> refuse();

  task<ending> send(const reply& answer);
  task<ending> send_piecewise(const reply& answer);
  task<ending> send_with_length(const reply& answer);
  task<ending> interrupt(const reply& answer);
  task<ending> pause_until(std::chrono::steady_clock::time_point when,
                           std::chrono::milliseconds look_every);
  task<ending> flush();

  std::unique_ptr<channel> connection_;
  playback& played_;
  steady_timer timer_;
  boost::beast::flat_buffer in_;
  std::string out_;
  std::uint64_t number_;  // of the connection
  std::uint64_t requests_ = 0;
  bool keep_alive_ = true;
  bool head_only_ = false;
  bool byte_by_byte_ = false;
};

}  // namespace gemkeeper::sandbox
