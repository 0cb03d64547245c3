#include "toml_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

namespace gemkeeper::sandbox {
namespace {

std::optional<microseconds> parse_duration(std::string_view text) {
  struct unit {
    std::string_view name;
    std::int64_t microseconds;
  };
  constexpr unit units[] = {
      {"us", 1}, {"ms", 1'000}, {"s", 1'000'000}, {"m", 60'000'000}, {"h", 3'600'000'000}};
  double amount = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), amount);
  if (error != std::errc() || amount < 0) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
  for (const unit& known : units) {
    if (text == known.name) {
      return microseconds(
          static_cast<std::int64_t>(amount * static_cast<double>(known.microseconds)));
    }
  }
  return std::nullopt;
}

}  // namespace

toml_table::toml_table(const toml::table& table, std::string name, std::string_view file)
    : table_(&table), name_(std::move(name)), file_(file) {}

const toml::node* toml_table::take(std::string_view setting) {
  known_.emplace_back(setting);
  return table_->get(setting);
}

std::string toml_table::full_name(std::string_view setting) const {
  return name_.empty() ? std::string(setting) : fmt::format("{}.{}", name_, setting);
}

void toml_table::complain(std::string_view setting, std::string_view what) const {
  const toml::node* node = table_->get(setting);
  const auto line = (node == nullptr ? table_->source() : node->source()).begin.line;
  throw scenario_error(fmt::format("{}:{}: {}: {}", file_, line, full_name(setting), what));
}

void toml_table::read(std::string_view setting, std::string& to) {
  const toml::node* node = take(setting);
  if (node == nullptr) return;
  if (!node->is_string()) complain(setting, "must be a string in quotes");
  to = **node->as_string();
}

void toml_table::read(std::string_view setting, bool& to) {
  const toml::node* node = take(setting);
  if (node == nullptr) return;
  if (!node->is_boolean()) complain(setting, "must be true or false");
  to = **node->as_boolean();
}

void toml_table::read(std::string_view setting, std::vector<std::string>& to) {
  const toml::node* node = take(setting);
  if (node == nullptr) return;
  const toml::array* items = node->as_array();
  if (items == nullptr ||
      !std::ranges::all_of(*items, [](auto& item) { return item.is_string(); })) {
    complain(setting, "must be an array of strings");
  }
  for (const toml::node& item : *items)
    to.push_back(**item.as_string());
}

void toml_table::read_probability(std::string_view setting, double& to) {
  const toml::node* node = take(setting);
  if (node == nullptr) return;
  const std::optional<double> value = node->value<double>();
  if (!value || *value < 0 || *value > 1) complain(setting, "must be a number from 0 to 1");
  to = *value;
}

std::optional<std::uint64_t> toml_table::whole_number(std::string_view setting) {
  const toml::node* node = take(setting);
  if (node == nullptr) return std::nullopt;
  if (!node->is_integer() || **node->as_integer() < 0) {
    complain(setting, "must be a whole number, 0 or more");
  }
  return static_cast<std::uint64_t>(**node->as_integer());
}

void toml_table::read(std::string_view setting, std::optional<std::uint64_t>& to) {
  if (const auto value = whole_number(setting)) to = value;
}

std::optional<microseconds> toml_table::duration(std::string_view setting) {
  const toml::node* node = take(setting);
  if (node == nullptr) return std::nullopt;
  const auto value = node->is_string() ? parse_duration(**node->as_string()) : std::nullopt;
  if (!value) complain(setting, R"(must be a duration as "250us", "20ms", "1.5s" or "2m")");
  return value;
}

void toml_table::read(std::string_view setting, std::optional<milliseconds>& to) {
  if (const auto value = duration(setting)) to = std::chrono::duration_cast<milliseconds>(*value);
}

std::optional<toml_table> toml_table::table(std::string_view setting) {
  const toml::node* node = take(setting);
  if (node == nullptr) return std::nullopt;
  if (!node->is_table())
    complain(setting, fmt::format("must be a table: [{}]", full_name(setting)));
  return toml_table(*node->as_table(), full_name(setting), file_);
}

std::vector<toml_table> toml_table::tables(std::string_view setting) {
  std::vector<toml_table> found;
  const toml::node* node = take(setting);
  if (node == nullptr) return found;
  const toml::array* items = node->as_array();
  if (items == nullptr ||
      !std::ranges::all_of(*items, [](auto& item) { return item.is_table(); })) {
    complain(setting, fmt::format("must be a list of tables: [[{}]]", full_name(setting)));
  }
  for (const toml::node& item : *items) {
    found.emplace_back(*item.as_table(), fmt::format("{}.{}", full_name(setting), found.size() + 1),
                       file_);
  }
  return found;
}

void toml_table::finish() const {
  for (const auto& [key, node] : *table_) {
    if (std::ranges::find(known_, key.str()) == known_.end()) {
      complain(key.str(), fmt::format("unknown setting (there are: {})", fmt::join(known_, ", ")));
    }
  }
}

}  // namespace gemkeeper::sandbox
