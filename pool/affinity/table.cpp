#include "kept_name.hpp"
#include <gemkeeper/pool/affinity.hpp>
#include <gemkeeper/pool/string_map.hpp>

#include <boost/intrusive/list.hpp>

#include <algorithm>
#include <deque>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>
#include <utility>

namespace gemkeeper::pool {
namespace {

using owner_index = std::uint32_t;
constexpr owner_index no_owner = UINT32_MAX;
constexpr std::size_t shard_count = 16;
// Of the resources; they are for unknown names, which a client can make up at will.
constexpr std::size_t denied_share = 16;
constexpr std::size_t most_denials = 64;  // of one name

struct denial {
  owner_index project;
  time_point until;
};

struct entry : boost::intrusive::list_base_hook<> {
  owner_index owner = no_owner;
  time_point expires{};
  std::unique_ptr<std::vector<denial>> denied;  // of an unknown one
  std::string_view name;                        // the map's own
};
using recency = boost::intrusive::list<entry>;  // the most recently asked for first

bool means_same(const project_ref& a, const project_ref& b) {
  return a.key == b.key || (!a.project.empty() && a.project == b.project);
}

// Whether it is worth another write: an interaction that is polled moves its expiry each time.
bool moved_much(time_point before, time_point after, time_point now) {
  if (before == never_expires || after == never_expires) return before != after;
  const duration moved = before < after ? after - before : before - after;
  return moved > std::max<duration>(std::chrono::minutes(1), (before - now) / 64);
}

}  // namespace

// Each key that ever owned something, once: entries hold a number.
struct affinity_table::owners {
  mutable std::shared_mutex mutex;
  std::deque<project_ref> refs;
  std::unordered_map<key_id, owner_index> by_key;

  project_ref operator[](owner_index i) const {
    const std::shared_lock lock(mutex);
    return refs[i];
  }
  owner_index index_of(const project_ref& ref) {
    {
      const std::shared_lock lock(mutex);
      const auto known = by_key.find(ref.key);
      if (known != by_key.end() &&
          (ref.project.empty() || refs[known->second].project == ref.project)) {
        return known->second;
      }
    }
    const std::unique_lock lock(mutex);
    const auto [it, fresh] = by_key.try_emplace(ref.key, static_cast<owner_index>(refs.size()));
    if (fresh) {
      refs.push_back(ref);
    } else {
      refs[it->second].project = ref.project;
    }
    return it->second;
  }
};

struct affinity_table::shard {
  std::mutex mutex;
  string_map<entry> entries;
  recency known;
  recency unknown;
  std::size_t known_count = 0;
  std::size_t unknown_count = 0;

  // Its order among the ones asked for lately is taken up too.
  entry* find(std::string_view name, time_point now) {
    const auto it = entries.find(name);
    if (it == entries.end()) return nullptr;
    entry& e = it->second;
    if (e.expires <= now) {
      remove(e);
      return nullptr;
    }
    recency& line = e.owner == no_owner ? unknown : known;
    line.splice(line.begin(), line, line.iterator_to(e));
    return &e;
  }

  entry& make(std::string_view name, owner_index owner) {
    const auto [it, fresh] = entries.try_emplace(std::string(name));
    entry& e = it->second;
    if (!fresh) unlink(e);
    e.name = it->first;
    e.owner = owner;
    (owner == no_owner ? unknown : known).push_front(e);
    ++(owner == no_owner ? unknown_count : known_count);
    return e;
  }

  void unlink(entry& e) {
    recency& line = e.owner == no_owner ? unknown : known;
    line.erase(line.iterator_to(e));
    --(e.owner == no_owner ? unknown_count : known_count);
  }

