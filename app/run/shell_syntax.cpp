#include "shell_syntax.hpp"

#include "../config/setting_types.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace gemkeeper::app {
namespace {

// In single quotes nothing but the quote itself means anything.
std::string sh_quoted(std::string_view value) {
  std::string quoted = "'";
  for (const char c : value) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

std::string fish_quoted(std::string_view value) {
  std::string quoted = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "'";
}

// PowerShell takes typographic quotes for straight ones; any of them is doubled.
std::string powershell_quoted(std::string_view value) {
  constexpr std::array<std::string_view, 5> quotes{"'", "\u2018", "\u2019", "\u201a", "\u201b"};
  std::string quoted = "'";
  while (!value.empty()) {
    std::size_t size = 1;
    for (const std::string_view quote : quotes) {
      if (!value.starts_with(quote)) continue;
      quoted += quote;
      size = quote.size();
    }
    quoted += value.substr(0, size);
    value.remove_prefix(size);
  }
  return quoted + "'";
}

std::string statement(std::string_view name, const std::optional<std::string>& value,
                      shell_syntax syntax) {
  switch (syntax) {
    case shell_syntax::sh:
      return value ? fmt::format("export {}={}", name, sh_quoted(*value))
                   : fmt::format("unset {}", name);
    case shell_syntax::fish:
      return value ? fmt::format("set -gx {} {}", name, fish_quoted(*value))
                   : fmt::format("set -e {}", name);
    case shell_syntax::powershell:
      return value ? fmt::format("$env:{} = {}", name, powershell_quoted(*value))
                   : fmt::format("Remove-Item Env:{} -ErrorAction SilentlyContinue", name);
  }
  return {};
}

}  // namespace

std::string assignments(const environment_changes& changes, shell_syntax syntax) {
  std::string text;
  for (const auto& [name, value] : changes)
    text += statement(name, value, syntax) + "\n";
  return text;
}

std::string json_object(const environment_changes& changes) {
  std::string text = "{";
  for (const auto& [name, value] : changes) {
    text += fmt::format("{}{}:{}", text.size() > 1 ? "," : "", types::quote(name),
                        value ? types::quote(*value) : "null");
  }
  return text + "}\n";
}

}  // namespace gemkeeper::app
