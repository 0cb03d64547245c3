#include "http/trace_context.hpp"

#include <algorithm>
#include <cstddef>

namespace gemkeeper::proxy::http {
namespace {

bool is_hex(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_zero(std::string_view text) {
  return text.find_first_not_of('0') == std::string_view::npos;
}

}  // namespace

// "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01": version, trace id, parent id, flags.
std::string_view trace_id_of(std::string_view traceparent) {
  constexpr std::size_t size = 55;
  if (traceparent.size() < size) return {};
  const std::string_view version = traceparent.substr(0, 2);
  const std::string_view trace = traceparent.substr(3, 32);
  const std::string_view parent = traceparent.substr(36, 16);
  const std::string_view flags = traceparent.substr(53, 2);
  const bool dashes = traceparent[2] == '-' && traceparent[35] == '-' && traceparent[52] == '-';
  if (!dashes || !is_hex(version) || !is_hex(trace) || !is_hex(parent) || !is_hex(flags)) return {};
  if (version == "ff" || is_zero(trace) || is_zero(parent)) return {};
  // A later version may say more, behind another dash.
  const bool more = traceparent.size() > size;
  if (more && (version == "00" || traceparent[size] != '-')) return {};
  return trace;
}

}  // namespace gemkeeper::proxy::http
