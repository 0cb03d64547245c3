#include "exchange/request_image.hpp"

#include "exchange/forwarded_fields.hpp"
#include "http/trace_context.hpp"
#include <gemkeeper/gemini/credential.hpp>

#include <fmt/compile.h>
#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <charconv>
#include <iterator>

namespace gemkeeper::proxy {

namespace {

bool is_default_port(const origin& to) {
  return to.port == (to.tls ? 443 : 80);
}

bool is_trace_field(std::string_view name) {
  return http::iequals(name, "traceparent") || http::iequals(name, "tracestate");
}

void append_host(std::string& out, const origin& to) {
  const bool v6 = to.host.find(':') != std::string::npos;
  if (v6) out += '[';
  out += to.host;
  if (v6) out += ']';
  if (!is_default_port(to)) fmt::format_to(std::back_inserter(out), ":{}", to.port);
}

}  // namespace

void request_image::build(const http::request_head& head, std::string_view target, const origin& to,
                          std::string_view via, upgrade kind, trace_fields trace) {
  text_.clear();
  server_timeout_.reset();
  looped_ = false;
  traceparents_ = 0;
  text_ += head.method;
  text_ += ' ';
  text_ += to.path_prefix;
  gemini::append_target_without_credentials(text_, target);
  text_ += " HTTP/1.1\r\n";

  bool host_written = false;
  const forwarded_fields forwarded(head);
  for (const http::field& f : head.fields) {
    if (http::iequals(f.name, "Host")) {
      text_ += f.name;
      text_ += ": ";
      append_host(text_, to);
      text_ += "\r\n";
      host_written = true;
      continue;
    }
    // Of a chunked body only the content goes on: trailers end here (RFC 9110, 6.5.1).
    if (!forwarded.passes(f.name) || gemini::is_credential_field(f.name) ||
        http::iequals(f.name, "Expect") || http::iequals(f.name, "Trailer")) {
      continue;
    }
    if (kind == upgrade::bare_websocket && (http::iequals(f.name, "Sec-WebSocket-Extensions") ||
                                            http::iequals(f.name, "Sec-WebSocket-Protocol"))) {
      continue;
    }
    if (f.name.front() == 't' || f.name.front() == 'T') {
      if (http::iequals(f.name, "traceparent")) read_trace(f);
      if (trace == trace_fields::removed && is_trace_field(f.name)) continue;
    }
    if (http::iequals(f.name, "X-Server-Timeout")) {
      read_server_timeout(f);
      if (server_timeout_) continue;
    }
    if (http::iequals(f.name, "Via") && f.value.find(via) != std::string_view::npos) looped_ = true;
    append_field(text_, f);
  }
  if (!host_written) {
    text_ += "Host: ";
    append_host(text_, to);
    text_ += "\r\n";
  }
  text_ += "Via: 1.1 ";
  text_ += via;
  text_ += "\r\n";
  if (kind != upgrade::none) text_ += "Connection: Upgrade\r\nUpgrade: websocket\r\n";
  shared_size_ = text_.size();
}

void request_image::retarget(std::string_view target, const origin& to) {
  forget_secret();
  const std::size_t begin = text_.find(' ') + 1;
  std::string path = to.path_prefix;
  gemini::append_target_without_credentials(path, target);
  text_.replace(begin, text_.find(" HTTP/1.1\r\n", begin) - begin, path);
  shared_size_ = text_.size();
}

void request_image::read_trace(const http::field& f) {
  trace_id_ = http::trace_id_of(f.value);
  ++traceparents_;
}

void request_image::read_server_timeout(const http::field& f) {
  double seconds = 0;
  const auto [end, error] =
      std::from_chars(f.value.data(), f.value.data() + f.value.size(), seconds);
  const bool whole = error == std::errc{} && end == f.value.data() + f.value.size();
  if (!whole || !(seconds > 0) || seconds > 86'400) return;  // the upstream's to judge
  server_timeout_ = std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
  timeout_name_ = f.name;
}

std::string_view request_image::for_attempt(gemini::api_family family, std::string_view secret,
                                            std::optional<std::uint64_t> length,
                                            std::optional<std::chrono::milliseconds> left) {
  append_attempt(length, left);
  if (!secret.empty()) {
    text_ += gemini::credential_prefix(family);
    text_ += secret;
    text_ += "\r\n";
  }
  text_ += "\r\n";
  return text_;
}

std::string_view request_image::for_attempt(std::string_view credential_field,
                                            std::optional<std::uint64_t> length,
                                            std::optional<std::chrono::milliseconds> left) {
  append_attempt(length, left);
  text_ += credential_field;
  text_ += "\r\n\r\n";
  return text_;
}

void request_image::append_attempt(std::optional<std::uint64_t> length,
                                   std::optional<std::chrono::milliseconds> left) {
  text_.resize(shared_size_);
  auto out = std::back_inserter(text_);
  if (length) fmt::format_to(out, FMT_COMPILE("Content-Length: {}\r\n"), *length);
  if (left) {
    const auto seconds = std::max<std::int64_t>(1, (left->count() + 999) / 1000);
    fmt::format_to(out, FMT_COMPILE("{}: {}\r\n"), timeout_name_, seconds);
  }
}

void request_image::forget_secret() {
  if (text_.size() > shared_size_) {
    OPENSSL_cleanse(text_.data() + shared_size_, text_.size() - shared_size_);
  }
  text_.resize(std::min(text_.size(), shared_size_));
}

}  // namespace gemkeeper::proxy
