#include "target.hpp"

#include "find_proxy.hpp"
#include "trust_bundle.hpp"
#include <gemkeeper/app/state_directory.hpp>
#include <gemkeeper/proxy/certificate_authority.hpp>

#include <fmt/format.h>

#include <chrono>
#include <stdexcept>

namespace gemkeeper::app {
namespace {

constexpr std::string_view bundle_name = "trusted-cas.pem";

}  // namespace

trust_files open_trust(const config& what, const environment& present) {
  const state_directory state = open_state_directory(present, what.storage_path);
  if (!state.warning.empty()) throw std::runtime_error("forward mode: " + state.warning);
  if (state.path.empty()) {
    throw std::runtime_error(
        "storage.path: forward mode keeps the CAs that clients trust in the state directory, which "
        "\":memory:\" leaves out (remove that setting, or use --mode base-url)");
  }
  proxy::proxy_settings settings = what.proxy;
  settings.intercept.ca_directory = state.ca_directory();
  const auto roots = proxy::open_trusted_roots(settings, std::chrono::system_clock::now());
  bundle_sources from;
  from.local_ca = roots.bundle;
  from.into = state.path / bundle_name;
  return write_trust_bundle(from, present);
}

void require_same_ca(const proxy::listen_address& where, const trust_files& trust) {
  if (is_trusted(where, trust.node_ca)) return;
  throw std::runtime_error(fmt::format(
      "forward mode: the gemkeeper at {} has another CA than the one in \"{}\" (run this as its "
      "user, or with STATE_DIRECTORY set to its state directory)",
      client_url(where), trust.node_ca));
}

std::string warnings_about(const environment_changes& changes, client_mode mode) {
  const auto no_proxy = changes.find("NO_PROXY");
  if (mode != client_mode::forward || no_proxy == changes.end() ||
      !is_exempt(*no_proxy->second, google_host)) {
    return {};
  }
  return fmt::format("gemkeeper: NO_PROXY exempts {}: clients go past the proxy (take it out)\n",
                     google_host);
}

std::string stranger_at(const proxy::listen_address& where) {
  return fmt::format(
      "gemkeeper: proxy.listen: what listens on {} is not gemkeeper, or does not answer (stop it, "
      "or choose another address: --set 'proxy.listen=[\"127.0.0.1:PORT\"]')\n",
      client_url(where));
}

}  // namespace gemkeeper::app
