// The concrete executor of a worker's thread: no type erasure on the data path.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>

namespace gemkeeper::proxy {

namespace asio = boost::asio;

using executor = asio::io_context::executor_type;
template <class T>
using awaitable = asio::awaitable<T, executor>;

using steady_time = std::chrono::steady_clock::time_point;

inline std::chrono::microseconds since(steady_time start) {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() -
                                                               start);
}

// How waiting for the other side ended.
enum class io_result : std::uint8_t {
  ok,
  blocked,    // the socket takes no more for now
  eof,        // the peer will send no more, in good order
  failed,     // reset, TLS failure, truncation
  timed_out,  // the deadline passed
  cancelled,  // nobody wants the result any more
};

}  // namespace gemkeeper::proxy
