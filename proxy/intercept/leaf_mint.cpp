#include "intercept/leaf_mint.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <iterator>

namespace gemkeeper::proxy {

using std::chrono::system_clock;

namespace {

std::string own_file(const std::string& tls) {
  return tls == "auto" || tls == "off" ? std::string() : tls;
}

certificate_scope own_names(const proxy_settings& settings, const own_identity& own) {
  certificate_scope names;
  if (own.names == own_names_kind::all) {
    names = scope_of(settings);
  } else {
    names.names = {"localhost"};
  }
  // Its common name is the first.
  std::ranges::stable_partition(names.names, [](const auto& name) { return name == "localhost"; });
  names.addresses.insert(names.addresses.begin(), {"127.0.0.1", "::1"});
  for (const listen_address& where : own.listen) {
    if (where.host.starts_with("127.") && where.host != "127.0.0.1") {
      names.addresses.push_back(where.host);
    }
  }
  return names;
}

// A file system's clock ticks a few milliseconds apart, in the worst of them two seconds.
bool may_still_change(const std::vector<file_stamp>& stamps) {
  constexpr std::chrono::seconds tick{2};
  const auto now = system_clock::now().time_since_epoch();
  return std::ranges::any_of(stamps, [&](const file_stamp& one) {
    return now - std::chrono::nanoseconds(one.modified) < tick;
  });
}

}  // namespace

leaf_mint::leaf_mint(const proxy_settings& settings, system_time now)
    : leaf_mint(settings, now, {settings.tls, settings.listen, "proxy.tls", own_names_kind::all}) {}

leaf_mint::leaf_mint(const proxy_settings& settings, system_time now, const own_identity& own)
    : settings_(settings.intercept),
      own_setting_(own.setting),
      own_file_(own_file(own.tls)),
      scope_(scope_of(settings)),
      own_names_(own_names(settings, own)) {
  if (given()) issuer_ = read_given_issuer(settings_, now);
  if (!own_file_.empty()) mint_own(now);
  seen_ = stamps();
  settled_ = !may_still_change(seen_);
}

std::vector<file_stamp> leaf_mint::stamps() const {
  std::vector<file_stamp> all;
  if (given()) {
    all = {stamp_of(settings_.ca_cert), stamp_of(settings_.ca_key)};
  } else if (!in_memory()) {
    all = {stamp_of(settings_.ca_directory)};
  }
  if (!own_file_.empty()) all.push_back(stamp_of(own_file_));
  return all;
}

bool leaf_mint::refresh(system_time now) {
  const std::vector<file_stamp> current = stamps();
  const bool changed = current != seen_;
  const bool switched = next_signs_from_ && now >= *next_signs_from_;
  if (!changed && settled_ && !switched) return false;
  seen_ = current;
  settled_ = !may_still_change(current);
  const bool own_changed = changed && !own_file_.empty();
  if (issuer_ == nullptr || (in_memory() && !given())) return own_changed;
  // A directory that vanished under a running proxy is no wish for another CA.
  if (!given() && current.front() == file_stamp{}) return own_changed;
  const issuer_ptr before = issuer_;
  try {
    load(now);
  } catch (const std::exception&) {
    return own_changed;  // half of a change, or damage: what there is goes on
  }
  const bool same_as_before = same(*before->certificate, *issuer_->certificate);
  if (same_as_before) issuer_ = before;
  return !same_as_before || own_changed;
}

void leaf_mint::load(system_time now) {
  if (given()) {
    issuer_ = read_given_issuer(settings_, now);
  } else if (in_memory()) {
    issuer_ = make_issuer(scope_, now);
  } else {
    authority_directory directory(settings_.ca_directory);
    const auto content = directory.open(scope_, now);
    const auto* next = content.next(now);
    issuer_ = content.current(now).who;
    next_signs_from_ = next != nullptr ? std::optional(next->from) : std::nullopt;
  }
}

const issuer& leaf_mint::authority(system_time now) {
  if (issuer_ == nullptr) load(now);
  const system_time end = validity_of(*issuer_->certificate).not_after;
  if (now >= end) {
    throw ca_error(fmt::format("the CA \"{}\" ended on {:%Y-%m-%d} ({})",
                               common_name_of(*issuer_->certificate),
                               fmt::gmtime(system_clock::to_time_t(end)),
                               given() ? "renew the file of intercept.ca_cert" : issuer_->remedy));
  }
  return *issuer_;
}

leaf_ptr leaf_mint::sign(const certificate_scope& subject, system_time now) {
  const issuer& by = authority(now);
  const validity valid{now - leaf_backdated,
                       std::min(now + leaf_lifetime, validity_of(*by.certificate).not_after)};
  const pkey_ptr key = make_key();
  const x509_ptr certificate = make_leaf(subject, valid, *key, {*by.certificate, *by.key});
  std::vector<X509*> chain{certificate.get(), by.certificate.get()};
  for (const x509_ptr& above : by.above)
    chain.push_back(above.get());
  auto made = std::make_shared<leaf>();
  made->context = make_server_context(chain, *key);
  made->not_before = valid.not_before;
  made->not_after = valid.not_after;
  made->renew_at = now + (valid.not_after - now) / 3 * 2;
  return made;
}

leaf_ptr leaf_mint::mint(const std::string& host, system_time now) {
  const issuer& by = authority(now);
  if (!by.admits(host)) {
    throw ca_error(fmt::format("the CA \"{}\" does not admit \"{}\" ({})",
                               common_name_of(*by.certificate), host, by.remedy));
  }
  return sign({{host}, {}}, now);
}

leaf_ptr leaf_mint::mint_own(system_time now) {
  if (own_file_.empty()) {
    const issuer& by = authority(now);
    certificate_scope subject;
    std::ranges::copy_if(own_names_.names, std::back_inserter(subject.names),
                         [&](const std::string& name) { return by.admits(name); });
    std::ranges::copy_if(own_names_.addresses, std::back_inserter(subject.addresses),
                         [&](const std::string& address) { return by.admits_ip(address); });
    if (subject.names.empty() && subject.addresses.empty()) {
      throw ca_error(fmt::format("the CA \"{}\" admits none of the proxy's names, \"{}\" ({})",
                                 common_name_of(*by.certificate),
                                 fmt::join(own_names_.names, "\", \""), by.remedy));
    }
    return sign(subject, now);
  }
  const server_identity given_own = read_given_server(own_file_, now, own_setting_);
  std::vector<X509*> chain;
  for (const x509_ptr& one : given_own.chain)
    chain.push_back(one.get());
  auto made = std::make_shared<leaf>();
  try {
    made->context = make_server_context(chain, *given_own.key);
  } catch (const ca_error& e) {
    throw ca_error(fmt::format("{}: \"{}\": {}", own_setting_, own_file_, e.what()));
  }
  const validity valid = validity_of(*given_own.chain.front());
  made->not_before = valid.not_before;
  made->not_after = valid.not_after;
  made->renew_at = valid.not_after;  // by who made it; a new file is noticed
  return made;
}

}  // namespace gemkeeper::proxy
