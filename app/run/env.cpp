#include "find_proxy.hpp"
#include "shell_syntax.hpp"
#include "target.hpp"
#include <gemkeeper/app/check.hpp>
#include <gemkeeper/app/run.hpp>

#include <fmt/format.h>

#include <exception>

namespace gemkeeper::app {
namespace {

env_report show(const env_command& what, const config& loaded, const environment& present) {
  const auto where = client_address(loaded.proxy.listen);
  if (!where) {
    return {exit_usage,
            {},
            "gemkeeper: proxy.listen: no address that clients could be given: add one with a port, "
            "like 127.0.0.1:8001\n"};
  }
  const listener who = who_listens(*where);
  if (who == listener::stranger) return {exit_failed, {}, stranger_at(*where)};

  client_target target{what.mode, what.openai, client_url(*where), {}};
  if (what.mode == client_mode::forward) {
    target.trust = open_trust(loaded, present);
    if (who == listener::gemkeeper) require_same_ca(*where, target.trust);
  } else {
    target.trust =
        trust_for_live(loaded, present, who == listener::gemkeeper ? where : std::nullopt);
  }
  const environment_changes changes = client_environment(target, present);
  env_report report;
  report.out = what.json ? json_object(changes) : assignments(changes, what.syntax);
  report.err = warnings_about(changes, what.mode);
  if (who == listener::none) {
    report.err += fmt::format(
        "gemkeeper: nothing listens on {} yet: start it with gemkeeper serve\n", target.url);
  }
  return report;
}

}  // namespace

env_report show_environment(const env_command& what, const load_result& loaded,
                            const environment& present) {
  if (!loaded.value) return {exit_usage, {}, describe(loaded.problems)};
  try {
    return show(what, *loaded.value, present);
  } catch (const std::exception& e) {
    return {exit_failed, {}, fmt::format("gemkeeper: {}\n", e.what())};
  }
}

}  // namespace gemkeeper::app
