// Reads a TOML table setting by setting; what is wrong is reported with file, line and remedy.
#pragma once

#include <gemkeeper/sandbox/scenario.hpp>

#include <toml++/toml.h>

#include <concepts>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gemkeeper::sandbox {

class toml_table {
 public:
  // `name` is how messages call it: "stream", "faults.2"; empty for the file's own table.
  toml_table(const toml::table& table, std::string name, std::string_view file);

  // Each leaves `to` as it is if the setting is absent.
  void read(std::string_view setting, std::string& to);
  void read(std::string_view setting, bool& to);
  void read(std::string_view setting, std::vector<std::string>& to);
  void read_probability(std::string_view setting, double& to);
  template <std::unsigned_integral T>
  requires(!std::same_as<T, bool>) void read(std::string_view setting, T& to) {
    if (const auto value = whole_number(setting)) to = static_cast<T>(*value);
  }
  void read(std::string_view setting, std::optional<std::uint64_t>& to);
  template <class Rep, class Period>
  void read(std::string_view setting, std::chrono::duration<Rep, Period>& to) {
    if (const auto value = duration(setting)) {
      to = std::chrono::duration_cast<std::chrono::duration<Rep, Period>>(*value);
    }
  }
  void read(std::string_view setting, std::optional<milliseconds>& to);

  std::optional<toml_table> table(std::string_view setting);
  std::vector<toml_table> tables(std::string_view setting);

  // Reports what was never read.
  void finish() const;
  // Throws scenario_error: "FILE:LINE: NAME.SETTING: what".
  [[noreturn]] void complain(std::string_view setting, std::string_view what) const;

 private:
  const toml::node* take(std::string_view setting);
  std::optional<std::uint64_t> whole_number(std::string_view setting);
  std::optional<microseconds> duration(std::string_view setting);
  [[nodiscard]] std::string full_name(std::string_view setting) const;

  const toml::table* table_;
  std::string name_;
  std::string_view file_;
  std::vector<std::string> known_;
};

}  // namespace gemkeeper::sandbox
