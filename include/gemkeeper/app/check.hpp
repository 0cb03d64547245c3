// `gemkeeper check`: is the configuration valid, and what is in effect?
#pragma once

#include <gemkeeper/app/command_line.hpp>
#include <gemkeeper/app/config.hpp>

#include <string>

namespace gemkeeper::app {

struct check_report {
  int exit_code = exit_done;
  std::string out;  // the effective configuration, secrets hidden; TOML loads again
  std::string err;  // problems and warnings, a line each
};

check_report check(const load_result& loaded, check_command::output as);

// `gemkeeper check --online`: opens every way to the upstream and asks Google about every key,
// which costs no generation quota. Exit code `exit_failed` when anything does not work; `out` says
// what, and shows no secret. Blocks, for minutes at most.
check_report check_online(const config& what, check_command::output as);

// "keys/a.key", "$GEMINI_API_KEY": where to change a key.
std::string describe_origin(const key_origin& origin);

// A line each, as `serve` prints them too when it refuses to start.
std::string describe(const std::vector<problem>& problems);

}  // namespace gemkeeper::app
