// Which fields of a head an intermediary passes on (RFC 9110, section 7.6.1).
#pragma once

#include "http/head.hpp"

#include <string>
#include <string_view>

namespace gemkeeper::proxy {

// Reads what `Connection` nominates once, then tells for each field. Views into the head.
class forwarded_fields {
 public:
  explicit forwarded_fields(const http::message_head& head);
  // False: the field is for one connection only.
  [[nodiscard]] bool passes(std::string_view name) const;

 private:
  const http::message_head& head_;
  bool nominates_ = false;
};

void append_field(std::string& out, const http::field& f);

}  // namespace gemkeeper::proxy
