// Which hosts and ports a CONNECT may name: [connect].
#pragma once

#include "tunnel/address_block.hpp"
#include "tunnel/authority.hpp"
#include <gemkeeper/gemini/error.hpp>
#include <gemkeeper/proxy/settings.hpp>
#include <gemkeeper/proxy/tunnel_hosts.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gemkeeper::proxy {

// One of the lists, as it is compared.
class host_list {
 public:
  // Returns what is wrong with the entry, as the end of a sentence; empty: it is in the list now.
  std::string add(std::string_view entry);

  [[nodiscard]] bool has_name(std::string_view name) const;
  [[nodiscard]] bool has_address(const boost::asio::ip::address& address) const;
  [[nodiscard]] bool has_blocks() const { return !blocks_.empty(); }
  // Of the last entry that was added.
  [[nodiscard]] bool last_is_never_public() const;

 private:
  bool all_ = false;
  bool last_is_block_ = false;
  std::vector<std::string> names_;
  std::vector<std::string> suffixes_;  // ".example.com"
  std::vector<address_block> blocks_;
};

// Immutable, and so thread-safe.
class tunnel_rules {
 public:
  // Throws std::runtime_error that names the setting and the entry.
  explicit tunnel_rules(const connect_settings& settings);

  // What the text of the target alone says, before anything is looked up; nullopt: go on.
  [[nodiscard]] std::optional<gemini::own_error> refuse(const authority& target) const;
  // Whether a name that passed `refuse` may be connected to at that address of its.
  [[nodiscard]] bool admits(std::string_view name, const boost::asio::ip::address& address) const;

 private:
  host_list allow_;
  host_list deny_;
  std::vector<std::uint16_t> ports_;
};

// 403 for a target that leads to no public address.
gemini::own_error not_public(std::string_view host);
// 403 for a target that the lists refuse.
gemini::own_error not_allowed(std::string_view host);

}  // namespace gemkeeper::proxy
