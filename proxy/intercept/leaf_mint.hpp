// Makes the certificates that clients see, each in a context ready for their connections.
#pragma once

#include "intercept/authority_directory.hpp"
#include "intercept/server_context.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gemkeeper::proxy {

// What is signed is valid for 30 days, and for 2 before, should a client's clock be late; anew when
// a third of the 30 is left.
inline constexpr std::chrono::hours leaf_lifetime{30 * 24};
inline constexpr std::chrono::hours leaf_backdated{2 * 24};

// Immutable, and shared by the store and by those who begin a connection.
struct leaf {
  ssl_ctx_ptr context;
  system_time not_before, not_after;
  system_time renew_at;
};
using leaf_ptr = std::shared_ptr<const leaf>;

enum class own_names_kind : std::uint8_t {
  all,              // the hosts that it intercepts included
  of_this_machine,  // "localhost" and the loopback addresses
};
// Whose certificate `mint_own` makes: that of a listener.
struct own_identity {
  std::string tls;                     // as of proxy_settings::tls
  std::vector<listen_address> listen;  // whose loopback addresses it is for
  std::string_view setting;            // where `tls` is set
  own_names_kind names = own_names_kind::all;
};

// Not thread-safe: used by one thread, off the data path. Nothing is read or made before its first
// use, but for the files that the settings name.
class leaf_mint {
 public:
  // Throws ca_error that names the setting: intercept.ca_cert, intercept.ca_key, proxy.tls.
  leaf_mint(const proxy_settings& settings, system_time now);  // for the proxy's own
  leaf_mint(const proxy_settings& settings, system_time now, const own_identity& own);

  // Looks whether another CA signs now, or files have changed. True: what was minted before should
  // be minted again. Never throws: where the new files are no good, the old ones' content stays.
  bool refresh(system_time now);

  // Throw ca_error with the remedy: a CA that does not admit the name, or is damaged, or has ended.
  leaf_ptr mint(const std::string& host, system_time now);
  // The proxy's own: that of proxy.tls, or one for all the names and addresses that it has, hosts
  // that it intercepts included.
  leaf_ptr mint_own(system_time now);

 private:
  [[nodiscard]] bool given() const { return !settings_.ca_cert.empty(); }
  [[nodiscard]] bool in_memory() const { return settings_.ca_directory.empty(); }
  const issuer& authority(system_time now);
  void load(system_time now);
  leaf_ptr sign(const certificate_scope& subject, system_time now);
  [[nodiscard]] std::vector<file_stamp> stamps() const;

  intercept_settings settings_;
  std::string_view own_setting_;
  std::string own_file_;  // of proxy.tls; empty: the CA signs the proxy's own too
  certificate_scope scope_;
  certificate_scope own_names_;
  issuer_ptr issuer_;
  std::optional<system_time> next_signs_from_;
  std::vector<file_stamp> seen_;
  bool settled_ = true;  // false: files were so new that a change in the same tick would not show
};

}  // namespace gemkeeper::proxy
