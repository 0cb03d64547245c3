#include "exchange/forwarded_fields.hpp"

#include "http/framing.hpp"

namespace gemkeeper::proxy {

forwarded_fields::forwarded_fields(const http::message_head& head) : head_(head) {
  for (const http::field& f : head.fields) {
    if (f.name.size() != 10 || !http::iequals(f.name, "Connection")) continue;
    // By far the most: nothing but the connection's own persistence.
    nominates_ =
        nominates_ || !(http::iequals(f.value, "keep-alive") || http::iequals(f.value, "close"));
  }
}

bool forwarded_fields::passes(std::string_view name) const {
  if (http::is_hop_by_hop(name)) return false;
  if (!nominates_) return true;
  bool nominated = false;
  for (const http::field& f : head_.fields) {
    if (!http::iequals(f.name, "Connection")) continue;
    http::for_each_element(f.value, [&](std::string_view option) {
      nominated = nominated || http::iequals(option, name);
    });
  }
  return !nominated;
}

void append_field(std::string& out, const http::field& f) {
  out += f.name;
  out += ": ";
  out += f.value;
  out += "\r\n";
}

}  // namespace gemkeeper::proxy
