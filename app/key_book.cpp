#include <gemkeeper/app/check.hpp>
#include <gemkeeper/app/key_book.hpp>
#include <gemkeeper/pool/data_path_first.hpp>

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <unordered_map>
#include <utility>

namespace gemkeeper::app {
namespace {

using admin::change_error;
using admin::change_result;
using std::chrono::system_clock;

void change_spec(pool::key_spec& spec, const admin::key_changes& what) {
  if (what.enabled) spec.enabled = *what.enabled;
  if (what.weight) spec.weight = *what.weight;
  if (what.priority) spec.priority = *what.priority;
  if (what.project) spec.project = pool::project_name(*what.project);
  if (what.service) spec.service = *what.service;
  if (what.models) spec.models = *what.models;
  if (what.limits) spec.limits = *what.limits;
  if (what.quota) spec.quota = *what.quota;
}

// What was changed before stays, unless it is changed again.
void merge(admin::key_changes& into, const admin::key_changes& what) {
  if (what.enabled) into.enabled = what.enabled;
  if (what.weight) into.weight = what.weight;
  if (what.priority) into.priority = what.priority;
  if (what.project) into.project = what.project;
  if (what.service) into.service = what.service;
  if (what.models) into.models = what.models;
  if (what.limits) into.limits = what.limits;
  if (what.quota) into.quota = what.quota;
}

void wipe_text(std::string& text) {
  OPENSSL_cleanse(text.data(), text.size());
}

change_result stored(const pool::key_id& id, std::string problem) {
  const auto error = problem.empty() ? change_error::none : change_error::storage_failed;
  return {error, id, {}, std::move(problem)};
}

}  // namespace

key_book::key_book(pool::key_pool& keys, std::string hash_key, key_shelf& shelf)
    : keys_(keys), hash_key_(std::move(hash_key)), shelf_(shelf) {
  key_shelf::content stored = shelf.load();
  for (auto& [id, spec] : stored.keys) {
    const pool::key_id of_secret = pool::make_key_id(hash_key_, spec.secret);
    added_.push_back({id, of_secret, spec, "admin API", true});
    wipe_text(spec.secret);
    wipe_text(spec.proxy);
  }
  changes_ = std::move(stored.changes);
  load_problems_ = std::move(stored.problems);
}

key_book::~key_book() {
  wipe(configured_);
  wipe(added_);
}

void key_book::wipe(std::vector<entry>& entries) {
  for (entry& one : entries) {
    wipe_text(one.spec.secret);
    wipe_text(one.spec.proxy);
  }
  entries.clear();
}

pool::apply_report key_book::configure(const std::vector<pool::key_spec>& keys,
                                       const std::vector<key_origin>& origins) {
  const std::lock_guard one_at_a_time(changing_);
  const std::lock_guard lock(mutex_);
  wipe(configured_);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const pool::key_id id = pool::make_key_id(hash_key_, keys[i].secret);
    configured_.push_back({id, id, keys[i], describe_origin(origins[i]), false});
  }
  pool::apply_report report = apply();
  std::ranges::move(load_problems_, std::back_inserter(report.problems));
  load_problems_.clear();
  say_what_is_doubled(report);
  return report;
}

void key_book::say_what_is_doubled(pool::apply_report& report) const {
  for (const entry& one : added_) {
    const auto twin = std::ranges::find(configured_, one.of_secret, &entry::id);
    if (twin == configured_.end()) continue;
    report.problems.push_back(
        fmt::format("key {} ({}): was added by the admin API as well; what the configuration says "
                    "of it counts ({})",
                    one.spec.name, twin->id.view(), twin->origin));
  }
}

pool::apply_report key_book::apply() {
  std::vector<pool::key_spec> specs;
  for (const entry& one : configured_) {
    pool::key_spec& spec = specs.emplace_back(one.spec);
    const auto changed = changes_.find(one.id);
    if (changed != changes_.end()) change_spec(spec, changed->second);
  }
  for (const entry& one : added_) {
    // The configuration has it too by now, and is the stronger one.
    if (std::ranges::find(configured_, one.of_secret, &entry::id) != configured_.end()) continue;
    pool::key_spec& spec = specs.emplace_back(one.spec);
    spec.id = one.id;
  }
  if (before_change_) before_change_();
  return keys_.apply(std::move(specs), system_clock::now());
}

const key_book::entry* key_book::at(const pool::key_id& id) const {
  for (const auto* entries : {&configured_, &added_}) {
    const auto found = std::ranges::find(*entries, id, &entry::id);
    if (found != entries->end()) return &*found;
  }
  return nullptr;
}

key_book::entry* key_book::added_at(const pool::key_id& id) {
  const auto found = std::ranges::find(added_, id, &entry::id);
  return found == added_.end() ? nullptr : &*found;
}

change_result key_book::why_not(const pool::key_id& id) const {
  const entry* one = at(id);
  if (one == nullptr) return {change_error::no_such_key, id, {}};
  return {change_error::configured, id, one->origin};
}

std::optional<pool::key_id> key_book::find_locked(const pool::key_id& of_secret) const {
  if (const entry* one = at(of_secret)) return one->id;
  const auto found = std::ranges::find(added_, of_secret, &entry::of_secret);
  if (found == added_.end()) return std::nullopt;
  return found->id;
}

std::string key_book::free_name() const {
  for (std::size_t number = configured_.size() + added_.size() + 1;; ++number) {
    std::string name = fmt::format("key-{}", number);
    const auto has_it = [&](const entry& one) { return one.spec.name == name; };
    if (std::ranges::none_of(configured_, has_it) && std::ranges::none_of(added_, has_it)) {
      return name;
    }
  }
}

