// Opens a connection to the first address that answers (Happy Eyeballs, RFC 8305).
#pragma once

#include "net/executor.hpp"
#include "net/signal.hpp"
#include "net/unique_fd.hpp"
#include "upstream/addresses.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace gemkeeper::proxy {

struct connect_result {
  unique_fd connected;
  io_result status = io_result::failed;
  std::string problem;  // of the last address that failed: "connection refused"
};

// Starts with the first address, and a further one whenever one fails or 250 ms pass; the first to
// connect wins and the others are closed. `each_timeout` bounds one address; the deadline of
// `owner` bounds all. Returns early with `cancelled` or `timed_out` when `owner` is interrupted.
awaitable<connect_result> connect_any(executor ex, const endpoint_list& addresses, signal& owner,
                                      std::chrono::milliseconds each_timeout);

// The same for a host by its name, which is looked up first. Gives all of it three times as long as
// one address, but not beyond `until`, by the deadline of `owner`. The problem names the step:
// "look-up of a.example: host not found", "connect: connection refused".
awaitable<connect_result> connect_by_name(executor ex, std::shared_ptr<address_book> host,
                                          signal& owner, std::chrono::milliseconds each_timeout,
                                          steady_time until = steady_time::max());

}  // namespace gemkeeper::proxy
