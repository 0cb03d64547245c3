#include "../config/setting_types.hpp"
#include "trust_store.hpp"
#include <gemkeeper/app/ca.hpp>
#include <gemkeeper/app/check.hpp>
#include <gemkeeper/app/state_directory.hpp>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <unistd.h>

#include <iterator>
#include <system_error>
#include <utility>

namespace gemkeeper::app {
namespace {

namespace fs = std::filesystem;
using proxy::root_certificate;
using proxy::trusted_roots;
using std::chrono::system_clock;
using types::quote;

std::string utc(system_clock::time_point when) {
  return fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", fmt::gmtime(system_clock::to_time_t(when)));
}

std::string json_time(system_clock::time_point when) {
  return fmt::format("\"{:%Y-%m-%dT%H:%M:%SZ}\"", fmt::gmtime(system_clock::to_time_t(when)));
}

std::string_view role_name(root_certificate::role as) {
  using enum root_certificate::role;
  return as == current ? "current" : as == next ? "next" : "previous";
}

std::string json(const root_certificate& root) {
  return fmt::format(
      "{{\"role\":\"{}\",\"name\":{},\"sha256\":\"{}\",\"not_after\":{},\"signs_from\":{},\"pem\":"
      "{}}}",
      role_name(root.as), quote(root.name), root.fingerprint, json_time(root.not_after),
      root.signs_from ? json_time(*root.signs_from) : "null", quote(root.pem));
}

std::string json(const trusted_roots& all) {
  std::vector<std::string> roots;
  for (const root_certificate& one : all.roots)
    roots.push_back(json(one));
  return fmt::format("\"path\":{},\"roots\":[{}],\"not_admitted\":{}", quote(all.bundle.native()),
                     fmt::join(roots, ","), types::quote_all(all.not_admitted));
}

std::string warnings_about(const trusted_roots& all) {
  std::string text;
  for (const std::string& name : all.not_admitted) {
    text +=
        fmt::format("warning: the CA does not admit \"{}\", so TLS for it cannot end here ({})\n",
                    name, all.remedy);
  }
  return text;
}

// For a shell to read it as one word.
std::string shell_word(const std::string& text) {
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._/+=:,@%";
  if (!text.empty() && text.find_first_not_of(plain) == text.npos) return text;
  std::string quoted = "'";
  for (const char c : text)
    quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

ca_report show_path(const trusted_roots& all, const ca_command& what) {
  const std::string& path = all.bundle.native();
  return {exit_done, what.json ? fmt::format("{{\"path\":{}}}\n", quote(path)) : path + "\n",
          warnings_about(all)};
}

ca_report print(const trusted_roots& all, const ca_command& what) {
  ca_report report{exit_done, {}, warnings_about(all)};
  if (what.json) {
    report.out = fmt::format("{{{}}}\n", json(all));
    return report;
  }
  for (const root_certificate& one : all.roots)
    report.out += one.pem;
  return report;
}

ca_report rotate(const proxy::proxy_settings& settings, const ca_command& what,
                 system_clock::time_point now) {
  const auto how = what.now ? proxy::rotation::at_once : proxy::rotation::prepare;
  const proxy::rotated result = proxy::rotate_authority(
      settings, now, how, std::chrono::ceil<std::chrono::seconds>(what.after));
  ca_report report{exit_done, {}, warnings_about(result.all)};
  if (what.json) {
    report.out = fmt::format("{{\"made\":{},\"next\":{},{}}}\n", result.made, json(result.next),
                             json(result.all));
    return report;
  }
  const auto out = std::back_inserter(report.out);
  const root_certificate& next = result.next;
  fmt::format_to(out, "{}: {} (SHA-256 {})\n",
                 result.made ? "a new CA was made" : "the next CA was made before", next.name,
                 next.fingerprint);
  if (next.signs_from) {
    fmt::format_to(out,
                   "It signs from {} on; until then the present one does. Have clients trust\n"
                   "it before: --now lets it sign at once.\n",
                   utc(*next.signs_from));
  } else {
    report.out += "It signs from now on; a running proxy notices.\n";
  }
  fmt::format_to(out,
                 "{} holds the old root and the new: who reads that file trusts\n"
                 "both. For trust stores: gemkeeper ca install\n",
                 result.all.bundle.native());
  return report;
}

std::string list_of(const std::vector<std::string>& lines, std::string_view mark) {
  std::string text;
  for (const std::string& line : lines)
    text += fmt::format("{}{}\n", mark, line);
  return text;
}

ca_report install(const fs::path& bundle, const std::vector<root_certificate>& roots,
                  const ca_command& what, const trust_machine& machine) {
  const trust how = what.uninstall ? trust::remove : trust::install;
  const std::string undo = what.uninstall ? "" : " --uninstall";
  const std::string same = what.uninstall ? " --uninstall" : "";
  const std::string command = fmt::format("{} ca install --file {}", shell_word(machine.program),
                                          shell_word(fs::absolute(bundle).native()));
  const trust_change nss = change_nss_stores(how, roots, machine);
  const trust_change system = change_system_store(how, roots, machine, command + same);

  std::vector<std::string> done = nss.done;
  done.insert(done.end(), system.done.begin(), system.done.end());
  std::vector<std::string> problems = nss.problems;
  problems.insert(problems.end(), system.problems.begin(), system.problems.end());
  if (!nss.found_any && !system.found_any) {
    problems.push_back(fmt::format(
        "no trust store is known here: no update-ca-certificates, no update-ca-trust, no NSS "
        "database (let clients read \"{}\": SSL_CERT_FILE, REQUESTS_CA_BUNDLE, "
        "NODE_EXTRA_CA_CERTS)",
        bundle.native()));
  }
  ca_report report;
  report.exit_code = problems.empty() ? exit_done : exit_failed;
  if (what.json) {
    report.out = fmt::format("{{\"done\":{},\"problems\":{}}}\n", types::quote_all(done),
                             types::quote_all(problems));
    return report;
  }
  report.out = list_of(done, "");
  if (problems.empty() && !what.uninstall) {
    report.out += fmt::format(
        "to undo it: {}{}\n"
        "Python (requests, httpx), Node.js and Java do not look there: docs/forward-proxy.md\n",
        command, undo);
  }
  report.err = list_of(problems, "gemkeeper: ");
  return report;
}

ca_report run(const ca_command& what, const load_result& loaded, const environment& variables,
              const trust_machine& machine, system_clock::time_point now) {
  using enum ca_command::action;
  if (what.what == install_ca && what.file) {
    return install(*what.file, proxy::read_roots(*what.file), what, machine);
  }
  if (!loaded.value) return {exit_usage, {}, describe(loaded.problems)};
  proxy::proxy_settings settings = loaded.value->proxy;
  if (settings.intercept.ca_cert.empty()) {
    std::error_code ignored;
    const bool under_sudo = !value_of(variables, "SUDO_USER").empty();
    if (what.what == install_ca && under_sudo &&
        !fs::exists(state_path(variables) / "ca/ca.pem", ignored)) {
      // Root has a state directory of its own: a CA made there is not the one that signs.
      return {exit_failed,
              {},
              "gemkeeper: under sudo there is no CA yet: your own is in your state directory (run "
              "gemkeeper ca install without sudo, which prints the command to run with it)\n"};
    }
    const state_directory state = open_state_directory(variables, loaded.value->storage_path);
    if (!state.warning.empty()) return {exit_failed, {}, "gemkeeper: " + state.warning + "\n"};
    settings.intercept.ca_directory = state.ca_directory();
  }
  if (what.what == rotate_ca) return rotate(settings, what, now);
  const trusted_roots all = proxy::open_trusted_roots(settings, now);
  if (what.what == install_ca) return install(all.bundle, all.roots, what, machine);
  return what.what == show_ca_path ? show_path(all, what) : print(all, what);
}

}  // namespace

trust_machine this_machine(const environment& variables) {
  trust_machine machine;
  machine.home = value_of(variables, "HOME");
  machine.privileged = ::geteuid() == 0;
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (!error) machine.program = program.native();
  return machine;
}

ca_report run_ca(const ca_command& what, const load_result& loaded, const environment& variables,
                 const trust_machine& machine, system_clock::time_point now) {
  try {
    return run(what, loaded, variables, machine, now);
  } catch (const std::exception& e) {
    return {exit_failed, {}, fmt::format("gemkeeper: {}\n", e.what())};
  }
}

}  // namespace gemkeeper::app
