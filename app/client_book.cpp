#include <gemkeeper/app/check.hpp>
#include <gemkeeper/app/client_book.hpp>
#include <gemkeeper/store/clients.hpp>

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <stdexcept>
#include <utility>

namespace gemkeeper::app {
namespace {

using admin::client_change;
using admin::client_error;
using std::chrono::system_clock;

std::array<unsigned char, 32> chance() {
  std::array<unsigned char, 32> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
    throw std::runtime_error("OpenSSL has no random numbers");
  }
  return bytes;
}

std::string new_id() {
  const auto bytes = chance();
  return fmt::format("{:02x}{:02x}{:02x}{:02x}{:02x}{:02x}", bytes[0], bytes[1], bytes[2], bytes[3],
                     bytes[4], bytes[5]);
}

store::client_row to_row(const pool::client_spec& spec, pool::time_point created) {
  store::client_row row;
  row.id = spec.id;
  row.name = spec.name;
  row.token_hash.assign(spec.token.begin(), spec.token.end());
  row.limits = store::to_map(spec.limits);
  row.created = created;
  if (!spec.enabled) row.revoked = system_clock::now();
  return row;
}

// Waits until it is on the disk. Empty: it is.
std::string commit(store::database& to, store::database::change what) {
  try {
    to.write(std::move(what)).get();
    return {};
  } catch (const store::error& e) {
    return e.what();
  }
}

client_change failed(std::string problem) {
  client_change result;
  result.error = client_error::not_stored;
  result.problem = std::move(problem);
  return result;
}

}  // namespace

std::string new_client_token() {
  constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  auto bytes = chance();
  std::string token = "gk_";
  unsigned bits = 0;
  unsigned have = 0;
  for (const unsigned char byte : bytes) {
    bits = (bits << 8 | byte) & 0xffffU;
    have += 8;
    while (have >= 6) {
      have -= 6;
      token += alphabet[bits >> have & 0x3fU];
    }
  }
  token += alphabet[bits << (6 - have) & 0x3fU];
  OPENSSL_cleanse(bytes.data(), bytes.size());
  return token;
}

client_book::client_book(pool::client_table& clients, store::database& kept)
    : table_(clients), kept_(kept) {
  const auto rows = kept.read([](store::session& s) { return store::clients(s); });
  for (const store::client_row& row : rows) {
    entry& one = added_.emplace_back();
    one.spec.id = row.id;
    one.spec.name = row.name;
    one.spec.limits = store::limits_in(row.limits);
    one.spec.enabled = !row.revoked;
    one.created = row.created;
    std::copy_n(row.token_hash.begin(), std::min(row.token_hash.size(), one.spec.token.size()),
                one.spec.token.begin());
  }
}

void client_book::configure(const config& from) {
  const std::lock_guard lock(mutex_);
  configured_.clear();
  for (std::size_t i = 0; i < from.clients.size(); ++i) {
    configured_.push_back({from.clients[i], {}, describe_origin(from.client_origins[i])});
  }
  apply();
}

void client_book::apply() {
  std::vector<pool::client_spec> all;
  for (const entry& one : configured_)
    all.push_back(one.spec);
  for (const entry& one : added_) {
    const auto same = [&](const entry& other) {
      return other.spec.name == one.spec.name || other.spec.token == one.spec.token;
    };
    if (std::ranges::none_of(configured_, same)) all.push_back(one.spec);
  }
  table_.apply(all);
}

const client_book::entry* client_book::at(std::string_view id) const {
  for (const auto* entries : {&configured_, &added_}) {
    for (const entry& one : *entries) {
      if (one.spec.id == id) return &one;
    }
  }
  return nullptr;
}

const client_book::entry* client_book::named(std::string_view name) const {
  for (const auto* entries : {&configured_, &added_}) {
    for (const entry& one : *entries) {
      if (one.spec.name == name) return &one;
    }
  }
  return nullptr;
}

client_change client_book::why_not_change(std::string_view id) const {
  client_change result;
  const entry* one = at(id);
  if (one == nullptr) {
    result.error = client_error::unknown;
  } else if (!one->origin.empty()) {
    result.error = client_error::configured;
    result.origin = one->origin;
  }
  result.id = id;
  return result;
}

std::vector<admin::client_info> client_book::list() const {
  const auto now = system_clock::now();
  const std::lock_guard lock(mutex_);
  std::vector<admin::client_info> all;
  for (pool::client_view& view : table_.clients(now)) {
    admin::client_info& info = all.emplace_back();
    if (const entry* one = at(view.id)) {
      info.limits = one->spec.limits;
      info.from_api = one->origin.empty();
      info.origin = info.from_api ? "admin API" : one->origin;
      if (info.from_api) info.created = one->created;
    }
    info.view = std::move(view);
  }
  return all;
}

client_change client_book::add(const admin::client_edit& what) {
  const std::lock_guard lock(mutex_);
  client_change result;
  const std::string name = what.name.value_or(std::string());
  if (const entry* one = named(name)) {
    result.error = client_error::duplicate_name;
    result.id = one->spec.id;
    return result;
  }
  if (added_.size() >= max_added) {
    result.error = client_error::too_many;
    return result;
  }
  entry made;
  made.created = system_clock::now();
  std::string token = new_client_token();
  made.spec = {new_id(), name, pool::hash_token(token), what.limits.value_or(pool::limit_set{}),
               what.enabled.value_or(true)};
  const auto row = to_row(made.spec, made.created);
  if (auto wrong = commit(kept_, [row](store::session& s) { store::add_client(s, row); });
      !wrong.empty()) {
    return failed(std::move(wrong));
  }
  result.id = made.spec.id;
  result.token = std::move(token);
  added_.push_back(std::move(made));
  apply();
  return result;
}

