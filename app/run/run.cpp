#include "command_process.hpp"
#include "find_proxy.hpp"
#include "target.hpp"
#include <gemkeeper/app/check.hpp>
#include <gemkeeper/app/process.hpp>
#include <gemkeeper/app/run.hpp>
#include <gemkeeper/app/serve.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <optional>
#include <utility>

namespace gemkeeper::app {
namespace {

constexpr int exit_not_found = 127;
constexpr int exit_not_executable = 126;

// The level that a file sets is for a proxy that has its standard error for itself.
bool has_own_log(const config& what) {
  const auto level = std::ranges::find(what.effective, "log.level", &effective_setting::name);
  const bool chosen =
      level != what.effective.end() && (level->source.kind == setting_source::origin::variable ||
                                        level->source.kind == setting_source::origin::command_line);
  return !what.log.file.empty() || chosen || what.log.level == log_level::error;
}

config_inputs for_own_proxy(config_inputs inputs, const config& what) {
  inputs.sets.emplace_back(R"(proxy.listen=["127.0.0.1:0"])");
  inputs.sets.emplace_back("admin.listen=[]");
  if (!has_own_log(what)) inputs.sets.emplace_back("log.level=warn");
  return inputs;
}

int run(const run_command& what, const config_inputs& inputs, const config& loaded,
        const inherited_state& found) {
  const auto where = client_address(loaded.proxy.listen);
  const listener who = where ? who_listens(*where) : listener::none;
  if (who == listener::stranger) {
    std::fputs(stranger_at(*where).c_str(), stderr);
    return exit_failed;
  }
  if (who == listener::none && loaded.keys.empty()) {
    fmt::print(stderr,
               "gemkeeper: run: no gemkeeper is running, and no API key is configured for one: set "
               "GEMINI_API_KEYS, [[keys]] or pool.keys_dir, or start gemkeeper serve\n");
    return exit_usage;
  }
  client_target target{what.mode, what.openai, {}, {}};
  if (what.mode == client_mode::forward) {
    target.trust = open_trust(loaded, inputs.variables);
    if (who == listener::gemkeeper) require_same_ca(*where, target.trust);
  } else {
    target.trust =
        trust_for_live(loaded, inputs.variables, who == listener::gemkeeper ? where : std::nullopt);
  }

  // Before the proxy has threads, and descriptors that are none of the command's business.
  command_process command(what.command, found);
  std::optional<background_proxy> own;
  if (who == listener::gemkeeper) {
    target.url = client_url(*where);
  } else {
    own.emplace(for_own_proxy(inputs, loaded));
    target.url = "http://" + own->addresses().front();
  }
  const environment_changes changes = client_environment(target, inputs.variables);
  std::fputs(warnings_about(changes, what.mode).c_str(), stderr);
  if (const int error = command.start(child_environment(inputs.variables, changes, loaded))) {
    fmt::print(stderr, "gemkeeper: run: cannot run \"{}\": {}\n", what.command.front(),
               std::strerror(error));
    return error == ENOENT ? exit_not_found : exit_not_executable;
  }
  return command.wait();
}

}  // namespace

int run(const run_command& what, const config_inputs& inputs) {
  const inherited_state found = harden_process();
  const load_result loaded = load_config(inputs);
  if (!loaded.value) {
    std::fputs(describe(loaded.problems).c_str(), stderr);
    return exit_usage;
  }
  try {
    return run(what, inputs, *loaded.value, found);
  } catch (const std::exception& e) {
    fmt::print(stderr, "gemkeeper: {}\n", e.what());
    return exit_failed;
  }
}

}  // namespace gemkeeper::app
