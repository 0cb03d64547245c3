// What `run` and `env` have in common.
#pragma once

#include "client_environment.hpp"
#include <gemkeeper/app/config.hpp>
#include <gemkeeper/proxy/settings.hpp>

#include <optional>
#include <string>

namespace gemkeeper::app {

// The files that forward mode needs, made or brought up to date. Throws std::runtime_error.
trust_files open_trust(const config& what, const environment& present);

// By base URL: for clients that open a Live session by TLS in spite of it. Empty where the proxy
// ends no TLS by the local CA, or there is nowhere to keep the files, or the gemkeeper that runs at
// `running` has another CA. Never throws for want of them.
trust_files trust_for_live(const config& what, const environment& present,
                           const std::optional<proxy::listen_address>& running);

// Throws std::runtime_error when the gemkeeper that runs there has another CA than `trust`.
void require_same_ca(const proxy::listen_address& where, const trust_files& trust);

// Empty, or what keeps clients from coming to the proxy in spite of `changes`; a line each.
std::string warnings_about(const environment_changes& changes, client_mode mode);

// What to tell when somebody else has the port.
std::string stranger_at(const proxy::listen_address& where);

}  // namespace gemkeeper::app
