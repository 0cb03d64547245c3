// Heads for tests, and every way in which the wire may cut a text.
#pragma once

#include "http/head.hpp"

#include <cstddef>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace gemkeeper::proxy::http {

inline std::ostream& operator<<(std::ostream& out, head_status status) {
  switch (status) {
    case head_status::incomplete:
      return out << "incomplete";
    case head_status::complete:
      return out << "complete";
    case head_status::malformed:
      return out << "malformed";
    case head_status::too_large:
      return out << "too_large";
    case head_status::target_too_long:
      return out << "target_too_long";
    case head_status::unsupported_version:
      return out << "unsupported_version";
  }
  return out << "?";
}

}  // namespace gemkeeper::proxy::http

namespace gemkeeper::proxy::test {

// A head that parses, with the bytes its views point into.
template <class Head>
class parsed {
 public:
  explicit parsed(std::string text) : text_(std::move(text)) {
    http::head_scanner scanner;
    http::head_status status = scanner.scan(text_, {});
    if (status == http::head_status::complete) status = parse();
    if (status != http::head_status::complete) {
      throw std::logic_error("no head: " + text_);
    }
  }
  parsed(const parsed&) = delete;
  parsed& operator=(const parsed&) = delete;

  const Head& operator*() const { return head_; }
  const Head* operator->() const { return &head_; }

 private:
  http::head_status parse() {
    if constexpr (std::is_same_v<Head, http::request_head>) {
      return http::parse_request(text_, {}, head_);
    } else {
      return http::parse_response(text_, {}, head_);
    }
  }

  std::string text_;
  Head head_;
};

using request = parsed<http::request_head>;
using response = parsed<http::response_head>;

// `text` whole, in two pieces at every place, and byte by byte.
inline std::vector<std::vector<std::string_view>> every_cut(std::string_view text) {
  std::vector<std::vector<std::string_view>> all{{text}};
  for (std::size_t i = 1; i < text.size(); ++i)
    all.push_back({text.substr(0, i), text.substr(i)});
  all.emplace_back();
  for (std::size_t i = 0; i < text.size(); ++i)
    all.back().push_back(text.substr(i, 1));
  return all;
}

}  // namespace gemkeeper::proxy::test
