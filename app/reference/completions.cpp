#include "../config/setting.hpp"
#include "reference.hpp"
#include <gemkeeper/app/command_line.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace gemkeeper::app::reference {
namespace {

// "--help" of "-h,--help".
std::string long_name(const option_outline& one) {
  return one.name.substr(one.name.rfind(',') + 1);
}

bool is_option(const option_outline& one) {
  return one.name.starts_with('-');
}

// What may follow a command: those below it, and its options; --config and --set stand anywhere.
std::vector<std::string> words_after(const std::vector<command_outline>& all,
                                     const command_outline& command) {
  std::vector<std::string> words;
  const std::string prefix = command.name.empty() ? std::string() : command.name + " ";
  for (const command_outline& below : all) {
    if (below.name.empty() || !below.name.starts_with(prefix)) continue;
    const std::string rest = below.name.substr(prefix.size());
    if (rest.find(' ') == rest.npos) words.push_back(rest);
  }
  for (const option_outline& one : command.options) {
    if (is_option(one)) words.push_back(long_name(one));
  }
  if (!command.name.empty()) words.insert(words.end(), {"--config", "--set"});
  return words;
}

std::vector<std::string> options_with(std::string_view value,
                                      const std::vector<command_outline>& all) {
  std::vector<std::string> names;
  for (const command_outline& command : all) {
    for (const option_outline& one : command.options) {
      const std::string name = long_name(one);
      if (is_option(one) && one.value == value &&
          std::find(names.begin(), names.end(), name) == names.end()) {
        names.push_back(name);
      }
    }
  }
  return names;
}

std::vector<std::string> settings() {
  std::vector<std::string> names;
  for (const setting& one : all_settings())
    names.emplace_back(std::string(one.name) + "=");
  return names;
}

// In single quotes, for zsh and fish.
std::string in_quotes(std::string_view text) {
  std::string safe = "'";
  for (const char c : text) {
    if (c == '\n') break;
    if (c == '\'') {
      safe += "'\\''";
    } else {
      safe += c;
    }
  }
  return safe + "'";
}

// `case` arms for bash and zsh.
std::string arms(const std::vector<command_outline>& all) {
  std::string text;
  for (const command_outline& one : all) {
    if (one.name.empty()) continue;
    text += fmt::format("    {}) offers=\"{}\" ;;\n", in_quotes(one.name),
                        fmt::join(words_after(all, one), " "));
  }
  return text;
}

}  // namespace

std::string bash_completion() {
  const auto all = outline_of_commands();
  std::string names;
  for (const command_outline& one : all) {
    if (!one.name.empty()) names += (names.empty() ? "" : "|") + in_quotes(one.name);
  }
  return fmt::format(R"(# Completion of gemkeeper for bash.
_gemkeeper() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}} command= word offers
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    [[ $word == -- ]] && return
    case "${{command:+$command }}$word" in
      {}) command=${{command:+$command }}$word ;;
    esac
  done
  case $previous in
    {})
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      return ;;
    --set)
      offers="{}"
      compopt -o nospace
      mapfile -t COMPREPLY < <(compgen -W "$offers" -- "$current")
      return ;;
  esac
  case $command in
{}    *) offers="{}" ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$offers" -- "$current")
}}
complete -F _gemkeeper gemkeeper
)",
                     names, fmt::join(options_with("FILE", all), "|"), fmt::join(settings(), " "),
                     arms(all), fmt::join(words_after(all, all.front()), " "));
}

std::string zsh_completion() {
  const auto all = outline_of_commands();
  std::string names;
  for (const command_outline& one : all) {
    if (!one.name.empty()) names += (names.empty() ? "" : "|") + in_quotes(one.name);
  }
  return fmt::format(R"(#compdef gemkeeper
# Completion of gemkeeper for zsh.
_gemkeeper() {{
  local previous=$words[CURRENT-1] command= word offers
  for word in $words[2,CURRENT-1]; do
    [[ $word == -- ]] && {{ _normal; return }}
    case "${{command:+$command }}$word" in
      {}) command="${{command:+$command }}$word" ;;
    esac
  done
  case $previous in
    {}) _files; return ;;
    --set) compadd -S '' -- {}; return ;;
  esac
  case $command in
{}    *) offers="{}" ;;
  esac
  compadd -- ${{=offers}}
}}
_gemkeeper "$@"
)",
                     names, fmt::join(options_with("FILE", all), "|"), fmt::join(settings(), " "),
                     arms(all), fmt::join(words_after(all, all.front()), " "));
}

std::string fish_completion() {
  const auto all = outline_of_commands();
  std::string text = "# Completion of gemkeeper for fish.\ncomplete -c gemkeeper -f\n";
  for (const command_outline& command : all) {
    const std::size_t space = command.name.find(' ');
    const std::string above = command.name.substr(0, space == command.name.npos ? 0 : space);
    const std::string own = above.empty() ? command.name : command.name.substr(space + 1);
    if (!command.name.empty()) {
      const std::string when =
          above.empty() ? "__fish_use_subcommand" : "__fish_seen_subcommand_from " + above;
      text += fmt::format("complete -c gemkeeper -n {} -a {} -d {}\n", in_quotes(when), own,
                          in_quotes(command.what));
    }
    for (const option_outline& one : command.options) {
      if (!is_option(one) || (long_name(one) == "--help" && !command.name.empty())) continue;
      text += "complete -c gemkeeper";
      if (!command.name.empty()) {
        const std::string when = above.empty() ? "__fish_seen_subcommand_from " + own
                                               : fmt::format(
                                                     "__fish_seen_subcommand_from {}; and "
                                                     "__fish_seen_subcommand_from {}",
                                                     above, own);
        text += " -n " + in_quotes(when);
      }
      text += fmt::format(" -l {}", long_name(one).substr(2));
      if (one.value == "FILE") text += " -r -F";
      if (!one.value.empty() && one.value != "FILE") text += " -x";
      if (long_name(one) == "--set") {
        text += fmt::format(" -a {}", in_quotes(fmt::format("{}", fmt::join(settings(), " "))));
      }
      text += fmt::format(" -d {}\n", in_quotes(one.what));
    }
  }
  return text;
}

}  // namespace gemkeeper::app::reference