  void remove(entry& e) {
    unlink(e);
    entries.erase(entries.find(e.name));
  }
};

affinity_table::affinity_table(const affinity_settings& settings)
    : settings_(settings),
      owners_(std::make_unique<owners>()),
      shards_(std::make_unique<shard[]>(shard_count)) {}

affinity_table::~affinity_table() {
  for (std::size_t i = 0; i < shard_count; ++i) {
    shards_[i].known.clear();
    shards_[i].unknown.clear();
  }
}

void affinity_table::on_change(std::function<void(const affinity_record&)> listener) {
  listener_ = std::move(listener);
}

affinity_table::shard& affinity_table::shard_of(std::string_view kept) const {
  return shards_[std::hash<std::string_view>{}(kept) / 64 % shard_count];
}

void affinity_table::tell(const affinity_record& change) const {
  if (listener_) listener_(change);
}

affinity_plan affinity_table::plan(std::span<const std::string_view> names,
                                   const same_project& same, time_point now) {
  affinity_plan result;
  std::vector<owner_index> denied;
  owner_index pinned_to = no_owner;
  for (const std::string_view name : names) {
    const std::string kept = detail::kept_name(name);
    shard& s = shard_of(kept);
    owner_index owner = no_owner;
    {
      const std::lock_guard lock(s.mutex);
      const entry* const e = s.find(kept, now);
      if (e != nullptr) owner = e->owner;
      if (e != nullptr && e->denied) {
        for (const denial& d : *e->denied) {
          if (d.until > now) denied.push_back(d.project);
        }
      }
    }
    if (owner == no_owner) {
      if (result.what == affinity_plan::kind::anywhere) {
        result.what = affinity_plan::kind::unknown;
        result.first = shown_resource(name);
      }
      continue;
    }
    if (result.what != affinity_plan::kind::pinned) {
      result.what = affinity_plan::kind::pinned;
      result.owner = (*owners_)[pinned_to = owner];
      result.first = shown_resource(name);
      continue;
    }
    if (owner == pinned_to) continue;
    result.other = (*owners_)[owner];
    if (same(result.owner, result.other)) continue;
    result.what = affinity_plan::kind::conflict;
    result.second = shown_resource(name);
    return result;
  }
  result.other = {};
  if (result.what != affinity_plan::kind::unknown) return result;
  std::sort(denied.begin(), denied.end());
  denied.erase(std::unique(denied.begin(), denied.end()), denied.end());
  for (const owner_index i : denied)
    result.not_in.push_back((*owners_)[i]);
  return result;
}

void affinity_table::learn(std::string_view name, const project_ref& owner, time_point expires,
                           time_point now) {
  if (name.empty() || expires <= now) return;
  const std::string kept = detail::kept_name(name);
  const owner_index index = owners_->index_of(owner);
  shard& s = shard_of(kept);
  std::vector<affinity_record> changes;
  {
    const std::lock_guard lock(s.mutex);
    entry* e = s.find(kept, now);
    const bool known = e != nullptr && e->owner != no_owner;
    const bool moved = known && moved_much(e->expires, expires, now);
    if (!known || moved || !means_same((*owners_)[e->owner], owner)) {
      changes.push_back({kept, owner, expires});
    }
    if (!known || e->owner != index) {
      e = &s.make(kept, index);
      e->denied.reset();
    }
    // What is stored and what is kept stay close: the expiry goes along once it is told.
    if (!known || moved) e->expires = expires;
    if (s.known_count > std::max<std::size_t>(settings_.max_resources / shard_count, 1)) {
      changes.push_back({std::string(s.known.back().name), {}, {}});
      s.remove(s.known.back());
    }
  }
  for (const affinity_record& change : changes)
    tell(change);
}

void affinity_table::deny(std::string_view name, const project_ref& project, time_point now) {
  if (name.empty()) return;
  const std::string kept = detail::kept_name(name);
  const owner_index index = owners_->index_of(project);
  const time_point until = now + settings_.denied_for;
  shard& s = shard_of(kept);
  const std::lock_guard lock(s.mutex);
  entry* e = s.find(kept, now);
  if (e != nullptr && e->owner != no_owner) return;
  if (e == nullptr) e = &s.make(kept, no_owner);
  if (!e->denied) e->denied = std::make_unique<std::vector<denial>>();
  std::vector<denial>& all = *e->denied;
  std::erase_if(all, [&](const denial& d) { return d.until <= now || d.project == index; });
  if (all.size() == most_denials) all.erase(all.begin());
  all.push_back({index, until});
  e->expires = until;
  const std::size_t most = std::max<std::size_t>(settings_.max_resources / denied_share, 16);
  if (s.unknown_count > most / shard_count) s.remove(s.unknown.back());
}

void affinity_table::forget(std::string_view name) {
  const std::string kept = detail::kept_name(name);
  shard& s = shard_of(kept);
  bool known = false;
  {
    const std::lock_guard lock(s.mutex);
    const auto it = s.entries.find(kept);
    if (it == s.entries.end()) return;
    known = it->second.owner != no_owner;
    s.remove(it->second);
  }
  if (known) tell({kept, {}, {}});
}

void affinity_table::name_projects(const std::function<project_name(const key_id&)>& name_of) {
  const std::unique_lock lock(owners_->mutex);
  for (project_ref& ref : owners_->refs) {
    if (project_name name = name_of(ref.key); !name.empty()) ref.project = std::move(name);
  }
}

void affinity_table::load(std::span<const affinity_record> stored, time_point now) {
  const auto listener = std::exchange(listener_, nullptr);
  for (const affinity_record& one : stored)
    learn(one.name, one.owner, one.expires, now);
  listener_ = listener;
}

std::vector<affinity_record> affinity_table::records(time_point now) const {
  std::vector<affinity_record> all;
  for (std::size_t i = 0; i < shard_count; ++i) {
    const std::lock_guard lock(shards_[i].mutex);
    for (const entry& e : shards_[i].known) {
      if (e.expires > now) all.push_back({std::string(e.name), (*owners_)[e.owner], e.expires});
    }
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return all;
}

std::size_t affinity_table::size() const {
  std::size_t count = 0;
  for (std::size_t i = 0; i < shard_count; ++i) {
    const std::lock_guard lock(shards_[i].mutex);
    count += shards_[i].known_count;
  }
  return count;
}

}  // namespace gemkeeper::pool
