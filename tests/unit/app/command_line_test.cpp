#include <gemkeeper/app/command_line.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace gemkeeper::app {
namespace {

using strings = std::vector<std::string>;

std::variant<command_line, answered> parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "gemkeeper");
  return parse_command_line(arguments);
}

command_line asked(std::vector<const char*> arguments) {
  auto result = parse(std::move(arguments));
  if (auto* answer = std::get_if<answered>(&result)) BOOST_FAIL(answer->text);
  return std::get<command_line>(std::move(result));
}

BOOST_AUTO_TEST_SUITE(command_lines)

BOOST_AUTO_TEST_CASE(without_a_command_it_serves) {
  BOOST_TEST(std::holds_alternative<serve_command>(asked({}).command));
  BOOST_TEST(std::holds_alternative<serve_command>(asked({"serve"}).command));
  BOOST_TEST(std::holds_alternative<serve_command>(asked({"--set", "a.b=c"}).command));
}

BOOST_AUTO_TEST_CASE(config_and_set_may_stand_before_and_behind_the_command) {
  for (const auto& arguments : std::vector<std::vector<const char*>>{
           {"--config", "f", "--set", "a.b=1", "--set", "c.d=[\"x\",\"y\"]"},
           {"serve", "--config", "f", "--set", "a.b=1", "--set", "c.d=[\"x\",\"y\"]"},
           {"--set=a.b=1", "check", "--config=f", "--set", "c.d=[\"x\",\"y\"]"}}) {
    const command_line line = asked(arguments);
    BOOST_TEST(line.config_file.value() == "f");
    BOOST_TEST(line.sets == (strings{"a.b=1", "c.d=[\"x\",\"y\"]"}),
               boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(check_prints_toml_json_or_the_defaults) {
  const auto as = [](std::vector<const char*> arguments) {
    return std::get<check_command>(asked(std::move(arguments)).command).as;
  };
  using output = check_command::output;
  BOOST_TEST((as({"check"}) == output::toml));
  BOOST_TEST((as({"check", "--json"}) == output::json));
  BOOST_TEST((as({"check", "--defaults"}) == output::defaults));
}

BOOST_AUTO_TEST_CASE(the_sandbox_has_options_of_its_own) {
  const auto plain = std::get<sandbox_command>(asked({"sandbox"}).command);
  BOOST_TEST(plain.options.keys == 3U);
  BOOST_TEST(!plain.demo);
  const auto all =
      std::get<sandbox_command>(asked({"sandbox", "--listen", "127.0.0.1:0", "--listen", "[::1]:0",
                                       "--keys", "5", "--scenario", "s.toml", "--plain", "--demo"})
                                    .command);
  BOOST_TEST(all.options.listen == (strings{"127.0.0.1:0", "[::1]:0"}),
             boost::test_tools::per_element());
  BOOST_TEST(all.options.keys == 5U);
  BOOST_TEST(all.options.scenario_file == "s.toml");
  BOOST_TEST((all.options.how == sandbox::transport::plain));
  BOOST_TEST(all.demo);
}

BOOST_AUTO_TEST_CASE(behind_two_dashes_stands_the_command_that_is_run) {
  const command_line line = asked({"run", "--set", "a.b=c", "--", "serve", "--set", "x", "--", ""});
  BOOST_TEST(line.sets == (strings{"a.b=c"}), boost::test_tools::per_element());
  const auto running = std::get<run_command>(line.command);
  BOOST_TEST(running.command == (strings{"serve", "--set", "x", "--", ""}),
             boost::test_tools::per_element());
  BOOST_TEST((running.mode == client_mode::base_url));
  BOOST_TEST((running.openai == openai_clients::left_alone));
  const auto other =
      std::get<run_command>(asked({"run", "--mode=forward", "--openai", "--", "a"}).command);
  BOOST_TEST((other.mode == client_mode::forward));
  BOOST_TEST((other.openai == openai_clients::pointed_here));
  for (const auto& [arguments, wrong] :
       std::vector<std::pair<std::vector<const char*>, const char*>>{
           {{"run"}, "name the command behind --"},
           {{"run", "--"}, "name the command behind --"},
           {{"run", "python", "app.py"}, "gemkeeper run -- CMD"},
           {{"run", "--mode", "both", "--", "a"}, "--mode"},
           {{"serve", "--", "a"}, "only run takes a command"},
           {{"--", "a"}, "only run takes a command"}}) {
    const auto result = parse(arguments);
    BOOST_REQUIRE(std::holds_alternative<answered>(result));
    BOOST_TEST(std::get<answered>(result).exit_code == exit_usage);
    BOOST_TEST(std::get<answered>(result).text.find(wrong) != std::string::npos,
               std::get<answered>(result).text);
  }
}

BOOST_AUTO_TEST_CASE(the_environment_is_printed_for_a_shell) {
  const auto showing = [](std::vector<const char*> arguments) {
    return std::get<env_command>(asked(std::move(arguments)).command);
  };
  BOOST_TEST((showing({"env"}).syntax == shell_syntax::sh));
  BOOST_TEST((showing({"env"}).mode == client_mode::base_url));
  BOOST_TEST((showing({"env", "--shell", "fish"}).syntax == shell_syntax::fish));
  BOOST_TEST((showing({"env", "--shell=powershell"}).syntax == shell_syntax::powershell));
  BOOST_TEST((showing({"env", "--mode", "forward"}).mode == client_mode::forward));
  BOOST_TEST(showing({"env", "--json", "--openai"}).json);
  for (const auto& arguments : std::vector<std::vector<const char*>>{
           {"env", "--shell", "csh"}, {"env", "--json", "--shell", "sh"}, {"env", "--mode"}}) {
    const auto result = parse(arguments);
    BOOST_REQUIRE(std::holds_alternative<answered>(result));
    BOOST_TEST(std::get<answered>(result).exit_code == exit_usage);
  }
}

BOOST_AUTO_TEST_CASE(the_ca_has_commands_of_its_own) {
  using action = ca_command::action;
  const auto ca = [](std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "ca");
    return std::get<ca_command>(asked(std::move(arguments)).command);
  };
  BOOST_TEST((ca({"path"}).what == action::show_ca_path));
  BOOST_TEST((ca({"print", "--json"}).what == action::print_ca));
  BOOST_TEST(ca({"print", "--json"}).json);
  BOOST_TEST((ca({"install", "--uninstall", "--file", "f"}).what == action::install_ca));
  BOOST_TEST(ca({"install", "--uninstall"}).uninstall);
  BOOST_TEST(ca({"install", "--file", "f"}).file.value() == "f");
  const ca_command rotate = ca({"rotate"});
  BOOST_TEST((rotate.what == action::rotate_ca));
  BOOST_TEST(!rotate.now);
  BOOST_TEST((rotate.after == std::chrono::hours(7 * 24)));
  BOOST_TEST((ca({"rotate", "--after", "1.5h"}).after == std::chrono::minutes(90)));
  BOOST_TEST(ca({"rotate", "--now"}).now);
  const command_line line = asked({"ca", "path", "--set", "a.b=1", "--config", "f"});
  BOOST_TEST(line.sets == strings{"a.b=1"}, boost::test_tools::per_element());
  BOOST_TEST(line.config_file.value() == "f");
}

BOOST_AUTO_TEST_CASE(version_and_help_are_answered) {
  const auto answer = [](std::vector<const char*> arguments) {
    return std::get<answered>(parse(std::move(arguments)));
  };
  BOOST_TEST(answer({"--version"}).exit_code == 0);
  BOOST_TEST(answer({"--version"}).text.starts_with("gemkeeper 0."));
  BOOST_TEST(answer({"--help"}).exit_code == 0);
  BOOST_TEST((answer({"--help"}).text.find("sandbox") != std::string::npos));
  BOOST_TEST((answer({"sandbox", "--help"}).text.find("--scenario") != std::string::npos));
  BOOST_TEST(
      (answer({"serve", "--help"}).text.find("Usage: gemkeeper serve") != std::string::npos));
  BOOST_TEST((answer({"ca", "--help"}).text.find("rotate") != std::string::npos));
  BOOST_TEST((answer({"ca", "rotate", "--help"}).text.find("Usage: gemkeeper ca rotate") !=
              std::string::npos));
  BOOST_TEST((answer({"check", "-h"}).text.find("--defaults") != std::string::npos));
}

BOOST_AUTO_TEST_CASE(commands_for_the_admin_api_are_read) {
  using action = admin_command::action;
  const auto read = [](std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "gemkeeper");
    auto parsed = parse_command_line(arguments);
    return std::get<admin_command>(std::get<command_line>(parsed).command);
  };
  const admin_command add = read({"keys", "add", "--file", "f", "--name", "n", "--no-validate"});
  BOOST_TEST((add.what == action::add));
  BOOST_TEST(add.file->native() == "f");
  BOOST_TEST(add.name == "n");
  BOOST_TEST(!add.validate);
  const admin_command rotate =
      read({"keys", "rotate", "spare", "--json", "--set", "log.level=warn"});
  BOOST_TEST((rotate.what == action::rotate));
  BOOST_TEST(rotate.key == "spare");
  BOOST_TEST(rotate.json);
  BOOST_TEST(rotate.validate);
  BOOST_TEST((read({"status"}).what == action::status));
  BOOST_TEST((read({"keys", "list"}).what == action::list));
  BOOST_TEST(read({"credits", "--reset"}).reset_credits);
}

BOOST_AUTO_TEST_CASE(wrong_usage_is_explained_with_exit_status_2) {
  struct row {
    std::vector<const char*> arguments;
    std::string_view told;
  };
  for (const row& r :
       {row{{"serv"},
            "gemkeeper: serv: no such command (did you mean serve?); see gemkeeper --help\n"},
        {{"--colour"}, "gemkeeper: --colour: no such option; see gemkeeper --help\n"},
        {{"check", "--colour"}, "gemkeeper: --colour: no such option; see gemkeeper --help\n"},
        {{"--config"}, "gemkeeper: --config: 1 required FILE missing; see gemkeeper --help\n"},
        {{"sandbox", "--keys", "0"},
         "gemkeeper: --keys: Value 0 not in range 1 to 100000; see gemkeeper --help\n"},
        {{"ca"}, "gemkeeper: ca: name one of path, print, install, rotate; see gemkeeper --help\n"},
        {{"ca", "rotat"},
         "gemkeeper: rotat: no such command of ca (did you mean rotate?); see gemkeeper --help\n"},
        {{"keys"},
         "gemkeeper: keys: name one of list, add, validate, remove, enable, disable, rotate, "
         "reset; see gemkeeper --help\n"},
        {{"keys", "add", "AIzaSecret"},
         "gemkeeper: keys: too many words (commands are list, add, validate, remove, enable, "
         "disable, rotate, reset; a key is read from standard input or --file); see gemkeeper "
         "--help\n"},
        {{"ca", "rotate", "--after", "soon"},
         "gemkeeper: --after: \"soon\" is not a duration (write \"500ms\", \"30s\", \"5m\", \"1h\" "
         "or "
         "\"7d\"); see gemkeeper --help\n"},
        {{"ca", "rotate", "--now", "--after", "1d"},
         "gemkeeper: --now excludes --after; see gemkeeper --help\n"},
        {{"check", "serve"}, "gemkeeper: serve: one command at a time; see gemkeeper --help\n"},
        {{"check", "--json", "--defaults"},
         "gemkeeper: --json excludes --defaults; see gemkeeper --help\n"}}) {
    const auto result = std::get<answered>(parse(r.arguments));
    BOOST_TEST(result.exit_code == 2);
    BOOST_TEST(result.text == r.told);
  }
}

BOOST_AUTO_TEST_CASE(health_asks_one_thing) {
  using enum health_command::question;
  const auto about = [](std::vector<const char*> arguments) {
    return std::get<health_command>(asked(std::move(arguments)).command).about;
  };
  BOOST_TEST((about({"health"}) == ready));
  BOOST_TEST((about({"health", "--ready"}) == ready));
  BOOST_TEST((about({"health", "--live"}) == live));
  BOOST_TEST((about({"health", "--startup", "--config", "x"}) == startup));
  BOOST_TEST(std::get<answered>(parse({"health", "--live", "--ready"})).exit_code == exit_usage);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gemkeeper::app
