// The places where this machine's programs look for the CAs that they trust.
#pragma once

#include <gemkeeper/app/ca.hpp>
#include <gemkeeper/proxy/certificate_authority.hpp>

#include <string>
#include <vector>

namespace gemkeeper::app {

enum class trust : std::uint8_t { install, remove };

struct trust_change {
  std::vector<std::string> done;      // a line each
  std::vector<std::string> problems;  // with the remedy
  bool found_any = false;             // a trust store of any kind
};

// The system's: Debian, Ubuntu, Alpine (update-ca-certificates), Fedora, RHEL (update-ca-trust).
// `again`: the command line that does the same, for somebody who is root.
trust_change change_system_store(trust how, const std::vector<proxy::root_certificate>& roots,
                                 const trust_machine& machine, const std::string& again);

// NSS databases of Chromium and Firefox in the user's home, by certutil.
trust_change change_nss_stores(trust how, const std::vector<proxy::root_certificate>& roots,
                               const trust_machine& machine);

}  // namespace gemkeeper::app
