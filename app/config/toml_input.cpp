#include "toml_input.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <utility>

namespace gemkeeper::app {
namespace {

raw_value::scalar read_scalar(const toml::node& node) {
  if (const auto* value = node.as_boolean()) return value->get();
  if (const auto* value = node.as_integer()) return value->get();
  if (const auto* value = node.as_floating_point()) return value->get();
  if (const auto* value = node.as_string()) return value->get();
  return raw_value::unsupported{};
}

class flattener {
 public:
  flattener(setting_source source, std::vector<raw_setting>& into)
      : source_(std::move(source)), into_(into) {}

  void add(const std::string& name, const toml::node& node) {
    if (const auto* table = node.as_table()) return add_table(name, *table);
    const auto* list = node.as_array();
    if (list == nullptr)
      return add_value(name, node, raw_value::shape::scalar, {read_scalar(node)});
    if (!list->empty() && list->is_array_of_tables()) {
      std::size_t number = 0;
      for (const toml::node& item : *list)
        add(fmt::format("{}.{}", name, ++number), item);
      return;
    }
    std::vector<raw_value::scalar> items;
    for (const toml::node& item : *list)
      items.push_back(read_scalar(item));
    add_value(name, node, raw_value::shape::list, std::move(items));
  }

  void add_table(const std::string& name, const toml::table& table) {
    if (table.empty() && !name.empty()) add_value(name, table, raw_value::shape::table, {});
    for (const auto& [key, node] : table) {
      add(name.empty() ? std::string(key.str()) : fmt::format("{}.{}", name, key.str()), node);
    }
  }

 private:
  void add_value(const std::string& name, const toml::node& node, raw_value::shape kind,
                 std::vector<raw_value::scalar> items) {
    setting_source source = source_;
    if (source.kind == setting_source::origin::file) source.line = node.source().begin.line;
    into_.push_back({name, {kind, std::move(items), {}, {}}, std::move(source)});
  }

  setting_source source_;
  std::vector<raw_setting>& into_;
};

// The parser quotes what it could not read, which may be a secret that lacks its quotes; names of
// settings are worth showing.
std::string without_secrets(std::string_view description) {
  std::string result;
  while (!description.empty()) {
    const std::size_t open = description.find('\'');
    const std::size_t close =
        open == description.npos ? description.npos : description.find('\'', open + 1);
    if (close == description.npos) break;
    const std::string_view quoted = description.substr(open + 1, close - open - 1);
    const bool is_name = quoted.size() <= 4 ||
                         quoted.find_first_not_of("abcdefghijklmnopqrstuvwxyz_.") == quoted.npos;
    result += description.substr(0, open + 1);
    result += is_name ? quoted : "…";
    result += '\'';
    description.remove_prefix(close + 1);
  }
  return result += description;
}

}  // namespace

raw_settings read_toml(std::string_view content, const std::string& file) {
  raw_settings result;
  setting_source source{setting_source::origin::file, file, 0};
  try {
    const toml::table document = toml::parse(content);
    flattener(source, result.settings).add_table({}, document);
  } catch (const toml::parse_error& error) {
    source.line = error.source().begin.line;
    result.problems.push_back(
        {source,
         {},
         fmt::format("column {}: not valid TOML: {}", error.source().begin.column,
                     without_secrets(error.description()))});
  }
  // The parser sorts by name; people read by line.
  std::ranges::stable_sort(result.settings, {}, [](const raw_setting& s) { return s.source.line; });
  return result;
}

std::vector<raw_setting> read_value(const std::string& name, std::string_view text,
                                    const setting_source& source) {
  std::vector<raw_setting> result;
  try {
    const toml::table document = toml::parse(fmt::format("value = {}", text));
    // More than one: the text held a line break and a setting of its own.
    if (document.size() == 1) flattener(source, result).add(name, document.begin()->second);
  } catch (const toml::parse_error&) {
    // Not a TOML value, then it is a bare string.
  }
  if (result.empty()) {
    result.push_back({name, {raw_value::shape::scalar, {std::string(text)}, {}, {}}, source});
  }
  for (raw_setting& setting : result) {
    if (setting.name == name) setting.value.text = text;
  }
  return result;
}

}  // namespace gemkeeper::app
