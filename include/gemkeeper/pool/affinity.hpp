// Which project owns which resource at Google: a file, a cache, a batch, an interaction.
//
// The data path asks `plan` for the resources that a request names (gemini::resource_set) and pins
// the request to their owner (`request_traits::pin`). For an unknown one it tries the projects in
// turn, tells `deny` on 403 and 404, and `learn`s from the answer that it gets.
//
// Thread-safety: every member may be called from any thread; names are spread over shards, and a
// lock is held for one look-up or one change. No clock, no I/O: the time is an argument.
#pragma once

#include <gemkeeper/pool/affinity_record.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gemkeeper::pool {

struct affinity_settings {
  // Resources remembered; the ones not asked for longest give way. About 200 bytes each.
  std::size_t max_resources = 100'000;
  // How long a project that had no such resource is not asked for it again.
  duration denied_for = std::chrono::minutes(1);
};

// Where a request may go.
struct affinity_plan {
  enum class kind : std::uint8_t {
    anywhere,  // it names nothing
    pinned,    // to `owner`
    unknown,   // nobody knows `first` nor the others: try the projects, but for those in `not_in`
    conflict,  // `first` belongs to `owner`, `second` to `other`: no project has both
  };
  kind what = kind::anywhere;
  project_ref owner{};
  project_ref other{};
  std::string first{}, second{};  // fit to be shown: no secrets
  std::vector<project_ref> not_in{};
};

class affinity_table {
 public:
  explicit affinity_table(const affinity_settings& settings = {});
  affinity_table(const affinity_table&) = delete;
  affinity_table& operator=(const affinity_table&) = delete;
  ~affinity_table();

  // Told of whatever is worth storing: what was learned, and what was forgotten, with `expires`
  // being time_point{}. Called without a lock held. At most one, set before the table is shared.
  void on_change(std::function<void(const affinity_record&)> listener);

  // `same`: whether two references mean one project (`key_pool::same_project`). Names as
  // `gemini::append_resource` writes them. What has expired is unknown.
  using same_project = std::function<bool(const project_ref&, const project_ref&)>;
  affinity_plan plan(std::span<const std::string_view> names, const same_project& same,
                     time_point now);

  // An answer of this project named the resource. An expiry that moves a little is not told.
  void learn(std::string_view name, const project_ref& owner, time_point expires, time_point now);
  // This project does not know it, which is remembered for a short while; an owner once learned
  // stays, as it alone can say that it is gone.
  void deny(std::string_view name, const project_ref& project, time_point now);
  void forget(std::string_view name);  // it was deleted

  // A key is about to go: the projects are asked for by name from now on where they have one.
  void name_projects(const std::function<project_name(const key_id&)>& name_of);

  // Before the table is shared; tells nothing.
  void load(std::span<const affinity_record> stored, time_point now);
  [[nodiscard]] std::vector<affinity_record> records(time_point now) const;
  [[nodiscard]] std::size_t size() const;  // resources with an owner, expired ones too

 private:
  struct shard;
  struct owners;
  [[nodiscard]] shard& shard_of(std::string_view kept_name) const;
  void tell(const affinity_record& change) const;

  affinity_settings settings_;
  std::unique_ptr<owners> owners_;
  std::unique_ptr<shard[]> shards_;
  std::function<void(const affinity_record&)> listener_;
};

// `name` as it may be shown: "auth_tokens/…" for a secret.
std::string shown_resource(std::string_view name);

}  // namespace gemkeeper::pool
