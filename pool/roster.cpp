#include "roster.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_set>

namespace gemkeeper::pool::detail {
namespace {

void wipe(std::string& secret) {
  OPENSSL_cleanse(secret.data(), secret.size());
  secret.clear();
}

// Google says `projects/123`; an operator may declare just the number.
std::string google_form(const project_name& declared) {
  return declared.value.starts_with("projects/") ? declared.value : "projects/" + declared.value;
}

}  // namespace

struct roster::draft {
  key_id id;
  key_spec spec;
  bool named = false;
};

roster::~roster() {
  wipe(hash_key_);
}

apply_report roster::apply(std::vector<key_spec> specs) {
  apply_report report;
  std::vector<draft> drafts = without_duplicates(std::move(specs), report);
  name_all(drafts, report);

  std::unordered_set<key_id> wanted;
  for (const draft& d : drafts)
    wanted.insert(d.id);
  for (key_index i = 0; i < keys.size(); ++i) {
    key_record& key = keys[i];
    if (!key.listed || wanted.contains(key.entry->id)) continue;
    key.listed = false;
    key.rejected.reset();
    ++report.removed;
    release_key_if_unused(i);
  }

  std::vector<key_index> in_order;
  for (draft& d : drafts) {
    const auto known = find(d.id);
    ++(known && keys[*known].listed ? report.kept : report.added);
    const key_index key = admit(std::move(d));
    keys[key].order = static_cast<std::uint32_t>(in_order.size());
    in_order.push_back(key);
  }
  listed_ = {};
  for (const key_index i : in_order)
    ++listed_[static_cast<std::size_t>(keys[i].spec.service)];
  describe_projects(in_order, report);
  limit_projects();
  return report;
}

void roster::declare(std::vector<project_spec> all) {
  declared_ = std::move(all);
  limit_projects();
}

std::optional<project_index> roster::find_project(const project_name& name) const {
  if (const auto known = by_declared_.find(name); known != by_declared_.end()) return known->second;
  const auto known = by_google_.find(google_form(name));
  if (known == by_google_.end()) return std::nullopt;
  return known->second;
}

void roster::limit_projects() {
  const auto set = [](project_record& p, const limit_set& limits, const quota_set& quota) {
    p.quota = quota;
    if (!p.meter && !limits.empty()) p.meter = std::make_unique<limit_meter>();
    if (p.meter && p.meter->limits() != limits) p.meter->configure(limits);
  };
  std::unordered_map<project_index, const project_spec*> specs;
  for (const project_spec& spec : declared_) {
    if (const auto index = find_project(spec.name)) specs.emplace(*index, &spec);
  }
  for (project_index i = 0; i < projects.size(); ++i) {
    if (!projects[i].in_use) continue;
    const auto spec = specs.find(i);
    if (spec == specs.end()) {
      set(projects[i], {}, {});
    } else {
      set(projects[i], spec->second->limits, spec->second->quota);
    }
  }
}

std::vector<roster::draft> roster::without_duplicates(std::vector<key_spec> specs,
                                                      apply_report& report) const {
  std::vector<draft> drafts;
  std::unordered_map<key_id, std::string> first;
  for (std::size_t i = 0; i < specs.size(); ++i) {
    key_spec& spec = specs[i];
    const key_id id = spec.id ? *spec.id : make_key_id(hash_key_, spec.secret);
    const std::string label = spec.name.empty() ? "#" + std::to_string(i + 1) : spec.name;
    const auto [it, fresh] = first.try_emplace(id, label);
    if (fresh) {
      const bool named = !spec.name.empty();
      drafts.push_back({id, std::move(spec), named});
    } else {
      report.problems.push_back("key " + label + ": has the same secret as key " + it->second +
                                " and is ignored (remove one of the two)");
    }
    wipe(spec.secret);  // also of a short one that moving only copied
    wipe(spec.proxy);
  }
  return drafts;
}

void roster::name_all(std::vector<draft>& drafts, apply_report& report) const {
  std::unordered_set<std::string> taken;
  for (const draft& d : drafts) {
    if (d.named) taken.insert(d.spec.name);
  }
  const auto first_free = [&taken](const std::string& stem, std::size_t& n) {
    std::string name;
    do {
      name = stem + "-" + std::to_string(n++);
    } while (!taken.insert(name).second);
    return name;
  };

  std::unordered_set<std::string> used;
  for (draft& d : drafts) {
    if (!d.named || used.insert(d.spec.name).second) continue;
    std::size_t n = 2;
    const std::string name = first_free(d.spec.name, n);
    report.problems.push_back("key name " + d.spec.name +
                              ": is used twice; the later one is called " + name +
                              " (give it a name of its own)");
    d.spec.name = name;
  }
  for (draft& d : drafts) {  // a key keeps the name that it once was given here
    if (d.named) continue;
    const auto known = find(d.id);
    if (known && !keys[*known].named && taken.insert(keys[*known].spec.name).second) {
      d.spec.name = keys[*known].spec.name;
    }
  }
  std::size_t n = 1;
  for (draft& d : drafts) {
    if (d.spec.name.empty()) d.spec.name = first_free("key", n);
  }
}

key_index roster::admit(draft d) {
  key_index index;
  if (const auto known = find(d.id)) {
    index = *known;
  } else if (!free_keys_.empty()) {
    index = free_keys_.back();
    free_keys_.pop_back();
  } else {
    index = static_cast<key_index>(keys.size());
    keys.emplace_back();
  }
  by_id_.emplace(d.id, index);

  key_record& key = keys[index];
  const bool other_secret = key.entry && key.entry->secret != d.spec.secret;
  // What was rejected was the old one, or by the other service.
  if (other_secret || key.spec.service != d.spec.service) key.rejected.reset();
  if (!key.entry || other_secret || key.entry->name != d.spec.name ||
      key.entry->proxy != d.spec.proxy || key.entry->project != d.spec.project) {
    key.entry = std::make_shared<const key_entry>(d.id, std::move(d.spec.secret), d.spec.name,
                                                  std::move(d.spec.proxy), d.spec.project);
  }
  wipe(d.spec.secret);
  wipe(d.spec.proxy);
  d.spec.weight = std::clamp<std::uint32_t>(d.spec.weight, 1, 1U << 24);
  const bool was_declared = !key.spec.project.empty();
  if (!key.meter && !d.spec.limits.empty()) key.meter = std::make_unique<limit_meter>();
  if (key.meter && key.meter->limits() != d.spec.limits) key.meter->configure(d.spec.limits);
  key.spec = std::move(d.spec);
  key.named = d.named;
  key.listed = true;

  if (!key.spec.project.empty()) {
    move_to(index, project_named(key.spec.project));
  } else if (was_declared || key.project == no_project) {
    move_to(index, new_project());
  }
  return index;
}

void roster::describe_projects(const std::vector<key_index>& in_order, apply_report& report) {
  for (project_record& p : projects) {
    p.order = UINT32_MAX;
    p.tier = tier::unknown;
  }
  for (const key_index i : in_order) {
    const key_record& key = keys[i];
    project_record& p = projects[key.project];
    p.order = std::min(p.order, key.order);
    if (p.tier == tier::unknown) {
      p.tier = key.spec.tier;
    } else if (key.spec.tier != tier::unknown && key.spec.tier != p.tier) {
      report.problems.push_back("key " + key.spec.name +
                                ": its tier differs from an earlier key's of the same project, "
                                "whose tier counts (a project has one tier)");
    }
  }
}

std::optional<merger> roster::learn(key_index index, const std::string& google) {
  const project_index own = keys[index].project;
  std::string& known_as = projects[own].google;
  if (!known_as.empty()) return std::nullopt;  // a key never changes its project at Google
  project_index& holder = by_google_.try_emplace(google, own).first->second;
  const project_index other = holder;

  merger merged;
  if (other != own && projects[own].declared.empty()) {
    merged = {own, other, {index}};  // without a name at Google, it has no second key
  } else {
    known_as = google;
    if (other == own || !projects[other].declared.empty()) {
      if (!declared_.empty()) limit_projects();
      return std::nullopt;
    }
    holder = own;
    merged = {other, own, {}};
    for (key_index i = 0; i < keys.size(); ++i) {
      if (keys[i].project == other) merged.keys.push_back(i);
    }
  }
  project_record& joined = projects[merged.to];
  for (const key_index i : merged.keys) {
    move_to(i, merged.to);
    joined.order = std::min(joined.order, keys[i].order);
    if (joined.tier == tier::unknown) joined.tier = keys[i].spec.tier;
  }
  if (!declared_.empty()) limit_projects();
  return merged;
}

void roster::lend(key_index key, project_index project) {
  ++keys[key].leases;
  ++projects[project].leases;
}

void roster::give_back(key_index key, project_index project) {
  --keys[key].leases;
  --projects[project].leases;
  release_key_if_unused(key);
  release_project_if_unused(project);
}

std::optional<key_index> roster::find(const key_id& id) const {
  const auto it = by_id_.find(id);
  if (it == by_id_.end()) return std::nullopt;
  return it->second;
}

std::optional<project_index> roster::find(const project_ref& wanted) const {
  const auto key = find(wanted.key);
  project_index index = key && keys[*key].listed ? keys[*key].project : no_project;
  if (index == no_project && !wanted.project.empty()) {
    if (const auto declared = find_declared(wanted.project)) {
      index = *declared;
    } else if (const auto g = by_google_.find(wanted.project.value); g != by_google_.end()) {
      index = g->second;
    }
  }
  // One whose keys are all removed has no place in the order.
  if (index == no_project || projects[index].order == UINT32_MAX) return std::nullopt;
  return index;
}

project_ref roster::describe(key_index key) const {
  const project_record& project = projects[keys[key].project];
  return {keys[key].entry->id,
          project.declared.empty() ? project_name(project.google) : project.declared};
}

void roster::move_to(key_index index, project_index to) {
  const project_index from = std::exchange(keys[index].project, to);
  if (from == to) return;
  ++projects[to].keys;
  if (from == no_project) return;
  --projects[from].keys;
  release_project_if_unused(from);
}

std::optional<project_index> roster::find_declared(const project_name& name) const {
  const auto known = by_declared_.find(name);
  if (known == by_declared_.end()) return std::nullopt;
  return known->second;
}

project_index roster::project_named(const project_name& name) {
  const auto known = by_declared_.find(name);
  if (known != by_declared_.end()) return known->second;
  const project_index index = new_project();
  projects[index].declared = name;
  by_declared_.emplace(name, index);
  by_google_.try_emplace(google_form(name), index);
  return index;
}

project_index roster::new_project() {
  project_index index;
  if (free_projects_.empty()) {
    index = static_cast<project_index>(projects.size());
    projects.emplace_back();
  } else {
    index = free_projects_.back();
    free_projects_.pop_back();
  }
  projects[index].in_use = true;
  return index;
}

void roster::release_project_if_unused(project_index index) {
  project_record& p = projects[index];
  if (!p.in_use || p.keys != 0 || p.leases != 0) return;
  by_declared_.erase(p.declared);
  for (const std::string& name : {p.google, google_form(p.declared)}) {
    const auto known = by_google_.find(name);
    if (known != by_google_.end() && known->second == index) by_google_.erase(known);
  }
  const std::uint32_t generation = p.generation + 1;
  p = {};
  p.generation = generation;
  free_projects_.push_back(index);
}

void roster::release_key_if_unused(key_index index) {
  key_record& key = keys[index];
  if (key.listed || key.leases != 0) return;
  by_id_.erase(key.entry->id);
  const project_index project = key.project;
  const std::uint32_t generation = key.generation + 1;
  key = {};
  key.generation = generation;
  free_keys_.push_back(index);
  --projects[project].keys;
  release_project_if_unused(project);
}

}  // namespace gemkeeper::pool::detail
