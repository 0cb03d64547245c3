// The keys and their projects, as declared and as learned. Guarded by the pool's lock.
#pragma once

#include "key_entry.hpp"
#include <gemkeeper/pool/pool.hpp>

#include <cstdint>
#include <deque>
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

struct key_record {
  std::shared_ptr<const key_entry> entry;  // null: a free place
  key_spec spec;                           // without its secrets, with its final name
  std::uint32_t generation = 0;            // of the place's use
  bool named = false;                      // by the operator
  bool listed = false;                     // false: removed, serves the leases it has
  project_index project = no_project;
  std::uint32_t order = 0;
  std::uint32_t leases = 0;
  std::uint64_t calls = 0;
  std::uint64_t errors = 0;
  std::optional<time_point> last_used;
  std::optional<quarantine> rejected;

  [[nodiscard]] bool usable() const { return listed && spec.enabled && !rejected; }
};

struct project_record {
  std::uint32_t generation = 0;
  bool in_use = false;
  project_name declared;  // empty: made for an undeclared key
  std::string google;     // "projects/123", once known
  pool::tier tier = pool::tier::unknown;
  std::uint32_t order = 0;
  std::uint32_t keys = 0;  // removed ones with leases too
  std::uint32_t leases = 0;
  time_point exhausted_until{};
  std::string exhausted_reason;
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

  // An error body named the Google project of this key. When another project is known by that
  // name, they are one: that which was not declared, with all its keys, goes into the other.
  std::optional<merger> learn(key_index key, const std::string& google);

  void lend(key_index key, project_index project);
  void give_back(key_index key, project_index project);

  [[nodiscard]] std::optional<key_index> find(const key_id& id) const;
  [[nodiscard]] std::size_t size() const { return listed_; }

  std::deque<key_record> keys;          // by key_index, free places among them
  std::deque<project_record> projects;  // by project_index, free places among them

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

  std::string hash_key_;
  std::size_t listed_ = 0;
  std::unordered_map<key_id, key_index> by_id_;
  std::unordered_map<project_name, project_index> by_declared_;
  std::unordered_map<std::string, project_index> by_google_;
  std::vector<key_index> free_keys_;
  std::vector<project_index> free_projects_;
};

}  // namespace gemkeeper::pool::detail
