#include "../alerts/webhook_url.hpp"
#include "../keys/declared_tables.hpp"
#include "../keys/key_sources.hpp"
#include "../keys/secret.hpp"
#include "layers.hpp"
#include "setting.hpp"
#include "suggestion.hpp"
#include <gemkeeper/app/config.hpp>
#include <gemkeeper/app/state_directory.hpp>
#include <gemkeeper/proxy/certificate_authority.hpp>
#include <gemkeeper/proxy/egress.hpp>
#include <gemkeeper/proxy/listener_certificate.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <system_error>
#include <utility>

namespace gemkeeper::app {
namespace {

class loader {
 public:
  explicit loader(const config_inputs& inputs) : inputs_(inputs), layers_(read_layers(inputs)) {
    problems_ = std::move(layers_.problems);
    config_.file = layers_.file;
    if (!config_.file.empty()) watched_.push_back(config_.file);
  }

  load_result load() {
    for (const raw_setting& given : layers_.settings)
      read(given);
    judge_effects();
    judge_sealing_key();
    read_admin_token();
    take_sockets();
    judge_listeners();
    judge_ranges();
    judge_files();
    read_prices();
    judge_certificates();
    judge_admin_certificate();
    judge_alerts();
    find_the_keys();
    find_the_subjects();
    judge_proxies();
    list_effective();

    std::ranges::stable_sort(
        problems_, {}, [](const problem& p) { return std::pair(p.source.kind, p.source.line); });
    load_result result{std::nullopt, std::move(problems_), std::move(watched_), config_.admin};
    if (result.problems.empty()) result.value = std::move(config_);
    return result;
  }

 private:
  void read(const raw_setting& given) {
    if (section_of(given.name) == "keys") {
      key_settings_.push_back(given);
    } else if (section_of(given.name) == "projects") {
      project_settings_.push_back(given);
    } else if (is_client(given)) {
      client_settings_.push_back(given);
    } else if (const setting* known = find_setting(given.name)) {
      if (auto wrong = known->read(given.value, config_); !wrong.empty()) {
        problems_.push_back({given.source, given.name, std::move(wrong)});
      }
      sources_[known->name] = given.source;
    } else if (given.value.kind != raw_value::shape::table || !is_section(given.name)) {
      problems_.push_back({given.source, given.name, unknown(given.name)});
    }
  }

  // [[clients]], or [[clients.list]] beside the settings of [clients].
  static bool is_client(const raw_setting& given) {
    if (given.name == "clients") return given.value.kind == raw_value::shape::list;
    if (section_of(given.name) != "clients") return false;
    const std::string_view rest = std::string_view(given.name).substr(sizeof("clients"));
    return (!rest.empty() && rest.front() >= '0' && rest.front() <= '9') || rest == "list" ||
           rest.starts_with("list.");
  }

  static bool is_section(std::string_view name) {
    return std::ranges::find(all_sections(), name, &section::name) != all_sections().end();
  }

  static std::string unknown(std::string_view name) {
    if (is_section(name)) return fmt::format("is a section, not a setting (write {}.NAME)", name);
    std::vector<std::string_view> names;
    if (name.find('.') == name.npos) {
      for (const section& one : all_sections())
        names.push_back(one.name);
      names.insert(names.end(), {"keys", "projects"});
    }
    for (const setting& one : all_settings())
      names.push_back(one.name);
    return "unknown setting" + did_you_mean(name, names);
  }

  // What is not built must not be thought to work.
  void judge_effects() {
    const config defaults;
    for (const setting& one : all_settings()) {
      if (one.write(config_) == one.write(defaults)) continue;
      if (one.takes_effect == effect::not_yet) {
        config_.warnings.push_back(fmt::format("{} has no effect in this version", one.name));
      } else if (one.takes_effect == effect::refused) {
        complain(one.name,
                 "not built in this version, and to ignore it would be unsafe (remove it)");
      }
    }
  }

  void judge_sealing_key() {
    const sealing_key_settings& given = config_.sealing_key;
    if (int{!given.file.empty()} + int{!given.credential.empty()} + int{!given.env.empty()} > 1) {
      complain(given.env.empty() ? "storage.sealing_key_credential" : "storage.sealing_key_env",
               "the master key can come from one place only: keep one of storage.sealing_key_file, "
               "storage.sealing_key_credential and storage.sealing_key_env");
    }
    if (given.credential.find('/') != std::string::npos) {
      complain("storage.sealing_key_credential", "must be a name, without a slash");
    }
  }

