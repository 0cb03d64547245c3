#include <gemkeeper/app/admin_commands.hpp>
#include <gemkeeper/app/ca.hpp>
#include <gemkeeper/app/check.hpp>
#include <gemkeeper/app/command_line.hpp>
#include <gemkeeper/app/demo.hpp>
#include <gemkeeper/app/process.hpp>
#include <gemkeeper/app/run.hpp>
#include <gemkeeper/app/serve.hpp>
#include <gemkeeper/app/storage.hpp>
#include <gemkeeper/app/top.hpp>
#include <gemkeeper/sandbox/run.hpp>

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <span>
#include <variant>

namespace {

using namespace gemkeeper::app;

struct perform {
  const config_inputs& inputs;

  int operator()(const serve_command&) const { return serve(inputs, persistence::as_configured); }

  int operator()(const run_command& command) const { return run(command, inputs); }

  int operator()(const env_command& command) const {
    harden_process();
    const env_report report = show_environment(command, load_config(inputs), inputs.variables);
    std::fputs(report.out.c_str(), stdout);
    std::fputs(report.err.c_str(), stderr);
    return report.exit_code;
  }

  int operator()(const check_command& command) const {
    load_result loaded = load_config(inputs);
    if (command.as != check_command::output::defaults) check_storage(loaded, inputs.variables);
    const check_report report = command.online && loaded.value
                                    ? check_online(*loaded.value, command.as)
                                    : check(loaded, command.as);
    std::fputs(report.out.c_str(), stdout);
    std::fputs(report.err.c_str(), stderr);
    return report.exit_code;
  }

  int operator()(const ca_command& command) const {
    harden_process();
    const environment& variables = inputs.variables;
    const ca_report report = run_ca(command, load_config(inputs), variables,
                                    this_machine(variables), std::chrono::system_clock::now());
    std::fputs(report.out.c_str(), stdout);
    std::fputs(report.err.c_str(), stderr);
    return report.exit_code;
  }

  int operator()(const admin_command& command) const {
    harden_process();
    const admin_report report = run_admin(command, load_config(inputs), read_standard_input);
    std::fputs(report.out.c_str(), stdout);
    std::fputs(report.err.c_str(), stderr);
    return report.exit_code;
  }

  int operator()(const reseal_command& command) const {
    harden_process();
    const load_result loaded = load_config(inputs);
    if (!loaded.value) {
      std::fputs(describe(loaded.problems).c_str(), stderr);
      return exit_usage;
    }
    try {
      const std::size_t count = reseal(*loaded.value, inputs.variables, command.new_key_file);
      const std::string file = std::filesystem::absolute(command.new_key_file).native();
      if (command.json) {
        fmt::print("{{\"resealed\":{}}}\n", count);
      } else {
        fmt::print(
            "{} keys are sealed anew. Now set storage.sealing_key_file = \"{}\" (or put it where "
            "the former one is), and start gemkeeper.\n",
            count, file);
      }
      return exit_done;
    } catch (const std::exception& e) {
      fmt::print(stderr, "gemkeeper: keys reseal: {}\n", e.what());
      return exit_failed;
    }
  }

  int operator()(const top_command& command) const {
    harden_process();
    return run_top(command, load_config(inputs));
  }

  int operator()(const health_command& command) const {
    harden_process();
    const admin_report report = run_health(command, load_config(inputs));
    std::fputs(report.out.c_str(), stdout);
    std::fputs(report.err.c_str(), stderr);
    return report.exit_code;
  }

  int operator()(const sandbox_command& command) const {
    return command.demo ? run_demo(command.options, inputs)
                        : gemkeeper::sandbox::run_sandbox(command.options);
  }
};

}  // namespace

int main(int argc, char** argv) {
  const auto parsed = parse_command_line(std::span(argv, static_cast<std::size_t>(argc)));
  if (const auto* done = std::get_if<answered>(&parsed)) {
    std::fputs(done->text.c_str(), done->exit_code == exit_done ? stdout : stderr);
    return done->exit_code;
  }
  const auto& line = std::get<command_line>(parsed);
  const config_inputs inputs{line.config_file, line.sets, process_environment()};
  return std::visit(perform{inputs}, line.command);
}
