#include "admin_command_line.hpp"
#include "config/suggestion.hpp"
#include <gemkeeper/app/command_line.hpp>
#include <gemkeeper/app/values.hpp>

#include <CLI/CLI.hpp>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <utility>

namespace gemkeeper::app {
namespace {

constexpr std::string_view description =
    "A local proxy for Google's Gemini API with a pool of API keys.\n"
    "Point a client's base URL at http://127.0.0.1:8001 and give it any API key.";

constexpr std::string_view footer =
    "Keys come from GEMINI_API_KEYS, GEMINI_API_KEY, GOOGLE_API_KEY, VERTEX_API_KEYS or the "
    "configuration, never\n"
    "from the command line. Exit status: 0 done, 1 failed, 2 wrong usage or configuration.";

constexpr std::array<std::string_view, 12> command_names{"serve",   "run",     "env",  "check",
                                                         "sandbox", "ca",      "keys", "clients",
                                                         "status",  "credits", "top",  "health"};
constexpr std::array<std::string_view, 4> ca_command_names{"path", "print", "install", "rotate"};

constexpr std::array<std::string_view, 8> key_command_names{
    "list", "add", "validate", "remove", "enable", "disable", "rotate", "reset"};

// What was not understood, and the remedy.
std::string explain(const CLI::App& app, const CLI::ParseError& error) {
  std::string what = error.what();
  const CLI::App* ca = app.get_subcommand("ca");
  const bool of_ca = ca->parsed();
  const bool of_run = app.get_subcommand("run")->parsed();
  if (of_ca && dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) {
    what = fmt::format("ca: name one of {}", fmt::join(ca_command_names, ", "));
  }
  const bool of_keys = app.get_subcommand("keys")->parsed();
  if (of_keys && dynamic_cast<const CLI::RequiredError*>(&error) != nullptr &&
      app.get_subcommand("keys")->get_subcommands().empty()) {
    what = fmt::format("keys: name one of {}", fmt::join(key_command_names, ", "));
  }
  const CLI::App* clients = app.get_subcommand("clients");
  if (clients->parsed() && dynamic_cast<const CLI::RequiredError*>(&error) != nullptr &&
      clients->get_subcommands().empty()) {
    what = "clients: name one of list, add, remove, enable, disable, rotate";
  }
  if (const auto extras = app.remaining(true);
      of_keys && !extras.empty() && !extras.front().starts_with('-')) {
    // Not repeated: it may be a key.
    what = fmt::format(
        "keys: too many words (commands are {}; a key is read from standard input or --file)",
        fmt::join(key_command_names, ", "));
  } else if (!extras.empty()) {
    const std::string& first = extras.front();
    const bool is_command = std::ranges::find(command_names, first) != command_names.end();
    what = first + ": " +
           (first.starts_with('-') ? "no such option"
            : of_run               ? "the command stands behind --: gemkeeper run -- CMD"
            : is_command           ? "one command at a time"
            : of_ca                ? "no such command of ca" + did_you_mean(first, ca_command_names)
                                   : "no such command" + did_you_mean(first, command_names));
  }
  return "gemkeeper: " + what + "; see gemkeeper --help\n";
}

void add_sandbox_options(CLI::App& command, sandbox_command& into) {
  auto& options = into.options;
  command
      .add_option("--listen", options.listen, "Address to listen on; port 0: any free; repeatable")
      ->type_name("HOST:PORT")
      ->expected(1)
      ->take_all();
  command.add_option("--keys", options.keys, "Keys that it accepts, when the scenario names none")
      ->type_name("N")
      ->check(CLI::Range(std::size_t{1}, std::size_t{100'000}));
  command.add_option("--scenario", options.scenario_file, "What it answers: keys, quotas, faults")
      ->type_name("FILE");
  command.add_option("--tls-cert", options.tls_cert, "PEM certificate; else one under a new CA")
      ->type_name("FILE");
  command.add_option("--tls-key", options.tls_key, "PEM key of that certificate")
      ->type_name("FILE");
  command.add_option("--ca-out", options.ca_out, "Where to write that CA")->type_name("FILE");
  command.add_flag_callback(
      "--plain", [&options] { options.how = sandbox::transport::plain; }, "HTTP instead of HTTPS");
  command.add_flag("--demo", into.demo, "Run the proxy too, in front of it");
}

// "7d", "12h", as in the configuration.
void add_duration(CLI::App& command, const std::string& option, const std::string& what,
                  std::chrono::milliseconds& into) {
  command
      .add_option_function<std::string>(
          option,
          [option, &into](const std::string& text) {
            if (const complaint wrong = parse_duration(text, into); !wrong.empty()) {
              throw CLI::ValidationError(option, wrong);
            }
          },
          what)
      ->type_name("DURATION");
}

// One of `names`, which stand for the values in their order.
template <class Enum, std::size_t Count>
CLI::Option* add_choice(CLI::App& command, const std::string& option, const std::string& what,
                        const std::array<const char*, Count>& names, Enum& into) {
  return command
      .add_option_function<std::string>(
          option,
          [&into, names](const std::string& name) {
            into = static_cast<Enum>(std::ranges::find(names, name) - names.begin());
          },
          what)
      ->check(CLI::IsMember(std::vector<std::string>(names.begin(), names.end())))
      ->type_name("NAME");
}

// What `run` and `env` have in common.
template <class Command>
void add_client_options(CLI::App& command, Command& into) {
  static constexpr std::array<const char*, 2> modes{"base-url", "forward"};
  add_choice(command, "--mode",
             "How clients come to it: base-url (default), or forward, as an HTTPS proxy", modes,
             into.mode);
  command.add_flag_callback(
      "--openai", [&into] { into.openai = openai_clients::pointed_here; },
      "OpenAI's SDKs too: to Gemini's OpenAI-compatible API");
}

void add_env_options(CLI::App& command, env_command& into) {
  static constexpr std::array<const char*, 3> shells{"sh", "fish", "powershell"};
  add_client_options(command, into);
  CLI::Option* shell = add_choice(
      command, "--shell", "For which shell: sh (default; bash and zsh too), fish, powershell",
      shells, into.syntax);
  command.add_flag("--json", into.json, "Print JSON; null: must not be set")->excludes(shell);
}

void add_top_options(CLI::App& command, top_command& into) {
  static constexpr std::array<const char*, 5> sorts{"calls", "tokens", "errors", "cost", "name"};
  command.add_flag("--once", into.once, "Print one picture, without a terminal");
  command.add_flag("--json", into.json, "Print a line of JSON every second");
  add_choice(command, "--sort", "By what: calls (default), tokens, errors, cost, name", sorts,
             into.by);
}

void add_health_options(CLI::App& command, health_command& into) {
  using enum health_command::question;
  CLI::Option* as_ready = command.add_flag_callback(
      "--ready", [&into] { into.about = ready; },
      "Whether requests can be served: it listens, its storage works, a key is usable (default)");
  CLI::Option* as_live = command.add_flag_callback(
      "--live", [&into] { into.about = live; }, "Whether it turns");
  CLI::Option* as_startup = command.add_flag_callback(
      "--startup", [&into] { into.about = startup; }, "Whether it has started");
  as_ready->excludes(as_live)->excludes(as_startup);
  as_live->excludes(as_startup);
  command.add_flag("--json", into.json, "Print JSON");
}

void add_ca_commands(CLI::App& command, ca_command& into) {
  using enum ca_command::action;
  command.require_subcommand(1);
  const auto add = [&](const std::string& name, const std::string& what, ca_command::action does) {
    CLI::App* one = command.add_subcommand(name, what)->fallthrough();
    one->callback([&into, does] { into.what = does; });
    one->add_flag("--json", into.json, "Print JSON");
    return one;
  };
  add("path", "Print the file of the roots that clients have to trust", show_ca_path);
  add("print", "Print these roots (PEM)", print_ca);
  CLI::App* install = add("install", "Put them into this machine's trust stores", install_ca);
  CLI::App* rotate = add("rotate", "Make the next CA, beside the present one", rotate_ca);

  install->add_flag("--uninstall", into.uninstall, "Take them out again");
  install->add_option("--file", into.file, "The roots in this file, not those of the local CA")
      ->type_name("FILE");
  rotate->add_flag("--now", into.now, "It signs from now on (default: after 7d)");
  add_duration(*rotate, "--after", "When it begins to sign, so that clients can be given it before",
               into.after);
  rotate->get_option("--now")->excludes(rotate->get_option("--after"));
}

// The command whose help was asked for: the innermost that was named.
const CLI::App& innermost(const CLI::App& app) {
  for (const CLI::App* command : app.get_subcommands())
    return innermost(*command);
  return app;
}

// "gemkeeper ca" for its command "rotate".
std::string path_above(const CLI::App& command) {
  const CLI::App* above = command.get_parent();
  return above->get_parent() == nullptr ? "gemkeeper"
                                        : path_above(*above) + " " + above->get_name();
}

void outline(const CLI::App& command, const std::string& name, std::vector<command_outline>& into) {
  command_outline one{name, command.get_description(), command.get_footer(), {}};
  for (const CLI::Option* option : command.get_options()) {
    const bool takes_value = option->get_items_expected_max() > 0 && option->get_type_size() > 0;
    const std::string type = option->get_type_name();  // "NAME:{sh,fish}" when it is one of these
    one.options.push_back({option->get_name(option->get_positional(), true),
                           takes_value ? type.substr(0, type.find(":{")) : std::string(),
                           option->get_description()});
  }
  into.push_back(std::move(one));
  for (const CLI::App* below : command.get_subcommands([](const CLI::App*) { return true; })) {
    outline(*below, name.empty() ? below->get_name() : name + " " + below->get_name(), into);
  }
}

// With `outlined`, tells what there is, and parses nothing.
std::variant<command_line, answered> parse(std::span<const char* const> arguments,
                                           std::vector<command_outline>* outlined) {
  // What stands behind "--" is the command of `run`, and nothing of it is ours to read.
  const auto mark = std::ranges::find(arguments, std::string_view("--"));
  const std::vector<std::string> behind(mark == arguments.end() ? mark : mark + 1, arguments.end());
  const bool marked = mark != arguments.end();
  arguments = arguments.first(static_cast<std::size_t>(mark - arguments.begin()));

  command_line result;
  CLI::App app{std::string(description), "gemkeeper"};
  app.footer(std::string(footer));
  app.set_version_flag("--version", "gemkeeper " GEMKEEPER_VERSION);
  app.require_subcommand(0, 1);
  app.add_option("--config", result.config_file, "Configuration file (TOML)")->type_name("FILE");
  app.add_option("--set", result.sets,
                 "Set one setting, stronger than file and environment; repeatable")
      ->type_name("SECTION.NAME=VALUE")
      ->expected(1)
      ->take_all();

  // --config and --set may stand behind the command too.
  CLI::App* serve =
      app.add_subcommand("serve", "Run the proxy (the default command)")->fallthrough();
  CLI::App* run = app.add_subcommand("run", "Run a command whose Gemini clients come to gemkeeper")
                      ->fallthrough();
  CLI::App* env =
      app.add_subcommand("env", "Print what makes a shell's Gemini clients come to gemkeeper")
          ->fallthrough();
  CLI::App* check =
      app.add_subcommand("check", "Validate the configuration and show what is in effect")
          ->fallthrough();
  CLI::App* sandbox =
      app.add_subcommand("sandbox", "Run a fake Gemini API for trials and tests")->fallthrough();

  CLI::App* ca =
      app.add_subcommand("ca", "Show, install or rotate the local CA of the forward proxy")
          ->fallthrough();

  const std::string too = "--config FILE and --set SECTION.NAME=VALUE may stand here too.";
  for (CLI::App* command : {serve, check, ca})
    command->footer(too);
  run->footer(
      "Usage: gemkeeper run [OPTIONS] -- CMD [ARGUMENT...]\n"
      "It comes to the gemkeeper at proxy.listen, or to one that ends with it. Exit status:\n"
      "CMD's own; 128 + N: signal N ended it; 127: not found; 126: cannot be run.\n" +
      too);
  env->footer("For eval \"$(gemkeeper env)\", gemkeeper env --shell fish | source.\n" + too);

  check_command checking;
  using output = check_command::output;
  auto* json = check->add_flag_callback(
      "--json", [&] { checking.as = output::json; }, "Print JSON");
  auto* online = check->add_flag("--online", checking.online,
                                 "Try every way to Google, upstream proxies too, and every key");
  check
      ->add_flag_callback(
          "--defaults", [&] { checking.as = output::defaults; },
          "Print every setting with its default and what it does")
      ->excludes(json)
      ->excludes(online);
  run_command running;
  add_client_options(*run, running);
  env_command showing;
  add_env_options(*env, showing);
  sandbox_command playing;
  add_sandbox_options(*sandbox, playing);
  ca_command certifying;
  add_ca_commands(*ca, certifying);
  admin_command managing;
  bool manages = false;
  CLI::App* top =
      app.add_subcommand("top", "Watch the running gemkeeper in a terminal")->fallthrough();
  top->footer("Keys: q quits; c, t, e, u, n sort by calls, tokens, errors, cost, name.\n" + too);
  top_command watching;
  add_top_options(*top, watching);
  CLI::App* health =
      app.add_subcommand("health", "Ask the running gemkeeper how it is, as probes do")
          ->fallthrough();
  health->footer("Exit status: 0 it is well, 1 it is not, or does not answer.\n" + too);
  health_command asking;
  add_health_options(*health, asking);
  reseal_command resealing;
  add_admin_commands(app, managing, manages, resealing);

  if (outlined != nullptr) {
    outline(app, {}, *outlined);
    return answered{};
  }
  try {
    app.parse(static_cast<int>(arguments.size()), arguments.data());
  } catch (const CLI::CallForVersion& version) {
    return answered{exit_done, std::string(version.what()) + "\n"};
  } catch (const CLI::CallForHelp&) {
    const CLI::App& command = innermost(app);
    return answered{exit_done, command.get_parent() == nullptr ? app.help()
                                                               : command.help(path_above(command))};
  } catch (const CLI::ParseError& error) {
    return answered{exit_usage, explain(app, error)};
  }
  if (run->parsed()) {
    if (behind.empty()) {
      return answered{exit_usage,
                      "gemkeeper: run: name the command behind --: gemkeeper run -- "
                      "CMD [ARGUMENT...]; see gemkeeper --help\n"};
    }
    running.command = behind;
    result.command = std::move(running);
  } else if (marked) {
    return answered{exit_usage, "gemkeeper: --: only run takes a command; see gemkeeper --help\n"};
  }
  if (env->parsed()) result.command = showing;
  if (check->parsed()) result.command = checking;
  if (sandbox->parsed()) result.command = std::move(playing);
  if (ca->parsed()) result.command = std::move(certifying);
  if (top->parsed()) result.command = watching;
  if (health->parsed()) result.command = asking;
  if (manages) result.command = std::move(managing);
  if (!resealing.new_key_file.empty()) result.command = std::move(resealing);
  return result;
}

}  // namespace

std::variant<command_line, answered> parse_command_line(std::span<const char* const> arguments) {
  return parse(arguments, nullptr);
}

std::vector<command_outline> outline_of_commands() {
  std::vector<command_outline> all;
  parse({}, &all);
  return all;
}

}  // namespace gemkeeper::app
