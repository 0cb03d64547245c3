// The local CA's directory; certificate_authority.hpp says what lies in it.
//
// There is no step in which the next CA takes over: each signer's file is named for the time from
// which it signs, and of those whose time has come the latest does. What a crash may leave undone
// (a root that is not in the bundle, the key of a CA that signs no more) is put right by the next
// who opens it.
#pragma once

#include "intercept/issuer.hpp"
#include "intercept/private_files.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace gemkeeper::proxy {

class authority_directory {
 public:
  struct signer {
    system_time from;
    std::string file_name;
    issuer_ptr who;
  };
  struct content {
    std::vector<signer> signers;   // by time; empty: there is no CA yet
    std::vector<x509_ptr> bundle;  // all roots that clients trust

    [[nodiscard]] const signer& current(system_time now) const;
    [[nodiscard]] const signer* next(system_time now) const;  // nullptr: none
  };

  explicit authority_directory(std::filesystem::path directory);

  [[nodiscard]] std::filesystem::path bundle_path() const { return directory_ / "ca.pem"; }
  // Changes when anything in it is replaced.
  [[nodiscard]] file_stamp stamp() const { return stamp_of(directory_); }

  // All of these throw ca_error that names the file and the remedy; a damaged CA is never replaced.
  [[nodiscard]] content read() const;
  // Makes the CA where there is none.
  content open(const certificate_scope& scope, system_time now);
  // Puts a signer beside the current one, in place of one whose time has not come. Roots of former
  // ones leave the bundle.
  content add(const certificate_scope& scope, system_time now, system_time from);
  // Lets the next one sign from now on.
  content advance(system_time now);

 private:
  void write_signer(const issuer& who, system_time from) const;
  void write_bundle(const std::vector<X509*>& roots) const;
  void put_right(const content& found, system_time now) const;

  std::filesystem::path directory_;
};

}  // namespace gemkeeper::proxy