change_result key_book::why_not_added(const pool::key_spec& key, const pool::key_id& id) const {
  if (const auto known = find_locked(id)) return {change_error::duplicate_key, *known, {}};
  if (added_.size() >= max_added) return {change_error::too_many_keys, id, {}};
  for (const auto* entries : {&configured_, &added_}) {
    const auto same = [&](const entry& one) { return one.spec.name == key.name; };
    const auto found = std::ranges::find_if(*entries, same);
    if (found != entries->end()) return {change_error::duplicate_name, found->id, {}};
  }
  return {change_error::none, id, {}};
}

change_result key_book::add(pool::key_spec key) {
  const std::lock_guard one_at_a_time(changing_);
  const pool::key_id id = pool::make_key_id(hash_key_, key.secret);
  if (key.name.empty()) key.name = free_name();
  change_result result = why_not_added(key, id);
  if (result.error == change_error::none) result = stored(id, shelf_.add(id, key));
  if (result.error == change_error::none) {
    const std::lock_guard lock(mutex_);
    added_.push_back({id, id, key, "admin API", true});
    apply();
  }
  wipe_text(key.secret);
  return result;
}

change_result key_book::change(const pool::key_id& id, const admin::key_changes& what) {
  const std::lock_guard one_at_a_time(changing_);
  if (entry* one = added_at(id)) {
    pool::key_spec changed = one->spec;
    change_spec(changed, what);
    change_result result = stored(id, shelf_.update(id, changed));
    wipe_text(changed.secret);
    wipe_text(changed.proxy);
    if (result.error != change_error::none) return result;
    const std::lock_guard lock(mutex_);
    change_spec(one->spec, what);
    apply();
    return result;
  }
  if (at(id) == nullptr) return {change_error::no_such_key, id, {}};
  const auto before = changes_.find(id);
  admin::key_changes all = before == changes_.end() ? admin::key_changes{} : before->second;
  merge(all, what);
  change_result result = stored(id, shelf_.change(id, all));
  if (result.error != change_error::none) return result;
  const std::lock_guard lock(mutex_);
  changes_[id] = std::move(all);
  apply();
  return result;
}

change_result key_book::remove(const pool::key_id& id) {
  const std::lock_guard one_at_a_time(changing_);
  entry* one = added_at(id);
  if (one == nullptr) return why_not(id);
  change_result result = stored(id, shelf_.remove(id));
  if (result.error != change_error::none) return result;
  const std::lock_guard lock(mutex_);
  wipe_text(one->spec.secret);
  std::erase_if(added_, [&](const entry& other) { return other.id == id; });
  apply();
  return result;
}

change_result key_book::rotate(const pool::key_id& id, std::string secret) {
  const std::lock_guard one_at_a_time(changing_);
  entry* one = added_at(id);
  change_result result{change_error::none, id, {}};
  const pool::key_id of_secret = pool::make_key_id(hash_key_, secret);
  if (one == nullptr) {
    result = why_not(id);
  } else if (const auto known = find_locked(of_secret)) {
    result = {change_error::duplicate_key, *known, {}};
  } else {
    pool::key_spec rotated = one->spec;
    wipe_text(rotated.secret);
    rotated.secret = secret;
    result = stored(id, shelf_.update(id, rotated));
    wipe_text(rotated.secret);
    wipe_text(rotated.proxy);
  }
  if (result.error == change_error::none) {
    const std::lock_guard lock(mutex_);
    wipe_text(one->spec.secret);
    one->spec.secret = secret;
    one->of_secret = of_secret;
    apply();
  }
  wipe_text(secret);
  return result;
}

std::optional<pool::key_id> key_book::find(std::string_view secret) const {
  const std::lock_guard lock(mutex_);
  return find_locked(pool::make_key_id(hash_key_, secret));
}

std::optional<pool::key_spec> key_book::spec(const pool::key_id& id) const {
  const std::lock_guard lock(mutex_);
  const entry* one = at(id);
  if (one == nullptr) return std::nullopt;
  pool::key_spec spec = one->spec;
  const auto changed = changes_.find(id);
  if (!one->from_api && changed != changes_.end()) change_spec(spec, changed->second);
  return spec;
}

std::vector<admin::key_info> key_book::list() const {
  const std::lock_guard lock(mutex_);
  std::vector<admin::key_info> all;
  std::unordered_map<pool::key_id, const entry*> entries;
  entries.reserve(added_.size() + configured_.size());
  for (const entry& one : added_)
    entries[one.id] = &one;
  for (const entry& one : configured_)
    entries[one.id] = &one;
  std::vector<pool::key_view> views = keys_.keys(system_clock::now());
  all.reserve(views.size());
  pool::data_path_first others(64);
  for (pool::key_view& view : views) {
    others.next_round();
    admin::key_info& info = all.emplace_back();
    info.view = std::move(view);
    const auto found = entries.find(info.view.id);
    if (found == entries.end()) continue;
    const entry& one = *found->second;
    const auto tell = [&info](const pool::key_spec& spec) {
      info.weight = spec.weight;
      info.priority = spec.priority;
      info.models = spec.models;
      info.limits = spec.limits;
      info.quota = spec.quota;
      info.tier = spec.tier;
    };
    const auto changed = changes_.find(one.id);
    if (!one.from_api && changed != changes_.end()) {
      pool::key_spec spec = one.spec;
      change_spec(spec, changed->second);
      tell(spec);
      wipe_text(spec.secret);
      wipe_text(spec.proxy);
    } else {
      tell(one.spec);
    }
    info.from_api = one.from_api;
    info.durable = !one.from_api || shelf_.durable();
    info.origin = one.origin;
  }
  return all;
}

}  // namespace gemkeeper::app
