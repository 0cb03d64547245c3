// An answer, ready to be sent.
#pragma once

#include "fault_plan.hpp"
#include <gemkeeper/sandbox/scenario.hpp>

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gemkeeper::sandbox {

inline constexpr std::string_view json_type = "application/json; charset=UTF-8";
inline constexpr std::string_view sse_type = "text/event-stream";
inline constexpr std::string_view html_type = "text/html; charset=UTF-8";
inline constexpr std::string_view text_type = "text/plain; charset=UTF-8";

struct reply {
  int status = 200;
  std::string_view content_type = json_type;
  bool attachment = false;      // Content-Disposition: attachment
  bool content_length = false;  // instead of chunks
  compression coding = compression::none;
  std::chrono::milliseconds delay{0};  // before the head

  std::vector<std::pair<std::string, std::string>> headers;  // further ones
  std::string body;

  // A stream instead of `body`, made when it is due.
  std::size_t pieces = 0;
  std::function<void(std::string& out, std::size_t index)> append_piece;
  std::chrono::microseconds interval{0};

  wire_fault damage = wire_fault::none;
  std::size_t damage_after = 1;  // pieces
  std::chrono::milliseconds stall{0};
};

}  // namespace gemkeeper::sandbox
