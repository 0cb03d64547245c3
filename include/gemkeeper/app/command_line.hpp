// What the user asked for on the command line.
#pragma once

#include <gemkeeper/sandbox/run.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace gemkeeper::app {

// Exit codes of every command.
inline constexpr int exit_done = 0;
inline constexpr int exit_failed = 1;
inline constexpr int exit_usage = 2;  // wrong usage or configuration

struct serve_command {};

struct check_command {
  enum class output : std::uint8_t { toml, json, defaults } as = output::toml;
  bool online = false;  // try the routes and keys
};

struct sandbox_command {
  sandbox::sandbox_options options;
  bool demo = false;  // run the proxy too, in front of it
};

struct ca_command {
  enum class action : std::uint8_t { show_ca_path, print_ca, install_ca, rotate_ca };
  action what = action::show_ca_path;
  bool json = false;
  bool uninstall = false;                                    // install: undo it
  std::optional<std::filesystem::path> file = std::nullopt;  // install: its CAs; else the local one
  bool now = false;                                          // rotate: do not wait `after`
  std::chrono::milliseconds after = std::chrono::hours(7 * 24);
};

// How clients come to the proxy.
enum class client_mode : std::uint8_t {
  base_url,  // as if it were Google's API
  forward,   // as their HTTPS proxy, by the local CA
};
enum class openai_clients : std::uint8_t { left_alone, pointed_here };
enum class shell_syntax : std::uint8_t { sh, fish, powershell };

struct run_command {
  client_mode mode = client_mode::base_url;
  openai_clients openai = openai_clients::left_alone;
  std::vector<std::string> command;  // not empty
};

struct env_command {
  client_mode mode = client_mode::base_url;
  openai_clients openai = openai_clients::left_alone;
  shell_syntax syntax = shell_syntax::sh;
  bool json = false;
};

// `keys`, `status`, `credits`: asks the running gemkeeper.
struct admin_command {
  enum class action : std::uint8_t {
    list,
    add,
    validate,
    remove,
    enable,
    disable,
    rotate,
    reset,
    status,
    credits
  } what = action::list;
  enum class subject : std::uint8_t { keys, clients } about = subject::keys;
  bool json = false;
  std::string key;                            // or client: id or name
  std::optional<std::filesystem::path> file;  // that holds a key; else it comes by standard input
  std::string name;
  std::string project;
  std::string service;  // of a key; empty: the Gemini API
  bool validate = true;
  bool reset_credits = false;
};

// `keys reseal`: while gemkeeper does not run.
struct reseal_command {
  std::filesystem::path new_key_file;
  bool json = false;
};

// What the keys are sorted by in `top`; the largest first, names from A.
enum class top_sort : std::uint8_t { calls, tokens, errors, cost, name };

// `top`: a live view of the running gemkeeper.
struct top_command {
  bool once = false;  // one picture, and done
  bool json = false;  // a line of JSON for each picture
  top_sort by = top_sort::calls;
};

// `health`: how the running gemkeeper is, for probes.
struct health_command {
  enum class question : std::uint8_t { ready, live, startup } about = question::ready;
  bool json = false;
};

struct command_line {
  std::optional<std::filesystem::path> config_file;
  std::vector<std::string> sets;
  std::variant<serve_command, run_command, env_command, check_command, sandbox_command, ca_command,
               admin_command, reseal_command, top_command, health_command>
      command;
};

// The command line was answered already: --help, --version, or an error.
struct answered {
  int exit_code = exit_done;
  std::string text;  // for stdout when `exit_code` is 0, else for stderr
};

// What the program understands, for manual pages and shells.
struct option_outline {
  std::string name;   // "--config", "-h,--help", "key" for a word without a name
  std::string value;  // "FILE"; empty: it takes none
  std::string what;
};
struct command_outline {
  std::string name;  // "", "serve", "keys add"
  std::string what;
  std::string footer;
  std::vector<option_outline> options;
};
// The program itself first, then its commands, each followed by those below it.
std::vector<command_outline> outline_of_commands();

// `arguments[0]` is the program's name.
std::variant<command_line, answered> parse_command_line(std::span<const char* const> arguments);

}  // namespace gemkeeper::app
