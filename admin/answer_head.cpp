#include "answer_head.hpp"

#include <boost/beast/http/status.hpp>
#include <fmt/format.h>

#include <iterator>

namespace gemkeeper::admin {
namespace {

namespace http = boost::beast::http;

// Nothing here may be framed, sniffed, or read by pages of other sites.
constexpr std::string_view always =
    "X-Content-Type-Options: nosniff\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n";

// The dashboard runs its own files and asks its own listener; nothing inline, nothing from
// elsewhere, no text made into code or markup.
constexpr std::string_view for_pages =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Permissions-Policy: camera=(), geolocation=(), microphone=(), payment=(), usb=()\r\n";
constexpr std::string_view for_data =
    "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n";

std::string_view caching(handling as) {
  switch (as) {
    case handling::data:
      return "no-store";
    case handling::page:
      return "no-cache";
    case handling::page_part:
      return "public, max-age=31536000, immutable";
  }
  return {};
}

}  // namespace

std::string head_of(const answer& what, bool keep_alive, body_length length) {
  const auto reason = http::obsolete_reason(static_cast<http::status>(what.status));
  std::string head =
      fmt::format("HTTP/1.1 {} {}\r\nServer: gemkeeper\r\n{}{}Cache-Control: {}\r\n", what.status,
                  std::string_view(reason.data(), reason.size()), always,
                  what.as == handling::data ? for_data : for_pages, caching(what.as));
  const auto out = std::back_inserter(head);
  constexpr int no_content = 204;
  constexpr int not_modified = 304;
  const bool has_body = what.status != no_content && what.status != not_modified;
  if (has_body) fmt::format_to(out, "Content-Type: {}\r\n", what.type);
  if (has_body && length == body_length::known) {
    fmt::format_to(out, "Content-Length: {}\r\n", what.body.size());
  }
  for (const auto& [name, value] : what.fields)
    fmt::format_to(out, "{}: {}\r\n", name, value);
  head += keep_alive ? "\r\n" : "Connection: close\r\n\r\n";
  return head;
}

}  // namespace gemkeeper::admin
