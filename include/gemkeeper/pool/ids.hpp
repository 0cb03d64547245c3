// Strong names for what the pool speaks of. Plain values: copy, compare, hash.
#pragma once

#include <array>
#include <compare>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace gemkeeper::pool {

// A string that means one thing only.
template <class Tag>
struct name_of {
  std::string value;

  name_of() = default;
  explicit name_of(std::string v) : value(std::move(v)) {}
  explicit name_of(std::string_view v) : value(v) {}
  explicit name_of(const char* v) : value(v) {}

  [[nodiscard]] bool empty() const { return value.empty(); }
  friend auto operator<=>(const name_of&, const name_of&) = default;
};

// The Google Cloud project that a key belongs to: the unit of Google's quota.
using project_name = name_of<struct project_tag>;
// As it stands after `models/`, without that prefix: "gemini-3.6-flash".
using model_name = name_of<struct model_tag>;

// The public identity of a key: the first 12 hex digits of HMAC-SHA256(hash key, secret).
// It tells nothing of the secret and is safe in logs, headers and answers.
struct key_id {
  std::array<char, 12> hex{};

  [[nodiscard]] std::string_view view() const { return {hex.data(), hex.size()}; }
  friend auto operator<=>(const key_id&, const key_id&) = default;
};

// Throws std::runtime_error when OpenSSL cannot compute the HMAC.
key_id make_key_id(std::string_view hash_key, std::string_view secret);

// `AIza…9fQ2`: the first and last four characters of a secret, and fewer of a short one, so that
// at most a quarter of the secret ever shows.
std::string fingerprint(std::string_view secret);

}  // namespace gemkeeper::pool

template <class Tag>
struct std::hash<gemkeeper::pool::name_of<Tag>> {
  std::size_t operator()(const gemkeeper::pool::name_of<Tag>& n) const noexcept {
    return std::hash<std::string>{}(n.value);
  }
};

template <>
struct std::hash<gemkeeper::pool::key_id> {
  std::size_t operator()(const gemkeeper::pool::key_id& id) const noexcept {
    return std::hash<std::string_view>{}(id.view());
  }
};
