// Request bodies, read strictly: one JSON object (RFC 8259) in valid UTF-8, no member twice, none
// that is not known, every value of its type. What is wrong is thrown as a `refusal` with the
// field.
#pragma once

#include "message.hpp"
#include <gemkeeper/pool/key.hpp>

#include <rapidjson/document.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gemkeeper::admin {

inline constexpr int max_json_depth = 8;

// Throws `refusal` 400 for what is no JSON object, too deep, or has a member twice.
rapidjson::Document parse_object(std::string_view text);

// The members of one object. Ask for each that is known, then `finish`.
class members {
 public:
  explicit members(const rapidjson::Value& object, std::string prefix = {})
      : object_(object), prefix_(std::move(prefix)) {}

  std::optional<std::string> text(const char* name);
  std::optional<bool> flag(const char* name);
  std::optional<std::int64_t> integer(const char* name, std::int64_t least, std::int64_t most);
  std::optional<double> decimal(const char* name, double least, double most);
  std::optional<std::vector<std::string>> texts(const char* name);
  // Null: absent.
  const rapidjson::Value* object(const char* name);
  // Refuses what was not asked for.
  void finish() const;

  [[nodiscard]] std::string path(std::string_view name) const {
    return prefix_ + std::string(name);
  }

 private:
  const rapidjson::Value* find(const char* name);
  [[noreturn]] void wrong(const char* name, const std::string& what) const;

  const rapidjson::Value& object_;
  std::string prefix_;
  std::vector<std::string_view> known_;
};

std::optional<std::vector<pool::model_name>> read_models(members& from);
// Which a name must not have: bytes below a space, and DEL.
bool has_control_characters(std::string_view text);

}  // namespace gemkeeper::admin
