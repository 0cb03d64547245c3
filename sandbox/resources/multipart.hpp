// Bodies of several parts (RFC 2387), as far as uploads have them.
#pragma once

#include <string_view>
#include <vector>

namespace gemkeeper::sandbox {

struct multipart_part {
  std::string_view content_type;
  std::string_view content;
};

bool is_multipart(std::string_view content_type);

// The parts of a body, in order; empty: it is no such body. They point into `body`.
std::vector<multipart_part> parts_of(std::string_view content_type, std::string_view body);

}  // namespace gemkeeper::sandbox
