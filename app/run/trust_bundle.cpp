#include "trust_bundle.hpp"

#include "../keys/secret.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string_view>
#include <system_error>

namespace gemkeeper::app {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest_bundle = std::size_t{16} << 20;
constexpr std::string_view pem_mark = "-----BEGIN CERTIFICATE-----";
constexpr mode_t readable = S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH;

constexpr std::array<std::string_view, 4> system_bundles{
    "etc/ssl/certs/ca-certificates.crt",  // Debian, Ubuntu, Alpine, Arch
    "etc/pki/tls/certs/ca-bundle.crt",    // Fedora, RHEL
    "etc/ssl/ca-bundle.pem",              // openSUSE
    "etc/ssl/cert.pem",
};

std::string read_bundle(const fs::path& file, std::string_view named_by) {
  std::string text;
  std::string wrong = read_file(file, largest_bundle, text);
  if (wrong.empty() && text.find(pem_mark) == text.npos) {
    wrong = fmt::format("\"{}\" holds no PEM certificate", file.native());
  }
  if (!wrong.empty()) {
    throw std::runtime_error(
        named_by.empty() ? wrong
                         : fmt::format("{}: {} (correct it, or unset it)", named_by, wrong));
  }
  if (!text.ends_with('\n')) text += '\n';
  return text;
}

// The user's own file, unless it is what an earlier call has written.
const std::string* own_file(const environment& present, std::string_view name, const fs::path& ours,
                            const fs::path& local_ca) {
  const auto found = present.find(name);
  if (found == present.end() || found->second.empty()) return nullptr;
  std::error_code ignored;
  for (const fs::path& file : {ours, local_ca}) {
    if (found->second == file.native() || fs::equivalent(found->second, file, ignored)) {
      return nullptr;
    }
  }
  return &found->second;
}

std::string trusted_so_far(const bundle_sources& from, const environment& present) {
  for (const std::string_view name : {"SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"}) {
    if (const std::string* file = own_file(present, name, from.into, from.local_ca)) {
      return read_bundle(*file, name);
    }
  }
  std::error_code ignored;
  for (const std::string_view name : system_bundles) {
    if (fs::exists(from.root / name, ignored)) return read_bundle(from.root / name, {});
  }
  throw std::runtime_error(
      "this system has no bundle of trusted CAs: install the package ca-certificates, or name a "
      "PEM file in SSL_CERT_FILE");
}

void replace(const fs::path& file, std::string_view text) {
  std::string fresh = file.native() + ".XXXXXX";
  const int out = ::mkostemp(fresh.data(), O_CLOEXEC);
  bool written = out >= 0 && ::fchmod(out, readable) == 0;
  for (std::string_view rest = text; written && !rest.empty();) {
    const ssize_t size = ::write(out, rest.data(), rest.size());
    written = size > 0;
    if (written) rest.remove_prefix(static_cast<std::size_t>(size));
  }
  written = written && ::rename(fresh.c_str(), file.c_str()) == 0;
  const int error = errno;
  if (out >= 0) {
    ::close(out);
    if (!written) ::unlink(fresh.c_str());
  }
  if (!written) {
    throw std::runtime_error(
        fmt::format("cannot write \"{}\": {} (free its disk, or make its directory yours to write)",
                    file.native(), std::strerror(error)));
  }
}

}  // namespace

trust_files write_trust_bundle(const bundle_sources& from, const environment& present) {
  trust_files files{from.into.native(), from.local_ca.native()};
  std::string text = trusted_so_far(from, present);
  if (const auto* extra = own_file(present, "NODE_EXTRA_CA_CERTS", from.into, from.local_ca)) {
    const std::string more = read_bundle(*extra, "NODE_EXTRA_CA_CERTS");
    if (more != text) text += more;  // often the same file
    files.node_ca = files.bundle;    // which has the user's and ours
  }
  text += read_bundle(from.local_ca, {});

  // Compared rather than dated: a package may install files that are older than ours.
  std::string present_text;
  const bool same =
      read_file(from.into, largest_bundle, present_text).empty() && present_text == text;
  if (!same) replace(from.into, text);
  return files;
}

}  // namespace gemkeeper::app
