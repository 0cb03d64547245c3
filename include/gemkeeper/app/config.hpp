// The configuration: built-in defaults < TOML file < GEMKEEPER_SECTION__NAME < --set.
// conf/gemkeeper.toml documents every setting.
#pragma once

#include <gemkeeper/admin/alert.hpp>
#include <gemkeeper/admin/server.hpp>
#include <gemkeeper/app/environment.hpp>
#include <gemkeeper/pool/clients.hpp>
#include <gemkeeper/pool/key.hpp>
#include <gemkeeper/pool/limits.hpp>
#include <gemkeeper/pool/pool.hpp>
#include <gemkeeper/pool/prices.hpp>
#include <gemkeeper/proxy/settings.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gemkeeper::app {

enum class log_level : std::uint8_t { debug, info, warn, error };
enum class log_format : std::uint8_t { automatic, text, json };  // automatic: text on a terminal

struct log_settings {
  log_level level = log_level::info;
  log_format format = log_format::automatic;
  std::filesystem::path file;  // empty: stderr
  bool access = true;          // one line a request, at level info
};

// [admin].
struct admin_settings {
  std::vector<proxy::listen_address> listen{
      {proxy::listen_address::family::tcp, "127.0.0.1", 8000, {}}};
  std::string token;                 // a secret
  std::filesystem::path token_file;  // that `token` was read from; empty: none
  bool insecure_plaintext = false;
  std::string tls = "off";  // as of proxy_settings::tls
  // For commands, by what they know the listener's certificate: a file of CAs; empty: that of `tls`
  // itself, or with "auto" `local_ca`, which is no setting.
  std::string ca_file;
  std::string local_ca;
};
// [alerts].
struct alert_settings {
  std::string webhook_url;     // a secret: who has it can write there
  std::string webhook_secret;  // as of `webhook_key`
  std::chrono::milliseconds webhook_timeout{10'000};
  std::string webhook_proxy;  // a secret, as of `parse_egress`; empty: straight
  std::filesystem::path webhook_ca_file;
  admin::severity min_severity = admin::severity::warning;         // of what the webhook is told
  std::vector<unsigned> thresholds{50, 80, 100};                   // of limits, in percent
  std::chrono::milliseconds key_age{std::chrono::hours(90 * 24)};  // 0: no key is too old
};
// [storage]: where the master key is; one of them, or sealing.key in the state directory.
struct sealing_key_settings {
  std::filesystem::path file;  // made when it is missing
  std::string credential;      // of systemd
  std::string env;             // a variable's name
};
// [prices].
struct price_settings {
  std::filesystem::path file;  // empty: none
  // What it holds. Immutable, and shared by copies of the configuration; null: no file.
  std::shared_ptr<const pool::price_table> overrides;
};

// Where a value came from.
struct setting_source {
  enum class origin : std::uint8_t { built_in, file, variable, command_line };
  origin kind = origin::built_in;
  std::string name;   // the file as it was given, or the environment variable
  unsigned line = 0;  // in a file

  // "default", "gemkeeper.toml:12", "GEMKEEPER_POOL__POLICY", "--set".
  [[nodiscard]] std::string text() const;
};

// What is wrong, where, and the remedy. Never holds a secret.
struct problem {
  setting_source source;
  std::string setting;  // "pool.policy", "keys.1.file"; empty: the source as a whole
  std::string what;

  // "gemkeeper.toml:12: pool.polcy: unknown setting (did you mean pool.policy?)"
  [[nodiscard]] std::string text() const;
};

// Where a key came from: what the operator must look at to change it.
struct key_origin {
  enum class kind : std::uint8_t { file, env, credential, keys_dir, variable };
  kind from = kind::variable;
  std::string name;  // path, or name of the variable or credential
};

// What stands for a secret that is set.
inline constexpr std::string_view hidden_value = "\"(hidden)\"";

struct effective_setting {
  std::string_view name;
  std::string value;  // TOML, which is JSON too
  setting_source source;
};

struct config {
  std::filesystem::path file;  // empty: none was read
  proxy::proxy_settings proxy;
  pool::pool_settings pool;
  std::filesystem::path keys_dir;
  std::string keys_credential;         // as of LoadCredential=NAME:DIRECTORY; empty: none
  std::filesystem::path storage_path;  // ":memory:": nothing is written; empty: in the state dir
  sealing_key_settings sealing_key;
  price_settings prices;
  log_settings log;
  admin_settings admin;
  alert_settings alerts;
  admin::metrics_settings metrics;

  std::vector<pool::key_spec> keys;
  std::vector<key_origin> key_origins;     // of `keys`, in the same order
  std::vector<pool::client_spec> clients;  // of tokens only their hashes
  std::vector<key_origin> client_origins;  // of `clients`, in the same order
  std::vector<pool::project_spec> projects;
  std::vector<effective_setting> effective;  // every setting, in the order of the documentation
  std::vector<std::string> warnings;         // worth telling, at start and by `check`
};

// What the command line and the environment say; the rest follows from it.
struct config_inputs {
  // --config; else $GEMKEEPER_CONFIG, $XDG_CONFIG_HOME/gemkeeper/gemkeeper.toml (~/.config), or
  // /etc/gemkeeper/gemkeeper.toml: the first of these two that exists, else no file.
  std::optional<std::filesystem::path> file;
  std::vector<std::string> sets;  // "section.name=value"
  environment variables;
  // Where sockets listen that a service manager made, in place of proxy.listen and admin.listen.
  std::vector<proxy::listen_address> proxy_sockets{};
  std::vector<proxy::listen_address> admin_sockets{};
};

struct load_result {
  std::optional<config> value;    // there just when `problems` is empty
  std::vector<problem> problems;  // all of them, not only the first
  // Every file and directory the result depends on, those that could not be read included.
  std::vector<std::filesystem::path> watched;
  // [admin] as far as it could be read, whatever else is wrong: for who asks a gemkeeper that runs
  // on.
  admin_settings admin{};
};

// Reads files; never throws for what is in them.
load_result load_config(const config_inputs& inputs);

// The settings that differ and are only read at start.
std::vector<std::string_view> restart_only_changes(const config& before, const config& after);

// conf/gemkeeper.toml: every setting with its default and what it does, commented out.
std::string documented_defaults();

}  // namespace gemkeeper::app
