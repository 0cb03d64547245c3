// A value in a price file together with the way to it, so that every complaint says where.
#pragma once

#include <gemkeeper/pool/prices.hpp>

#include <rapidjson/document.h>

#include <functional>
#include <initializer_list>

namespace gemkeeper::pool::prices {

struct json_place {
  const rapidjson::Value* value = nullptr;
  std::string path;  // "prices.json: models.0.names"

  [[noreturn]] void refuse(std::string_view what) const;

  // An object of these members only, each once.
  void expect_members(std::initializer_list<std::string_view> known) const;
  // Nothing: no such member. The place must be an object.
  [[nodiscard]] std::optional<json_place> find(std::string_view name) const;
  [[nodiscard]] json_place require(std::string_view name) const;
  void each_member(const std::function<void(std::string_view, const json_place&)>& visit) const;

  // An array with at least `least` elements.
  void each_element(std::size_t least, const std::function<void(const json_place&)>& visit) const;

  // Not empty, at most 1,000 bytes.
  [[nodiscard]] std::string_view text() const;
  [[nodiscard]] std::uint64_t positive_number() const;

 private:
  [[nodiscard]] json_place member(std::string_view name, const rapidjson::Value& at) const;
};

}  // namespace gemkeeper::pool::prices
