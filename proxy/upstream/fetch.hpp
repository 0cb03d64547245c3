// One exchange over a connection that is not used again.
#pragma once

#include "http/head.hpp"
#include "net/executor.hpp"
#include "net/stream.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace gemkeeper::proxy {

// What came. `head` refers to `head_bytes`: it is neither moved nor copied.
struct fetched {
  fetched() = default;
  fetched(const fetched&) = delete;
  fetched& operator=(const fetched&) = delete;

  http::response_head head;
  std::string head_bytes;
  std::string body;
};

// Sends `request` and reads the answer, whose body may have `max_body` bytes; `failed` beyond. The
// deadline is that of the owner of `io`, who reads nothing else from it.
awaitable<io_result> fetch(stream& io, std::string_view request, std::size_t max_body,
                           fetched& into);

}  // namespace gemkeeper::proxy
