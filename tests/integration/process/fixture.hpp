// gemkeeper's own program in a directory of its own, in front of a fake Gemini API in the test.
#pragma once

#include "../failover/calls.hpp"
#include "../failover/client.hpp"
#include "child.hpp"
#include <gemkeeper/sandbox/server.hpp>

#include <filesystem>
#include <list>
#include <string>
#include <string_view>
#include <vector>

namespace gemkeeper::test {

// Removed with all that is in it.
class workspace {
 public:
  workspace();
  workspace(const workspace&) = delete;
  workspace& operator=(const workspace&) = delete;
  ~workspace();

  [[nodiscard]] std::filesystem::path path(std::string_view name = {}) const;
  std::filesystem::path write(std::string_view name, std::string_view text) const;

 private:
  std::filesystem::path root_;
};

bool mentions(std::string_view text, std::string_view what);

// One of the keys that the fake API accepts. No output may ever show it.
std::string secret_key(std::string_view name);
// A program's environment with the key "alpha".
inline const child::variables one_key{{"GEMINI_API_KEY", secret_key("alpha")}};

// The first number in `json` under this name; -1: there is none.
double number_of(std::string_view json, std::string_view name);

// At its end it looks for secrets in all that the program wrote, and on its command lines.
class process_fixture {
 public:
  process_fixture();
  ~process_fixture();
  process_fixture(const process_fixture&) = delete;
  process_fixture& operator=(const process_fixture&) = delete;

  child& start(std::vector<std::string> arguments, child::variables more = {});
  // Any program, by its path.
  child& start_program(const std::vector<std::string>& command, child::variables more = {});
  // `serve` at a free port, asking the fake API, with the settings in `toml` on top.
  child& serve(std::string_view toml = {}, const std::vector<std::string>& more_arguments = {},
               const child::variables& more_variables = {});
  // What `serve` writes to gemkeeper.toml.
  [[nodiscard]] std::string configuration(std::string_view toml) const;

  // Where `program` listens, as it says in its log, in JSON or text: on standard error, or in a
  // file of `files`.
  [[nodiscard]] std::string wait_for_address(child& program, std::string_view log_file = {}) const;
  // Waits for `mark` in a file of `files`; false: it does not come.
  [[nodiscard]] bool wait_for_text(std::string_view file, std::string_view mark) const;

  // A call with a connection of its own to where `program` listens.
  static response call(child& program, const api_call& what = generate);
  // The names of the keys that came to the fake API, in order.
  [[nodiscard]] std::vector<std::string> keys_used() const;

  workspace files;
  sandbox::server upstream;
  child::variables environment;

 private:
  void hunt_for_secrets() const;

  std::list<child> programs_;
  std::string command_lines_;
};

}  // namespace gemkeeper::test
