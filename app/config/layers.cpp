#include "layers.hpp"

#include "../keys/secret.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <system_error>
#include <utility>

namespace gemkeeper::app {
namespace {

namespace fs = std::filesystem;
using origin = setting_source::origin;

constexpr std::size_t largest_file = 16 * 1024 * 1024;
constexpr std::string_view variable_prefix = "GEMKEEPER_";

struct chosen_file {
  fs::path path;           // empty: there is none
  setting_source because;  // of --config or $GEMKEEPER_CONFIG
};

chosen_file choose_file(const config_inputs& inputs) {
  if (inputs.file) return {*inputs.file, {origin::command_line, "--config", 0}};
  constexpr std::string_view variable = "GEMKEEPER_CONFIG";
  if (const auto named = value_of(inputs.variables, variable); !named.empty()) {
    return {named, {origin::variable, std::string(variable), 0}};
  }
  const fs::path home(value_of(inputs.variables, "HOME"));
  fs::path user(value_of(inputs.variables, "XDG_CONFIG_HOME"));
  if (!user.is_absolute() && !home.empty()) user = home / ".config";
  for (const fs::path& directory : {user, fs::path("/etc")}) {
    const fs::path path = directory / "gemkeeper/gemkeeper.toml";
    std::error_code ignored;
    if (directory.is_absolute() && fs::exists(path, ignored)) return {path, {}};
  }
  return {};
}

void read_configuration_file(const chosen_file& file, layers& into) {
  std::string content;
  if (auto wrong = read_file(file.path, largest_file, content); !wrong.empty()) {
    into.problems.push_back({file.because, {}, std::move(wrong)});
    return;
  }
  raw_settings read = read_toml(content, file.path.native());
  for (raw_setting& setting : read.settings)
    setting.value.base = file.path.parent_path();
  into.settings = std::move(read.settings);
  std::ranges::move(read.problems, std::back_inserter(into.problems));
}

// "GEMKEEPER_POOL__MAX_WAIT" names pool.max_wait. Others with that prefix are none of ours: they
// are what Kubernetes sets for a service of this name.
std::optional<std::string> setting_of(std::string_view variable) {
  constexpr std::string_view separator = "__";
  if (!variable.starts_with(variable_prefix)) return std::nullopt;
  variable.remove_prefix(variable_prefix.size());
  const std::size_t at = variable.find(separator);
  if (variable != "KEYS_DIR" && (at == variable.npos || at == 0)) return std::nullopt;
  std::string name(variable);
  if (at != variable.npos) name.replace(at, separator.size(), ".");
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return name;
}

void read_variables(const environment& variables, layers& into) {
  for (const auto& [variable, value] : variables) {
    if (const auto name = setting_of(variable)) {
      std::ranges::move(read_value(*name, value, {origin::variable, variable, 0}),
                        std::back_inserter(into.settings));
    }
  }
}

void read_sets(const std::vector<std::string>& sets, layers& into) {
  const setting_source source{origin::command_line, "--set", 0};
  for (const std::string& set : sets) {
    const std::size_t equals = set.find('=');
    if (equals == set.npos || equals == 0) {
      // What stands there may be a secret.
      into.problems.push_back({source, {}, "write --set section.name=value"});
      continue;
    }
    std::ranges::move(
        read_value(set.substr(0, equals), std::string_view(set).substr(equals + 1), source),
        std::back_inserter(into.settings));
  }
}

}  // namespace

layers read_layers(const config_inputs& inputs) {
  layers result;
  const chosen_file file = choose_file(inputs);
  result.file = file.path;
  if (!file.path.empty()) read_configuration_file(file, result);
  read_variables(inputs.variables, result);
  read_sets(inputs.sets, result);
  for (raw_setting& setting : result.settings) {
    if (setting.name == "keys_dir") setting.name = "pool.keys_dir";
  }
  return result;
}

}  // namespace gemkeeper::app
