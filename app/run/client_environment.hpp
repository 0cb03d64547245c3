// What clients of each ecosystem read, so that they come to gemkeeper: names and values, nothing
// done yet. docs/clients.md says which client reads what.
#pragma once

#include <gemkeeper/app/command_line.hpp>
#include <gemkeeper/app/config.hpp>
#include <gemkeeper/app/environment.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gemkeeper::app {

// The files that make clients trust the local CA. By base URL they may be missing: then none is
// set.
struct trust_files {
  std::string bundle;   // for clients that then trust nothing else: the system's CAs and ours
  std::string node_ca;  // for Node.js, which adds it to its own
};

struct client_target {
  client_mode mode = client_mode::base_url;
  openai_clients openai = openai_clients::left_alone;
  std::string url;  // of the proxy: "http://127.0.0.1:8001"
  trust_files trust;
};

// By name: what to set; nullopt: what must not be set.
using environment_changes = std::map<std::string, std::optional<std::string>, std::less<>>;

// `present` is the user's environment: a NO_PROXY in it is kept and extended, and only what is in
// it is unset.
environment_changes client_environment(const client_target& target, const environment& present);

// The user's list with localhost, 127.0.0.1 and ::1 added where they are missing.
std::string extended_no_proxy(std::string_view user);
// True when that list keeps `host` away from the proxy.
bool is_exempt(std::string_view no_proxy, std::string_view host);

// The environment of a program that gemkeeper starts: no key of `what`, whatever variable holds it,
// and no other secret that configures gemkeeper.
environment child_environment(environment present, const environment_changes& changes,
                              const config& what);

}  // namespace gemkeeper::app