  void read_admin_token() {
    auto& admin = config_.admin;
    if (admin.token_file.empty()) return;
    watch_secret("admin.token_file", admin.token_file);
    secret_file file;
    if (!admin.token.empty()) {
      complain("admin.token_file", "there is admin.token too (keep one of them)");
    } else if (auto wrong = read_secret_file(admin.token_file, file, "token"); !wrong.empty()) {
      complain("admin.token_file", std::move(wrong));
    }
    if (admin.token.empty()) admin.token = std::move(file.secret);
  }

  // Whoever made them is stronger than what is configured, and bound by the same rules.
  void take_sockets() {
    const setting_source handed_over{setting_source::origin::variable, "LISTEN_FDS", 0};
    const auto take = [&](std::string_view name, const std::vector<proxy::listen_address>& sockets,
                          std::vector<proxy::listen_address>& into) {
      if (sockets.empty()) return;
      into = sockets;
      sources_[find_setting(name)->name] = handed_over;
    };
    take("proxy.listen", inputs_.proxy_sockets, config_.proxy.listen);
    take("admin.listen", inputs_.admin_sockets, config_.admin.listen);
  }

  void judge_listeners() {
    if (config_.proxy.listen.empty()) complain("proxy.listen", "must hold at least one address");
    for (const auto& address : config_.proxy.listen) {
      if (is_local(address)) continue;
      if (!config_.proxy.client.token_required) {
        complain("proxy.listen",
                 fmt::format("\"{}\" can be reached from other machines, which needs "
                             "clients.required = true (or listen on 127.0.0.1, [::1] or unix:PATH)",
                             format_listen_address(address)));
      } else if (config_.proxy.tls == "off") {
        config_.warnings.push_back(
            fmt::format("proxy.listen: client tokens travel unencrypted to \"{}\" (set proxy.tls)",
                        format_listen_address(address)));
      }
    }
    const auto& admin = config_.admin;
    // The local CA vouches for this machine's own names only.
    const bool has_tls = admin.tls != "off" && admin.tls != "auto";
    if (!admin.token.empty() && (has_tls || admin.insecure_plaintext)) return;
    for (const auto& address : admin.listen) {
      if (!is_local(address)) {
        complain("admin.listen",
                 fmt::format("\"{}\" can be reached from other machines, which needs admin.token "
                             "and a PEM file in admin.tls, or admin.insecure_plaintext = true (or "
                             "listen on 127.0.0.1, [::1] or unix:PATH)",
                             format_listen_address(address)));
      }
    }
  }

  void judge_ranges() {
    const auto& pool = config_.pool;
    if (pool.unknown_cool_down_max < pool.unknown_cool_down_min) {
      complain("pool.unknown_cool_down_max", "must not be shorter than pool.unknown_cool_down_min");
    }
    if (pool.probe_interval_max < pool.probe_interval_min) {
      complain("pool.probe_interval_max", "must not be shorter than pool.probe_interval_min");
    }
    warn_of_plain_http("upstream.base_url", config_.proxy.upstream);
    warn_of_plain_http("upstream.vertex_base_url", config_.proxy.upstream.vertex);
  }

  void warn_of_plain_http(std::string_view setting, const proxy::origin& to) {
    const bool here =
        to.host == "localhost" || is_local({proxy::listen_address::family::tcp, to.host, 0, {}});
    if (to.tls || here) return;
    config_.warnings.push_back(
        fmt::format("{}: keys travel unencrypted to {} (use https://)", setting, to.host));
  }

  void judge_files() {
    judge_ca_file("upstream.ca_file", config_.proxy.upstream.ca_file);
    judge_ca_file("upstream.proxy_ca_file", config_.proxy.upstream.proxy_ca_file);
    if (const auto& log_file = config_.log.file; !log_file.empty()) {
      std::error_code ignored;
      const auto directory = std::filesystem::absolute(log_file, ignored).parent_path();
      if (!std::filesystem::is_directory(directory, ignored)) {
        complain("log.file", fmt::format("the directory \"{}\" does not exist (create it)",
                                         directory.native()));
      }
    }
  }

  void read_prices() {
    constexpr std::size_t largest_file = std::size_t{4} << 20U;
    price_settings& prices = config_.prices;
    if (prices.file.empty()) return;
    watched_.push_back(prices.file);
    std::string content;
    if (auto wrong = read_file(prices.file, largest_file, content); !wrong.empty()) {
      complain("prices.file", std::move(wrong));
      return;
    }
    try {
      prices.overrides = std::make_shared<const pool::price_table>(
          pool::price_table::parse(content, prices.file.native()));
    } catch (const pool::price_error& e) {
      complain("prices.file", e.what());
    }
  }

