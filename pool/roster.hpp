// The keys and their projects, as declared and as learned. Guarded by the pool's lock.
#pragma once

#include "cache_line.hpp"
#include "key_entry.hpp"
#include "limits/limit_meter.hpp"
#include "stable_list.hpp"
#include <gemkeeper/pool/pool.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace gemkeeper::pool::detail {

using key_index = std::uint32_t;
using project_index = std::uint32_t;
inline constexpr project_index no_project = UINT32_MAX;

struct quarantine {
  std::string reason;
  duration interval{};
  time_point next_probe{};
  bool probing = false;
};

// What every request touches stands in the first cache line.
struct alignas(cache_line) key_record {
  std::shared_ptr<const key_entry> entry;  // null: a free place
  project_index project = no_project;
  std::uint32_t leases = 0;
  std::uint64_t calls = 0;
  std::uint64_t errors = 0;
  time_point last_used{};              // means something once there were calls
  std::unique_ptr<limit_meter> meter;  // null: it never had limits
  bool listed = false;                 // false: removed, serves the leases it has

  bool named = false;            // by the operator
  std::uint32_t generation = 0;  // of the place's use
  std::uint32_t order = 0;
  std::array<std::uint64_t, outcome_count> outcomes{};  // but for successes
  key_spec spec;                                        // without its secrets, with its final name
  std::optional<quarantine> rejected;
  cool_down limit;  // as every lane has it

  [[nodiscard]] bool usable() const { return listed && spec.enabled && !rejected; }
};

// Credits or the spending cap of one service are used up.
struct exhaustion {
  time_point until{};
  std::string reason;
};

struct alignas(cache_line) project_record {
  std::uint32_t leases = 0;
  std::uint32_t keys = 0;  // removed ones with leases too
  pool::tier tier = pool::tier::unknown;
  bool in_use = false;
  std::unique_ptr<limit_meter> meter;  // null: it never had limits

  std::uint32_t generation = 0;
  std::uint32_t order = 0;
  project_name declared;  // empty: made for an undeclared key
  std::string google;     // "projects/123", once known
  std::array<exhaustion, service_count> exhausted;
  cool_down limit;  // as every lane has it
  quota_set quota;

  [[nodiscard]] const exhaustion& exhausted_at(service s) const {
    return exhausted[static_cast<std::size_t>(s)];
  }
  exhaustion& exhausted_at(service s) { return exhausted[static_cast<std::size_t>(s)]; }
};

// Keys that changed their project.
struct merger {
  project_index from = no_project;
  project_index to = no_project;
  std::vector<key_index> keys;
};

class roster {
 public:
  explicit roster(std::string hash_key) : hash_key_(std::move(hash_key)) {}
  roster(const roster&) = delete;
  roster& operator=(const roster&) = delete;
  ~roster();

  apply_report apply(std::vector<key_spec> specs);
  // What is declared of projects, in place of what was.
  void declare(std::vector<project_spec> all);

  // An error body named the Google project of this key. When another project is known by that
  // name, they are one: that which was not declared, with all its keys, goes into the other.
  std::optional<merger> learn(key_index key, const std::string& google);

  void lend(key_index key, project_index project);
  void give_back(key_index key, project_index project);

  [[nodiscard]] std::optional<key_index> find(const key_id& id) const;
  // Which project that is now; nothing: none of its keys is listed.
  [[nodiscard]] std::optional<project_index> find(const project_ref& project) const;
  [[nodiscard]] project_ref describe(key_index key) const;
  [[nodiscard]] std::optional<project_index> find_declared(const project_name& name) const;
  // Of the keys that are listed for a service.
  [[nodiscard]] std::size_t size(service s) const { return listed_[static_cast<std::size_t>(s)]; }
  [[nodiscard]] const std::vector<project_spec>& declared() const { return declared_; }
  // By the name that keys declare, or by Google's; of projects that have keys.
  [[nodiscard]] std::optional<project_index> find_project(const project_name& name) const;

  stable_list<key_record> keys;          // by key_index, free places among them
  stable_list<project_record> projects;  // by project_index, free places among them

 private:
  struct draft;
  std::vector<draft> without_duplicates(std::vector<key_spec> specs, apply_report& report) const;
  void name_all(std::vector<draft>& drafts, apply_report& report) const;
  key_index admit(draft d);
  void describe_projects(const std::vector<key_index>& in_order, apply_report& report);

  void move_to(key_index key, project_index project);
  project_index project_named(const project_name& name);
  project_index new_project();
  void release_project_if_unused(project_index project);
  void release_key_if_unused(key_index key);
  void limit_projects();

  std::string hash_key_;
  std::array<std::size_t, service_count> listed_{};
  std::unordered_map<key_id, key_index> by_id_;
  std::unordered_map<project_name, project_index> by_declared_;
  std::unordered_map<std::string, project_index> by_google_;
  std::vector<project_spec> declared_;
  std::vector<key_index> free_keys_;
  std::vector<project_index> free_projects_;
};

}  // namespace gemkeeper::pool::detail
