#include "intercept/authority_directory.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <ctime>
#include <optional>
#include <system_error>

namespace gemkeeper::proxy {

namespace fs = std::filesystem;
using std::chrono::seconds;
using std::chrono::system_clock;

namespace {

constexpr std::string_view prefix = "signer-";
constexpr std::string_view suffix = ".pem";
constexpr const char* time_format = "%Y%m%dT%H%M%SZ";
constexpr mode_t secret_mode = S_IRUSR | S_IWUSR;
constexpr mode_t public_mode = S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH;

std::string file_name_for(system_time from) {
  return fmt::format("{}{:%Y%m%dT%H%M%SZ}{}", prefix, fmt::gmtime(system_clock::to_time_t(from)),
                     suffix);
}

std::optional<system_time> time_in(const std::string& file_name) {
  if (!file_name.starts_with(prefix) || !file_name.ends_with(suffix)) return std::nullopt;
  std::tm calendar{};
  const char* end = ::strptime(file_name.c_str() + prefix.size(), time_format, &calendar);
  if (end == nullptr || suffix != end) return std::nullopt;
  return system_clock::from_time_t(::timegm(&calendar));
}

[[noreturn]] void damaged(const fs::path& directory, const fs::path& file, std::string_view what) {
  throw ca_error(fmt::format(
      "the local CA is damaged: \"{}\" {} (put it back from a backup, or remove the directory "
      "\"{}\" to get a new CA, which clients must then trust)",
      file.native(), what, directory.native()));
}

bool holds(const std::vector<x509_ptr>& bundle, const X509& root) {
  return std::ranges::any_of(bundle, [&](const x509_ptr& one) { return same(*one, root); });
}

std::vector<X509*> roots_of(const authority_directory::content& what) {
  std::vector<X509*> roots;
  for (const auto& one : what.signers)
    roots.push_back(one.who->root.get());
  return roots;
}

}  // namespace

const authority_directory::signer& authority_directory::content::current(system_time now) const {
  const auto after = std::ranges::upper_bound(signers, now, {}, &signer::from);
  // Before the first one's time the clock is late.
  return after == signers.begin() ? signers.front() : *std::prev(after);
}

const authority_directory::signer* authority_directory::content::next(system_time now) const {
  const auto* following = &current(now) + 1;
  return following == signers.data() + signers.size() ? nullptr : following;
}

authority_directory::authority_directory(fs::path directory) : directory_(std::move(directory)) {}

authority_directory::content authority_directory::read() const {
  content found;
  std::error_code error;
  std::vector<std::pair<system_time, std::string>> files;
  for (fs::directory_iterator entry(directory_, error), end; !error && entry != end;
       entry.increment(error)) {
    std::string name = entry->path().filename().native();
    if (const auto from = time_in(name)) files.emplace_back(*from, std::move(name));
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    throw ca_error(fmt::format("cannot read \"{}\": {}", directory_.native(), error.message()));
  }
  std::ranges::sort(files);
  for (auto& [from, name] : files) {
    const fs::path path = directory_ / name;
    const secret_text text = read_secret(path);
    try {
      found.signers.push_back({from, name, parse_issuer(text.view())});
    } catch (const ca_error& what) {
      damaged(directory_, path, what.what());
    }
  }
  if (!fs::exists(bundle_path(), error)) return found;
  if (found.signers.empty()) {
    damaged(directory_, directory_ / "signer-*.pem", "is missing, while ca.pem is there");
  }
  const secret_text text = read_secret(bundle_path());
  try {
    found.bundle = parse_pem(text.view()).certificates;
  } catch (const ca_error& what) {
    damaged(directory_, bundle_path(), what.what());
  }
  return found;
}

void authority_directory::write_signer(const issuer& who, system_time from) const {
  const bio_ptr key = key_to_pem(*who.key);
  char* data = nullptr;
  const long size = BIO_get_mem_data(key.get(), &data);
  replace_file(directory_, file_name_for(from), secret_mode,
               {{data, static_cast<std::size_t>(size)}, public_part(who)});
}

void authority_directory::write_bundle(const std::vector<X509*>& roots) const {
  std::string text;
  for (X509* root : roots)
    text += to_pem(*root);
  replace_file(directory_, bundle_path().filename().native(), public_mode, {text});
}

// Under the lock.
void authority_directory::put_right(const content& found, system_time now) const {
  std::vector<X509*> roots;
  for (const x509_ptr& one : found.bundle)
    roots.push_back(one.get());
  for (X509* root : roots_of(found)) {
    if (!holds(found.bundle, *root)) roots.push_back(root);
  }
  if (roots.size() != found.bundle.size()) write_bundle(roots);
  for (const signer& one : found.signers) {
    if (&one == &found.current(now)) break;
    remove_file(directory_ / one.file_name);  // the root stays trusted, the key is of no more use
  }
}

authority_directory::content authority_directory::open(const certificate_scope& scope,
                                                       system_time now) {
  content found;
  try {
    found = read();
  } catch (const ca_error&) {
    // Damaged, or another process removes a file at this moment: under the lock it shows which.
  }
  const bool complete = !found.signers.empty() && &found.current(now) == found.signers.data() &&
                        std::ranges::all_of(roots_of(found), [&](const X509* root) {
                          return holds(found.bundle, *root);
                        });
  if (complete) return found;
  make_private_directory(directory_);
  const directory_lock lock(directory_);
  found = read();  // another process may have come first
  if (found.signers.empty()) {
    write_signer(*make_issuer(scope, now), now);
    found = read();
  }
  put_right(found, now);
  return read();
}

authority_directory::content authority_directory::add(const certificate_scope& scope,
                                                      system_time now, system_time from) {
  open(scope, now);
  const directory_lock lock(directory_);
  const content before = read();
  const issuer_ptr made = make_issuer(scope, now);
  std::vector<X509*> roots{before.current(now).who->root.get(), made->root.get()};
  // The bundle first: nothing may be signed under a root that clients were never given.
  std::vector<X509*> during = roots;
  for (const x509_ptr& one : before.bundle) {
    if (std::ranges::none_of(roots, [&](X509* root) { return same(*root, *one); })) {
      during.push_back(one.get());
    }
  }
  write_bundle(during);
  for (const signer* waiting = before.next(now);
       waiting != nullptr && waiting != before.signers.data() + before.signers.size(); ++waiting) {
    remove_file(directory_ / waiting->file_name);
  }
  write_signer(*made, from);
  write_bundle(roots);
  put_right(read(), now);
  return read();
}

authority_directory::content authority_directory::advance(system_time now) {
  const directory_lock lock(directory_);
  const content before = read();
  if (const signer* waiting = before.next(now)) {
    write_signer(*waiting->who, now);
    remove_file(directory_ / waiting->file_name);
  }
  put_right(read(), now);
  return read();
}

}  // namespace gemkeeper::proxy
