// A place in a list that several projects share.
#pragma once

#include <gemkeeper/pool/ids.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace gemkeeper::pool {

// Which project is being listed (`key_pool::projects` names it by this key), and Google's own token
// for its next page; empty: from its beginning.
struct page_cursor {
  key_id project;
  std::string token;

  friend bool operator==(const page_cursor&, const page_cursor&) = default;
};

// Longer tokens of Google's are refused, so that a composite one fits a request line.
inline constexpr std::size_t longest_page_token = 4096;

// "gk1." and what a client gives back as it is: opaque, URL-safe, authenticated with `secret` for
// `scope`, so that it is good for the list it was made for and cannot be made up. Nothing: Google's
// token is too long. `scope`: the list and whatever filters it. Throw std::runtime_error when
// OpenSSL cannot compute the HMAC.
std::optional<std::string> seal_page_token(std::string_view secret, std::string_view scope,
                                           const page_cursor& at);
// Nothing: it was not sealed here, or for another list.
std::optional<page_cursor> open_page_token(std::string_view secret, std::string_view scope,
                                           std::string_view token);

}  // namespace gemkeeper::pool
