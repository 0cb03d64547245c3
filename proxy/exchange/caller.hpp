// Whose request it is: the client token that a request bears in the slot of an API key.
#pragma once

#include "http/head.hpp"
#include <gemkeeper/pool/clients.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace gemkeeper::proxy {

// The last token of a connection and whose it is, so that it is looked up once. Holds the token,
// and wipes it.
class known_caller {
 public:
  known_caller() = default;
  known_caller(const known_caller&) = delete;
  known_caller& operator=(const known_caller&) = delete;
  ~known_caller() { forget(); }

  // Null: nobody's. What the table has changed meanwhile counts.
  const std::shared_ptr<pool::client>& find(const pool::client_table& all, std::string_view token);
  // Of the same token once more; null when there was none.
  const std::shared_ptr<pool::client>& again(const pool::client_table& all);
  void forget();

 private:
  std::string token_;
  std::uint64_t generation_ = 0;
  std::shared_ptr<pool::client> who_;  // shared with the table
};

inline constexpr std::size_t longest_token = 512;

// Offers what may be a client token to `accepts`, until it takes one: x-goog-api-key,
// Authorization: Bearer, Proxy-Authorization (as below), the query's credential. False: it took
// none.
using token_taker = std::function<bool(std::string_view)>;
bool offer_tokens(const http::request_head& head, std::string_view target,
                  const token_taker& accepts);
// Of a CONNECT: Proxy-Authorization, Bearer or Basic, where the password is the token, or the user
// if that is none (RFC 7617).
bool offer_proxy_tokens(const http::request_head& head, const token_taker& accepts);

}  // namespace gemkeeper::proxy