client_change client_book::keep(entry& of, pool::client_spec next) {
  const auto row = to_row(next, of.created);
  if (auto wrong = commit(kept_, [row](store::session& s) { store::update_client(s, row); });
      !wrong.empty()) {
    return failed(std::move(wrong));
  }
  of.spec = std::move(next);
  apply();
  client_change result;
  result.id = of.spec.id;
  return result;
}

client_change client_book::change(std::string_view id, const admin::client_edit& what) {
  const std::lock_guard lock(mutex_);
  client_change no = why_not_change(id);
  if (no.error != client_error::none) return no;
  entry& one = *std::ranges::find_if(added_, [&](const entry& e) { return e.spec.id == id; });
  pool::client_spec next = one.spec;
  if (what.name && *what.name != next.name) {
    if (const entry* other = named(*what.name)) {
      no.error = client_error::duplicate_name;
      no.id = other->spec.id;
      return no;
    }
    next.name = *what.name;
  }
  if (what.limits) next.limits = *what.limits;
  if (what.enabled) next.enabled = *what.enabled;
  return keep(one, std::move(next));
}

client_change client_book::remove(std::string_view id) {
  const std::lock_guard lock(mutex_);
  client_change no = why_not_change(id);
  if (no.error != client_error::none) return no;
  if (auto wrong =
          commit(kept_, [of = std::string(id)](store::session& s) { store::remove_client(s, of); });
      !wrong.empty()) {
    return failed(std::move(wrong));
  }
  std::erase_if(added_, [&](const entry& one) { return one.spec.id == id; });
  apply();
  return no;
}

client_change client_book::rotate(std::string_view id) {
  const std::lock_guard lock(mutex_);
  client_change no = why_not_change(id);
  if (no.error != client_error::none) return no;
  entry& one = *std::ranges::find_if(added_, [&](const entry& e) { return e.spec.id == id; });
  std::string token = new_client_token();
  pool::client_spec next = one.spec;
  next.token = pool::hash_token(token);
  client_change result = keep(one, std::move(next));
  if (result.error == client_error::none) result.token = std::move(token);
  return result;
}

project_book::project_book(pool::key_pool& keys, store::database& kept) : keys_(keys), kept_(kept) {
  const auto rows = kept.read([](store::session& s) { return store::projects(s); });
  for (const store::project_row& row : rows) {
    pool::project_spec spec{row.name, store::limits_in(row.limits), store::quota_in(row.limits)};
    if (!spec.limits.empty() || !spec.quota.empty()) kept_specs_.push_back(std::move(spec));
  }
}

void project_book::configure(const config& from) {
  const std::lock_guard lock(mutex_);
  configured_ = from.projects;
  apply();
}

void project_book::apply() {
  std::vector<pool::project_spec> all = configured_;
  for (const pool::project_spec& one : kept_specs_) {
    if (std::ranges::find(configured_, one.name, &pool::project_spec::name) == configured_.end()) {
      all.push_back(one);
    }
  }
  keys_.declare(std::move(all), system_clock::now());
}

std::vector<admin::project_info> project_book::list() const {
  const std::lock_guard lock(mutex_);
  std::vector<admin::project_info> all;
  for (pool::project_view& view : keys_.projects(system_clock::now())) {
    admin::project_info& info = all.emplace_back();
    info.configured = std::ranges::find(configured_, view.spec.name, &pool::project_spec::name) !=
                      configured_.end();
    info.view = std::move(view);
  }
  return all;
}

client_change project_book::change(std::string_view name, const admin::project_edit& what) {
  const std::lock_guard lock(mutex_);
  client_change result;
  result.id = name;
  const pool::project_name wanted(name);
  if (std::ranges::find(configured_, wanted, &pool::project_spec::name) != configured_.end()) {
    result.error = client_error::configured;
    result.origin = "[[projects]]";
    return result;
  }
  const auto kept = std::ranges::find(kept_specs_, wanted, &pool::project_spec::name);
  pool::project_spec next{wanted, {}, {}};
  if (kept != kept_specs_.end()) next = *kept;
  if (what.limits) next.limits = *what.limits;
  if (what.quota) next.quota = *what.quota;
  auto wrong = commit(kept_, [next](store::session& s) {
    store::project_row row;
    for (const store::project_row& known : store::projects(s)) {
      if (known.name == next.name) row = known;
    }
    if (row.name.empty()) row.created = system_clock::now();
    row.name = next.name;
    row.limits = store::to_map(next.limits, next.quota);
    store::put_project(s, row);
  });
  if (!wrong.empty()) return failed(std::move(wrong));
  if (kept != kept_specs_.end()) kept_specs_.erase(kept);
  if (!next.limits.empty() || !next.quota.empty()) kept_specs_.push_back(std::move(next));
  apply();
  return result;
}

}  // namespace gemkeeper::app
