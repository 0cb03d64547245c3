#include "exchange/answer_head.hpp"

#include "exchange/forwarded_fields.hpp"

#include <fmt/format.h>

#include <array>
#include <ctime>
#include <iterator>

namespace gemkeeper::proxy {

namespace {

std::string_view reason_phrase(int status) {
  switch (status) {
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 407:
      return "Proxy Authentication Required";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 421:
      return "Misdirected Request";
    case 426:
      return "Upgrade Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    case 508:
      return "Loop Detected";
    default:
      return "Error";
  }
}

void append_marks(std::string& out, const answer_marks& marks) {
  out += "x-gemkeeper-request-id: ";
  out += marks.request_id;
  if (!marks.key_id.empty()) {
    out += "\r\nx-gemkeeper-key: ";
    out += marks.key_id;
  }
  out += "\r\nx-gemkeeper-attempts: ";
  const fmt::format_int attempts(marks.attempts);
  out.append(attempts.data(), attempts.size());
  out += "\r\n";
  if (marks.connection == connection_note::close) out += "Connection: close\r\n";
  if (marks.connection == connection_note::keep_alive) out += "Connection: keep-alive\r\n";
  if (marks.connection == connection_note::websocket) {
    out += "Connection: Upgrade\r\nUpgrade: websocket\r\n";
  }
  out += "\r\n";
}

// RFC 9110, 5.6.7. The names are fixed, whatever the locale.
std::string http_date(std::time_t now) {
  constexpr std::array<std::string_view, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm t{};
  gmtime_r(&now, &t);
  return fmt::format(
      "{}, {:02} {} {} {:02}:{:02}:{:02} GMT", days[static_cast<std::size_t>(t.tm_wday)], t.tm_mday,
      months[static_cast<std::size_t>(t.tm_mon)], t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
}

}  // namespace

void append_answer_head(std::string& out, const http::response_head& head, body_form form,
                        std::optional<std::uint64_t> length, const answer_marks& marks) {
  const fmt::format_int status(head.status);
  out += "HTTP/1.1 ";
  out.append(status.data(), status.size());
  out += ' ';
  out += head.reason;
  out += "\r\n";
  const forwarded_fields forwarded(head);
  for (const http::field& f : head.fields) {
    // The body's framing is passed as it is, or replaced.
    const bool transfer_encoding = http::iequals(f.name, "Transfer-Encoding");
    if (transfer_encoding && form == body_form::as_framed) {
      append_field(out, f);
      continue;
    }
    if (!forwarded.passes(f.name)) continue;
    if (form == body_form::whole && http::iequals(f.name, "Content-Length")) continue;
    // It tells of other ports of Google's host, not of ours.
    if (http::iequals(f.name, "Alt-Svc")) continue;
    append_field(out, f);
  }
  if (length) fmt::format_to(std::back_inserter(out), "Content-Length: {}\r\n", *length);
  append_marks(out, marks);
}

void append_own_answer(std::string& out, std::string_view json, const answer_marks& marks) {
  fmt::format_to(std::back_inserter(out),
                 "HTTP/1.1 200 OK\r\n"
                 "Date: {}\r\n"
                 "Content-Type: application/json; charset=UTF-8\r\n"
                 "Content-Length: {}\r\n",
                 http_date(std::time(nullptr)), json.size());
  append_marks(out, marks);
  out += json;
}

void append_websocket_answer(std::string& out, std::string_view accept,
                             std::string_view request_id) {
  fmt::format_to(std::back_inserter(out),
                 "HTTP/1.1 101 Switching Protocols\r\n"
                 "Connection: Upgrade\r\n"
                 "Upgrade: websocket\r\n"
                 "Sec-WebSocket-Accept: {}\r\n"
                 "x-gemkeeper-request-id: {}\r\n\r\n",
                 accept, request_id);
}

void append_own_answer(std::string& out, const gemini::own_error& error, gemini::api_family family,
                       with_body body, const answer_marks& marks) {
  const std::string json = gemini::render_error(error, family);
  auto to = std::back_inserter(out);
  fmt::format_to(to,
                 "HTTP/1.1 {} {}\r\n"
                 "Date: {}\r\n"
                 "Content-Type: application/json; charset=UTF-8\r\n"
                 "Content-Length: {}\r\n",
                 error.http_status, reason_phrase(error.http_status), http_date(std::time(nullptr)),
                 json.size());
  if (error.http_status == 401) out += "WWW-Authenticate: Bearer realm=\"gemkeeper\"\r\n";
  if (error.http_status == 407) out += "Proxy-Authenticate: Basic realm=\"gemkeeper\"\r\n";
  if (error.http_status == 426) out += "Sec-WebSocket-Version: 13\r\n";
  if (error.http_status == 405) out += "Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n";
  if (error.retry_after) {
    const auto seconds = (error.retry_after->count() + 999) / 1000;
    fmt::format_to(to, "Retry-After: {}\r\n", seconds < 1 ? 1 : seconds);
  }
  append_marks(out, marks);
  if (body == with_body::yes) out += json;
}

}  // namespace gemkeeper::proxy
