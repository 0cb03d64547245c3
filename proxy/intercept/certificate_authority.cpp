#include "intercept/authority_directory.hpp"
#include "intercept/given_files.hpp"
#include <gemkeeper/proxy/certificate_authority.hpp>
#include <gemkeeper/proxy/host_names.hpp>

#include <boost/asio/ip/address.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace gemkeeper::proxy {

namespace fs = std::filesystem;

namespace {

void add_name(std::string_view given, certificate_scope& scope) {
  if (given.starts_with("*.")) given.remove_prefix(2);
  const std::string name = canonical_host_name(given);
  const auto known = [&] { return std::ranges::find(scope.names, name) != scope.names.end(); };
  if (!name.empty() && !known()) scope.names.push_back(name);
}

void add_address(std::string_view given, certificate_scope& scope) {
  if (given.starts_with('[') && given.ends_with(']')) given = given.substr(1, given.size() - 2);
  boost::system::error_code no_address;
  const auto address = boost::asio::ip::make_address(std::string(given), no_address);
  if (no_address || address.is_loopback() || address.is_unspecified()) return;
  const std::string text = address.to_string();
  // A zone (fe80::1%eth0) is no part of a certificate.
  if (text.find('%') != text.npos) return;
  if (std::ranges::find(scope.addresses, text) == scope.addresses.end()) {
    scope.addresses.push_back(text);
  }
}

root_certificate describe(X509& root) {
  root_certificate one;
  one.name = common_name_of(root);
  one.fingerprint = fingerprint_of(root);
  one.pem = to_pem(root);
  one.not_after = validity_of(root).not_after;
  return one;
}

std::vector<root_certificate> describe_all(const authority_directory::content& what,
                                           system_time now) {
  const auto& current = what.current(now);
  const auto* next = what.next(now);
  std::vector<root_certificate> all;
  for (const x509_ptr& root : what.bundle) {
    root_certificate one = describe(*root);
    one.as = root_certificate::role::previous;
    if (same(*root, *current.who->root)) {
      one.as = root_certificate::role::current;
    } else if (next != nullptr && same(*root, *next->who->root)) {
      one.as = root_certificate::role::next;
      one.signs_from = next->from;
    }
    all.push_back(std::move(one));
  }
  std::ranges::stable_sort(all, {}, &root_certificate::as);
  return all;
}

bool is_given(const proxy_settings& settings) {
  return !settings.intercept.ca_cert.empty();
}

authority_directory directory_of(const proxy_settings& settings) {
  if (settings.intercept.ca_directory.empty()) {
    throw ca_error(
        "nothing is written here (storage.path is \":memory:\", or there is no state directory), "
        "so that each start of the proxy makes a CA of its own, in memory only (set storage.path "
        "= \"\", or give a CA with intercept.ca_cert and intercept.ca_key)");
  }
  return authority_directory(settings.intercept.ca_directory);
}

std::vector<std::string> not_admitted_by(const issuer& who, const proxy_settings& settings) {
  std::vector<std::string> missing;
  for (const std::string& name : scope_of(settings).names) {
    if (!who.admits(name)) missing.push_back(name);
  }
  return missing;
}

trusted_roots summary(const authority_directory& directory,
                      const authority_directory::content& content, const proxy_settings& settings,
                      system_time now) {
  const issuer& current = *content.current(now).who;
  return {directory.bundle_path(), describe_all(content, now), not_admitted_by(current, settings),
          current.remedy};
}

}  // namespace

certificate_scope scope_of(const proxy_settings& settings) {
  certificate_scope scope;
  add_name(gemini_host, scope);
  for (const std::string& host : settings.intercept.hosts)
    add_name(host, scope);
  add_name("localhost", scope);
  for (const std::string& host : settings.client.hosts) {
    add_name(host, scope);
    add_address(host, scope);
  }
  for (const listen_address& where : settings.listen) {
    if (where.kind == listen_address::family::tcp) add_address(where.host, scope);
  }
  return scope;
}

trusted_roots open_trusted_roots(const proxy_settings& settings, system_time now) {
  if (is_given(settings)) {
    const issuer_ptr given = read_given_issuer(settings.intercept, now);
    return {settings.intercept.ca_cert, read_roots(settings.intercept.ca_cert),
            not_admitted_by(*given, settings), given->remedy};
  }
  authority_directory directory = directory_of(settings);
  return summary(directory, directory.open(scope_of(settings), now), settings, now);
}

std::vector<root_certificate> read_roots(const fs::path& file) {
  const secret_text text = read_secret(file);
  std::vector<x509_ptr> found;
  try {
    found = parse_pem(text.view()).certificates;
  } catch (const ca_error& damaged) {
    throw ca_error(fmt::format("\"{}\" {}", file.native(), damaged.what()));
  }
  if (found.empty()) {
    throw ca_error(fmt::format("\"{}\" holds no certificate in PEM form", file.native()));
  }
  std::vector<root_certificate> roots;
  for (const x509_ptr& one : found) {
    if (is_self_signed(*one)) roots.push_back(describe(*one));
  }
  if (roots.empty()) roots.push_back(describe(*found.back()));
  return roots;
}

rotated rotate_authority(const proxy_settings& settings, system_time now, rotation how,
                         std::chrono::seconds after) {
  if (is_given(settings)) {
    throw ca_error(
        "the CA is given by file (intercept.ca_cert): it is rotated by who made it. Replace both "
        "files, and the running proxy takes the new ones");
  }
  authority_directory directory = directory_of(settings);
  const certificate_scope scope = scope_of(settings);
  const auto before = directory.open(scope, now);
  const auto* waiting = before.next(now);
  const bool prepared = waiting != nullptr && not_admitted_by(*waiting->who, settings).empty();
  const bool at_once = how == rotation::at_once;
  const auto content = !prepared ? directory.add(scope, now, at_once ? now : now + after)
                       : at_once ? directory.advance(now)
                                 : directory.open(scope, now);
  rotated result;
  result.made = !prepared;
  result.all = summary(directory, content, settings, now);
  const auto wanted = at_once ? root_certificate::role::current : root_certificate::role::next;
  for (const root_certificate& one : result.all.roots) {
    if (one.as == wanted) result.next = one;
  }
  return result;
}

std::vector<file_problem> check_certificate_files(const proxy_settings& settings, system_time now) {
  std::vector<file_problem> problems;
  const auto check = [&](auto read) {
    try {
      read();
    } catch (const ca_error& e) {
      // They begin with the setting's name.
      const std::string_view text = e.what();
      for (const std::string_view setting :
           {"intercept.ca_cert", "intercept.ca_key", "proxy.tls"}) {
        if (!text.starts_with(setting)) continue;
        problems.push_back({setting, std::string(text.substr(setting.size() + 2))});
      }
    }
  };
  if (is_given(settings) && !settings.intercept.ca_key.empty()) {
    check([&] { read_given_issuer(settings.intercept, now); });
  }
  if (settings.tls != "auto" && settings.tls != "off") {
    check([&] { read_given_server(settings.tls, now); });
  }
  return problems;
}

}  // namespace gemkeeper::proxy
