#include "client_environment.hpp"

#include <gemkeeper/app/placeholder_key.hpp>

#include <algorithm>
#include <array>
#include <cctype>

namespace gemkeeper::app {
namespace {

constexpr std::array<std::string_view, 3> own_addresses{"localhost", "127.0.0.1", "::1"};

std::string_view trim(std::string_view text) {
  constexpr std::string_view space = " \t";
  const std::size_t first = text.find_first_not_of(space);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(space) - first + 1);
}

std::vector<std::string_view> entries_of(std::string_view list) {
  std::vector<std::string_view> all;
  while (!list.empty()) {
    const std::size_t size = std::min(list.find(','), list.size());
    if (const auto entry = trim(list.substr(0, size)); !entry.empty()) all.push_back(entry);
    list.remove_prefix(std::min(size + 1, list.size()));
  }
  return all;
}

bool equal_names(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

void point_base_urls(const client_target& target, environment_changes& changes) {
  changes["GOOGLE_GEMINI_BASE_URL"] = target.url;
  // Live: Python's and Go's SDKs open wss:// also where the base URL is http://.
  if (!target.trust.bundle.empty()) changes["SSL_CERT_FILE"] = target.trust.bundle;
}

void point_proxies(const client_target& target, environment_changes& changes) {
  // Not HTTP_PROXY: plain HTTP is nothing that gemkeeper passes on, and a server that runs CGI
  // programs takes a client's `Proxy` field for it.
  for (const char* name : {"HTTPS_PROXY", "https_proxy"})
    changes[name] = target.url;
  for (const char* name : {"SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
                           "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"})
    changes[name] = target.trust.bundle;
  changes["NODE_EXTRA_CA_CERTS"] = target.trust.node_ca;
  changes["NODE_USE_ENV_PROXY"] = "1";
}

bool holds_a_key(std::string_view value, const config& what) {
  return std::ranges::any_of(
      what.keys, [&](const pool::key_spec& key) { return value.find(key.secret) != value.npos; });
}

bool is_a_key(std::string_view value, const config& what) {
  return std::ranges::any_of(what.keys,
                             [&](const pool::key_spec& key) { return trim(value) == key.secret; });
}

}  // namespace

std::string extended_no_proxy(std::string_view user) {
  std::string list(user);
  const auto present = entries_of(user);
  for (const std::string_view address : own_addresses) {
    if (std::ranges::find(present, address) != present.end()) continue;
    if (!list.empty()) list += ',';
    list += address;
  }
  return list;
}

bool is_exempt(std::string_view no_proxy, std::string_view host) {
  return std::ranges::any_of(entries_of(no_proxy), [&](std::string_view entry) {
    if (entry == "*") return true;
    if (entry.starts_with("*.")) entry.remove_prefix(1);
    if (entry.starts_with('.')) entry.remove_prefix(1);
    if (entry.empty() || entry.size() > host.size()) return false;
    const std::size_t at = host.size() - entry.size();
    return equal_names(host.substr(at), entry) && (at == 0 || host[at - 1] == '.');
  });
}

environment_changes client_environment(const client_target& target, const environment& present) {
  environment_changes changes;
  changes["GEMINI_API_KEY"] = placeholder_key;
  // @ai-sdk/google. It reads no base URL, so in that mode a program that gives none in its code
  // fails with this one, rather than go past the proxy with another.
  changes["GOOGLE_GENERATIVE_AI_API_KEY"] = placeholder_key;
  // SDKs take it before GEMINI_API_KEY, and warn when both are set.
  changes["GOOGLE_API_KEY"] = std::nullopt;

  const bool forward = target.mode == client_mode::forward;
  // Left by the other mode, it would go past the intercepting one.
  if (forward) changes["GOOGLE_GEMINI_BASE_URL"] = std::nullopt;
  forward ? point_proxies(target, changes) : point_base_urls(target, changes);
  if (target.openai == openai_clients::pointed_here) {
    const std::string origin =
        forward ? std::string("https://generativelanguage.googleapis.com") : target.url;
    changes["OPENAI_BASE_URL"] = origin + "/v1beta/openai/";
    changes["OPENAI_API_KEY"] = placeholder_key;
  }

  // In either mode: a proxy that the user has set already must not get what is for this machine.
  // Clients differ in which of the two they prefer.
  const std::string_view upper = value_of(present, "NO_PROXY");
  const std::string no_proxy =
      extended_no_proxy(upper.empty() ? value_of(present, "no_proxy") : upper);
  for (const char* name : {"NO_PROXY", "no_proxy"})
    changes[name] = no_proxy;

  std::erase_if(changes, [&](const auto& change) {
    return !change.second && !present.contains(change.first);
  });
  return changes;
}

environment child_environment(environment present, const environment_changes& changes,
                              const config& what) {
  for (const std::string_view name :
       {"GEMINI_API_KEYS", "GEMINI_API_KEY", "GOOGLE_API_KEY", "VERTEX_API_KEYS"}) {
    if (const auto found = present.find(name); found != present.end()) present.erase(found);
  }
  for (const key_origin& origin : what.key_origins) {
    if (origin.from == key_origin::kind::env) present.erase(origin.name);
  }
  for (const effective_setting& setting : what.effective) {
    const bool secret = setting.value == hidden_value;
    if (secret && setting.source.kind == setting_source::origin::variable) {
      present.erase(setting.source.name);
    }
  }
  // Under other names: the program's own variable for it is likely to be needed.
  for (auto& [name, value] : present) {
    if (is_a_key(value, what)) value = placeholder_key;
  }
  std::erase_if(present, [&](const auto& one) { return holds_a_key(one.second, what); });

  for (const auto& [name, value] : changes) {
    if (value) {
      present.insert_or_assign(name, *value);
    } else {
      present.erase(name);
    }
  }
  return present;
}

}  // namespace gemkeeper::app
