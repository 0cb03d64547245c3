#include "http_text.hpp"

#include "encoder.hpp"

#include <boost/beast/http/status.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>
#include <iterator>

namespace gemkeeper::sandbox {

void append_head(std::string& out, const reply& answer, const head_facts& facts) {
  const auto to = std::back_inserter(out);
  const auto reason =
      boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(answer.status));
  fmt::format_to(to, "HTTP/1.{} {} {}\r\nContent-Type: {}\r\n",
                 facts.framing == body_framing::until_close ? 0 : 1, answer.status,
                 std::string_view(reason.data(), reason.size()), answer.content_type);
  if (answer.content_type == html_type) {
    out += "Referrer-Policy: no-referrer\r\n";
  } else {
    if (answer.attachment) out += "Content-Disposition: attachment\r\n";
    out += "Vary: Origin, X-Origin, Referer\r\n";
  }
  if (answer.coding != compression::none) {
    fmt::format_to(to, "Content-Encoding: {}\r\n", coding_name(answer.coding));
  }
  fmt::format_to(to, "Date: {:%a, %d %b %Y %H:%M:%S} GMT\r\n", fmt::gmtime(std::time(nullptr)));
  if (answer.content_type != html_type) {
    out +=
        "Server: scaffolding on HTTPServer2\r\n"
        "X-XSS-Protection: 0\r\n"
        "X-Frame-Options: SAMEORIGIN\r\n"
        "X-Content-Type-Options: nosniff\r\n"
        "Server-Timing: gfet4t7; dur=1\r\n";
  }
  for (const auto& [name, value] : answer.headers)
    fmt::format_to(to, "{}: {}\r\n", name, value);
  if (facts.trailer) out += "Trailer: Server-Timing\r\n";
  if (facts.close) out += "Connection: close\r\n";
  if (facts.framing == body_framing::length) {
    fmt::format_to(to, "Content-Length: {}\r\n", facts.content_length);
  } else if (facts.framing == body_framing::chunks) {
    out += "Transfer-Encoding: chunked\r\n";
  }
  out += "\r\n";
}

void append_chunk(std::string& out, std::string_view piece) {
  if (piece.empty()) return;
  fmt::format_to(std::back_inserter(out), "{:x}\r\n", piece.size());
  out += piece;
  out += "\r\n";
}

}  // namespace gemkeeper::sandbox
