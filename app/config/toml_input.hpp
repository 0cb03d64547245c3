// TOML text as a flat list of settings. The only place that knows the TOML library.
#pragma once

#include <gemkeeper/app/config.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace gemkeeper::app {

struct raw_value {
  // A date, or a nested array.
  struct unsupported {
    friend bool operator==(unsupported, unsupported) = default;
  };
  using scalar = std::variant<unsupported, bool, std::int64_t, double, std::string>;

  enum class shape : std::uint8_t { scalar, list, table };  // table: an empty one
  shape kind = shape::scalar;
  std::vector<scalar> items;   // one for a scalar
  std::string text;            // as given, outside of a file: there, quotes are optional
  std::filesystem::path base;  // what a relative path in it starts from; empty: here
};

struct raw_setting {
  std::string name;  // "pool.policy"; "keys.1.file" for the first of [[keys]]
  raw_value value;
  setting_source source;
};

struct raw_settings {
  std::vector<raw_setting> settings;
  std::vector<problem> problems;
};

// The content of a file; `file` names it in sources.
raw_settings read_toml(std::string_view content, const std::string& file);

// What the environment or --set gives for `name`: a TOML value where it is one, else plain text.
std::vector<raw_setting> read_value(const std::string& name, std::string_view text,
                                    const setting_source& source);

}  // namespace gemkeeper::app