  void judge_ca_file(std::string_view setting, const std::string& file) {
    constexpr std::size_t largest_bundle = 16 * 1024 * 1024;
    if (file.empty()) return;
    watched_.emplace_back(file);
    std::string content;
    if (auto wrong = read_file(file, largest_bundle, content); !wrong.empty()) {
      complain(setting, std::move(wrong));
    } else if (content.find("-----BEGIN ") == content.npos) {
      complain(setting, fmt::format("\"{}\" holds no certificate in PEM form", file));
    }
  }

  void judge_proxies() {
    // A request that comes back to this proxy would go round for ever.
    constexpr std::string_view loop =
        "is an address of proxy.listen: requests would come back to gemkeeper itself";
    constexpr std::string_view all = "upstream.proxy";
    const proxy::egress common = parsed(config_.proxy.upstream.proxy);
    if (config_.proxy.connect.through_proxy && config_.proxy.upstream.proxy.empty()) {
      complain("connect.through_proxy", "there is no proxy to go through (set upstream.proxy too)");
    }
    if (leads_here(common)) complain(all, std::string(loop));
    using origin = setting_source::origin;
    const origin given_by = source_of(all).kind;
    bool in_file = given_by == origin::file && !common.user.empty();
    if (given_by == origin::command_line && !common.user.empty()) {
      config_.warnings.push_back(fmt::format(
          "{}: every user of this machine can see the credentials on the command line (put them "
          "into the file, or into GEMKEEPER_UPSTREAM__PROXY)",
          all));
    }
    for (const pool::key_spec& key : config_.keys) {
      const proxy::egress own = parsed(key.proxy);
      in_file = in_file || !own.user.empty();
      if (!leads_here(own)) continue;
      problems_.push_back(
          {{}, fmt::format("proxy of the key \"{}\"", key.name), std::string(loop)});
    }
    using std::filesystem::perms;
    std::error_code unknown;
    const perms allowed = std::filesystem::status(config_.file, unknown).permissions();
    if (in_file && !unknown && (allowed & perms::others_read) != perms::none) {
      config_.warnings.push_back(
          fmt::format("every user of this machine can read the credentials of a proxy in \"{}\" "
                      "(chmod 600)",
                      config_.file.native()));
    }
  }

  static proxy::egress parsed(const std::string& url) {
    proxy::egress via;
    if (!url.empty()) proxy::parse_egress(url, via);
    return via;
  }

  [[nodiscard]] bool leads_here(const proxy::egress& via) const {
    if (via.kind == proxy::egress::protocol::direct) return false;
    const std::string host = via.host == "localhost" ? "127.0.0.1" : via.host;
    return std::ranges::any_of(config_.proxy.listen, [&](const proxy::listen_address& listen) {
      return listen.kind == proxy::listen_address::family::tcp && listen.port == via.port &&
             listen.host == host;
    });
  }

  void judge_certificates() {
    const auto& proxy = config_.proxy;
    const auto& intercept = proxy.intercept;
    if (intercept.ca_cert.empty() != intercept.ca_key.empty()) {
      const bool no_key = intercept.ca_key.empty();
      complain(no_key ? "intercept.ca_cert" : "intercept.ca_key",
               fmt::format("needs {} beside it (set both, or neither for a CA of gemkeeper's own)",
                           no_key ? "intercept.ca_key" : "intercept.ca_cert"));
      return;
    }
    const bool own_file = proxy.tls != "auto" && proxy.tls != "off";
    if (!intercept.ca_cert.empty()) watched_.emplace_back(intercept.ca_cert);
    watch_secret("intercept.ca_key", intercept.ca_key);
    watch_secret("proxy.tls", own_file ? proxy.tls : std::string());
    const auto now = std::chrono::system_clock::now();
    for (proxy::file_problem& found : proxy::check_certificate_files(proxy, now)) {
      complain(found.setting, std::move(found.what));
    }
  }

  void judge_admin_certificate() {
    auto& admin = config_.admin;
    judge_ca_file("admin.ca_file", admin.ca_file);
    if (admin.tls == "off") return;
    if (admin.tls != "auto") {
      watch_secret("admin.tls", admin.tls);
      auto wrong =
          proxy::check_listener_file("admin.tls", admin.tls, std::chrono::system_clock::now());
      if (!wrong.empty()) complain("admin.tls", std::move(wrong));
      return;
    }
    const auto state = state_path(inputs_.variables);
    if (!config_.proxy.intercept.ca_cert.empty()) {
      admin.local_ca = config_.proxy.intercept.ca_cert;
    } else if (!state.empty() && config_.storage_path != in_memory) {
      admin.local_ca = (state / "ca" / "ca.pem").native();
    }
  }

