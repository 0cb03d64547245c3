#include "admin_command_line.hpp"

#include <CLI/CLI.hpp>

namespace gemkeeper::app {

void add_admin_commands(CLI::App& app, admin_command& into, bool& asked,
                        reseal_command& resealing) {
  using enum admin_command::action;
  constexpr const char* footer = "--config FILE and --set SECTION.NAME=VALUE may stand here too.";
  const auto prepare = [&into, &asked, footer](CLI::App* command, admin_command::action does) {
    command->fallthrough()->footer(footer);
    command->callback([&into, &asked, does] {
      into.what = does;
      asked = true;
    });
    command->add_flag("--json", into.json, "Print JSON");
    return command;
  };
  CLI::App* keys = app.add_subcommand("keys", "Manage the keys of the running gemkeeper")
                       ->fallthrough()
                       ->require_subcommand(1);
  const auto command_of_keys = [&](const char* name, const char* what, admin_command::action does) {
    return prepare(keys->add_subcommand(name, what), does);
  };
  const auto takes_secret = [&](CLI::App* command) {
    command->add_option("--file", into.file, "Read the key from this file, not standard input")
        ->type_name("FILE");
  };
  const auto takes_key = [&](CLI::App* command) {
    command->add_option("key", into.key, "Its id or name")->required()->type_name("KEY");
  };
  const auto is_of_service = [&](CLI::App* command) {
    command
        ->add_option("--service", into.service,
                     "What it is for: gemini (the default), or vertex (express mode)")
        ->check(CLI::IsMember({"gemini", "vertex"}))
        ->type_name("SERVICE");
  };
  const auto may_skip_google = [&](CLI::App* command) {
    command->add_flag_callback(
        "--no-validate", [&into] { into.validate = false; }, "Do not ask Google about it");
  };

  command_of_keys("list", "Show all keys", list);
  CLI::App* one =
      command_of_keys("add", "Add a key, read from standard input", admin_command::action::add);
  takes_secret(one);
  may_skip_google(one);
  one->add_option("--name", into.name, "Its name")->type_name("NAME");
  one->add_option("--project", into.project, "Its project at Google")->type_name("PROJECT");
  is_of_service(one);
  one = command_of_keys("validate", "Ask Google about a key, read from standard input", validate);
  takes_secret(one);
  is_of_service(one);
  takes_key(command_of_keys("remove", "Remove a key that was added by `keys add`", remove));
  takes_key(command_of_keys("enable", "Use a key again", enable));
  takes_key(command_of_keys("disable", "Do not use a key", disable));
  one = command_of_keys("rotate", "Give a key another secret, read from standard input", rotate);
  takes_key(one);
  takes_secret(one);
  may_skip_google(one);
  takes_key(command_of_keys("reset", "Lift cool-downs and quarantine of a key", reset));

  CLI::App* reseal = keys->add_subcommand(
      "reseal", "Seal what is stored under another master key, while gemkeeper does not run");
  reseal->fallthrough()->footer(footer);
  reseal
      ->add_option("--new-key-file", resealing.new_key_file,
                   "File of the new master key; made when it is missing")
      ->required()
      ->type_name("FILE");
  reseal->add_flag("--json", resealing.json, "Print JSON");

  CLI::App* clients = app.add_subcommand("clients", "Manage the clients of the running gemkeeper")
                          ->fallthrough()
                          ->require_subcommand(1);
  const auto command_of_clients = [&](const char* name, const char* what,
                                      admin_command::action does) {
    CLI::App* command = prepare(clients->add_subcommand(name, what), does);
    command->parse_complete_callback([&into] { into.about = admin_command::subject::clients; });
    return command;
  };
  const auto takes_client = [&](CLI::App* command) {
    command->add_option("client", into.key, "Its id or name")->required()->type_name("CLIENT");
  };
  command_of_clients("list", "Show all clients", list);
  command_of_clients("add", "Make a client, and print its token, which is not shown again",
                     admin_command::action::add)
      ->add_option("name", into.name, "Its name")
      ->required()
      ->type_name("NAME");
  takes_client(command_of_clients("remove", "Remove a client: its token is refused", remove));
  takes_client(command_of_clients("enable", "Serve a client again", enable));
  takes_client(command_of_clients("disable", "Do not serve a client", disable));
  takes_client(command_of_clients("rotate", "Give a client another token, and print it", rotate));

  prepare(app.add_subcommand("status", "Show the state of the keys"), status);
  CLI::App* credit = prepare(app.add_subcommand("credits", "Show calls and tokens"), credits);
  credit->add_flag("--reset", into.reset_credits, "Count anew from now on");
}

}  // namespace gemkeeper::app
