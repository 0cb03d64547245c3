// The local CA, as the commands and the configuration see it: what clients have to trust.
//
// A root and an intermediate (EC P-256) with critical name constraints (RFC 5280, section 4.2.1.10)
// that admit the intercepted hosts and the proxy's own names and addresses, and nothing else: who
// steals the CA can forge nothing that gemkeeper does not intercept anyway. The root's key is never
// written down: it signs the intermediate and is forgotten. Kept in `intercept.ca_directory`
// (0700):
//   ca.pem                  the roots that clients trust, all of them
//   signer-YYYY…Z.pem       0600: an intermediate, its key and its root; signs from that time on
// Two processes may use it at once; every file is replaced whole.
#pragma once

#include <gemkeeper/proxy/settings.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace gemkeeper::proxy {

using system_time = std::chrono::system_clock::time_point;

// What is wrong with a CA or a certificate, where, and the remedy. Never holds a key.
class ca_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// What a CA may vouch for. A DNS name in a name constraint admits all names below it as well.
struct certificate_scope {
  std::vector<std::string> names;      // canonical; no wildcards
  std::vector<std::string> addresses;  // numeric; 127.0.0.0/8 and ::1 are always admitted
};
certificate_scope scope_of(const proxy_settings& settings);

struct root_certificate {
  enum class role : std::uint8_t {
    current,   // of the CA that signs
    next,      // of the one that will
    previous,  // of one that has: trusted until it is dropped by a later rotation
  } as = role::current;
  std::string name;         // its common name, with the machine and the time it was made
  std::string fingerprint;  // SHA-256 of it, 64 digits in lower case
  std::string pem;
  system_time not_after;
  std::optional<system_time> signs_from;  // of one that will
};

struct trusted_roots {
  std::filesystem::path bundle;         // PEM of all of them
  std::vector<root_certificate> roots;  // the current one first
  // Configured names that the current CA does not admit: TLS for them cannot end here.
  std::vector<std::string> not_admitted;
  std::string remedy;  // for these
};

// Makes the CA where there is none. Throws ca_error: no directory, damage, no permission, and what
// `check_certificate_files` finds.
trusted_roots open_trusted_roots(const proxy_settings& settings, system_time now);

// The roots in a file of PEM certificates, or the topmost one where none is self-signed. Throws.
std::vector<root_certificate> read_roots(const std::filesystem::path& file);

enum class rotation : std::uint8_t {
  prepare,  // the next CA signs after a while, so that clients can be given its root before
  at_once,  // it signs from now on; one that was prepared is taken
};
struct rotated {
  bool made = true;  // false: the next one had been prepared before
  root_certificate next;
  trusted_roots all;
};
// Puts the next CA beside the current one. Its root and the present one's are both in the bundle
// from now on; roots of earlier rotations leave it. Throws ca_error, also for a CA given by file.
rotated rotate_authority(const proxy_settings& settings, system_time now, rotation how,
                         std::chrono::seconds after);

// What is wrong with the files that intercept.ca_cert, intercept.ca_key and proxy.tls name.
struct file_problem {
  std::string_view setting;
  std::string what;
};
std::vector<file_problem> check_certificate_files(const proxy_settings& settings, system_time now);

}  // namespace gemkeeper::proxy