  void judge_alerts() {
    const auto& alerts = config_.alerts;
    judge_ca_file("alerts.webhook_ca_file", alerts.webhook_ca_file.native());
    if (alerts.webhook_url.empty()) return;
    const bool refused =
        std::ranges::find(problems_, "alerts.webhook_secret", &problem::setting) != problems_.end();
    if (alerts.webhook_secret.empty() && !refused) {
      complain("alerts.webhook_secret",
               "is needed beside alerts.webhook_url: what is sent is signed (make one: echo "
               "\"whsec_$(openssl rand -base64 32)\")");
    }
    proxy::post_destination to;
    parse_webhook_url(alerts.webhook_url, to);
    const bool here =
        to.host == "localhost" || is_local({proxy::listen_address::family::tcp, to.host, 0, {}});
    if (!to.tls && !here) {
      config_.warnings.push_back(fmt::format(
          "alerts.webhook_url: alerts travel unencrypted to {} (use https://)", to.host));
    }
  }

  void watch_secret(std::string_view setting, const std::filesystem::path& file) {
    if (file.empty()) return;
    watched_.push_back(file);
    std::error_code ignored;
    const auto access = std::filesystem::status(file, ignored).permissions();
    if (!ignored &&
        (access & std::filesystem::perms::others_read) != std::filesystem::perms::none) {
      config_.warnings.push_back(fmt::format(
          "{}: every user of this machine can read \"{}\" (chmod 600)", setting, file.native()));
    }
  }

  void find_the_keys() {
    found_keys found =
        find_keys({key_settings_, config_.keys_dir, source_of("pool.keys_dir"), inputs_.variables,
                   config_.keys_credential, source_of("pool.keys_credential")});
    config_.keys = std::move(found.keys);
    config_.key_origins = std::move(found.origins);
    std::ranges::move(found.problems, std::back_inserter(problems_));
    std::ranges::move(found.warnings, std::back_inserter(config_.warnings));
    std::ranges::move(found.watched, std::back_inserter(watched_));
    if (config_.keys.empty()) {
      config_.warnings.emplace_back(
          "no key is configured: without one that was added by the admin API, requests are "
          "answered "
          "with 503 (set GEMINI_API_KEY, or declare [[keys]] or pool.keys_dir)");
    }
  }

  void find_the_subjects() {
    found_subjects found = find_subjects(client_settings_, project_settings_, inputs_.variables);
    config_.clients = std::move(found.clients);
    config_.client_origins = std::move(found.client_origins);
    config_.projects = std::move(found.projects);
    std::ranges::move(found.problems, std::back_inserter(problems_));
    std::ranges::move(found.warnings, std::back_inserter(config_.warnings));
    std::ranges::move(found.watched, std::back_inserter(watched_));
  }

  void list_effective() {
    for (const setting& one : all_settings()) {
      config_.effective.push_back({one.name, one.write(config_), source_of(one.name)});
    }
  }

  setting_source source_of(std::string_view name) const {
    const auto found = sources_.find(name);
    return found == sources_.end() ? setting_source{} : found->second;
  }

  void complain(std::string_view name, std::string what) {
    problems_.push_back({source_of(name), std::string(name), std::move(what)});
  }

  const config_inputs& inputs_;
  layers layers_;
  config config_;
  std::vector<raw_setting> key_settings_, client_settings_, project_settings_;
  std::map<std::string_view, setting_source> sources_;  // of settings that are not at default
  std::vector<problem> problems_;
  std::vector<std::filesystem::path> watched_;
};

}  // namespace

std::string setting_source::text() const {
  if (kind == origin::built_in) return "default";
  return kind == origin::file ? fmt::format("{}:{}", name, line) : name;
}

std::string problem::text() const {
  using origin = setting_source::origin;
  if (source.kind == origin::built_in) {
    return setting.empty() ? what : fmt::format("{}: {}", setting, what);
  }
  if (setting.empty()) return fmt::format("{}: {}", source.text(), what);
  const bool is_argument = source.kind == origin::command_line;
  return fmt::format("{}{} {}: {}", source.text(), is_argument ? "" : ":", setting, what);
}

load_result load_config(const config_inputs& inputs) {
  return loader(inputs).load();
}

std::vector<std::string_view> restart_only_changes(const config& before, const config& after) {
  std::vector<std::string_view> changed;
  for (const setting& one : all_settings()) {
    // What is hidden looks the same before and after.
    const bool other_secret =
        (one.name == "upstream.proxy" &&
         before.proxy.upstream.proxy != after.proxy.upstream.proxy) ||
        (one.name == "admin.token" && before.admin.token != after.admin.token);
    const bool differs = other_secret || one.write(before) != one.write(after);
    if (one.takes_effect == effect::at_start && differs) changed.push_back(one.name);
  }
  return changed;
}

}  // namespace gemkeeper::app
