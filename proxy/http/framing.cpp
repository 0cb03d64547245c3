#include "http/framing.hpp"

namespace gemkeeper::proxy::http {

namespace {

struct framing_fields {
  unsigned lengths = 0;
  unsigned encodings = 0;
  bool chunked = false;
  bool close = false;
  bool keep_alive = false;
  std::uint64_t length = 0;
  std::string_view problem;
};

bool parse_length(std::string_view text, std::uint64_t& out) {
  if (text.empty() || text.size() > 18) return false;  // 10^18 fits, and is no body
  out = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
    out = out * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return true;
}

framing_fields read_fields(const message_head& head) {
  framing_fields found;
  for (const field& f : head.fields) {
    switch (f.name.size()) {
      case 10:
        if (iequals(f.name, "Connection")) {
          for_each_element(f.value, [&](std::string_view option) {
            if (iequals(option, "close")) found.close = true;
            if (iequals(option, "keep-alive")) found.keep_alive = true;
            if (is_never_hop_by_hop(option))
              found.problem = "Connection nominates an end-to-end field";
          });
        }
        break;
      case 14:
        if (iequals(f.name, "Content-Length")) {
          if (++found.lengths > 1) found.problem = "more than one Content-Length";
          if (!parse_length(f.value, found.length)) found.problem = "malformed Content-Length";
        }
        break;
      case 17:
        if (iequals(f.name, "Transfer-Encoding")) {
          if (++found.encodings > 1) found.problem = "more than one Transfer-Encoding";
          found.chunked = iequals(f.value, "chunked");
          if (!found.chunked) found.problem = "Transfer-Encoding other than chunked";
        }
        break;
      default:
        break;
    }
  }
  if (found.problem.empty() && found.encodings != 0) {
    if (found.lengths != 0) found.problem = "Content-Length beside Transfer-Encoding";
    if (head.minor_version == 0) found.problem = "Transfer-Encoding in HTTP/1.0";
  }
  return found;
}

framing from_fields(const message_head& head, const framing_fields& found) {
  framing result;
  result.problem = found.problem;
  result.keep_alive = head.minor_version == 1 ? !found.close : found.keep_alive && !found.close;
  if (found.chunked) {
    result.body = body_kind::chunked;
  } else if (found.lengths != 0) {
    result.body = found.length == 0 ? body_kind::none : body_kind::length;
    result.length = found.length;
  }
  return result;
}

}  // namespace

framing frame_request(const request_head& head) {
  const framing_fields found = read_fields(head);
  framing result = from_fields(head, found);
  unsigned hosts = 0;
  for (const field& f : head.fields) {
    if (f.name.size() == 4 && iequals(f.name, "Host")) ++hosts;
    if (f.name.size() == 6 && iequals(f.name, "Expect") && head.minor_version == 1) {
      result.expects_continue = iequals(f.value, "100-continue");
    }
  }
  if (hosts > 1) result.problem = "more than one Host";
  if (hosts == 0 && head.minor_version == 1) result.problem = "no Host";
  return result;
}

framing frame_response(const response_head& head, answers_head to_head) {
  const framing_fields found = read_fields(head);
  framing result = from_fields(head, found);
  const bool bodiless =
      to_head == answers_head::yes || head.status < 200 || head.status == 204 || head.status == 304;
  if (bodiless) {
    result.body = body_kind::none;
  } else if (found.encodings == 0 && found.lengths == 0) {
    result.body = body_kind::until_close;
    result.keep_alive = false;
  }
  return result;
}

bool is_hop_by_hop(std::string_view name) {
  switch (name.size()) {
    case 2:
      return iequals(name, "TE");
    case 7:
      return iequals(name, "Upgrade");
    case 10:
      return iequals(name, "Connection") || iequals(name, "Keep-Alive");
    case 16:
      return iequals(name, "Proxy-Connection");
    case 17:
      return iequals(name, "Transfer-Encoding");
    case 18:
      return iequals(name, "Proxy-Authenticate");
    case 19:
      return iequals(name, "Proxy-Authorization");
    default:
      return false;
  }
}

bool is_never_hop_by_hop(std::string_view name) {
  return iequals(name, "Content-Length") || iequals(name, "Host") ||
         iequals(name, "Content-Type") || iequals(name, "Content-Encoding");
}

}  // namespace gemkeeper::proxy::http
