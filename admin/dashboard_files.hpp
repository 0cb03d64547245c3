// The files of the dashboard (admin/ui), as they were built into the program; cmake/dashboard.cmake
// makes the table. A build without the dashboard has one page, which says so.
#pragma once

#include "message.hpp"

#include <string_view>

namespace gemkeeper::admin {

struct dashboard_file {
  std::string_view path;  // "/", "/assets/index-1a2b3c.js"
  std::string_view type;
  std::string_view etag;  // of the content, quoted
  handling as = handling::page;
  std::string_view plain;
  std::string_view gzip, brotli;  // empty: not worth it
};

// Null: there is no such file.
const dashboard_file* find_dashboard_file(std::string_view path);

// Whether a coding may be used by an Accept-Encoding field (RFC 9110, section 12.5.3).
bool accepts(std::string_view accept_encoding, std::string_view coding);

}  // namespace gemkeeper::admin
