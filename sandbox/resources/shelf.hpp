// What the keys of each project have made: files, caches, batches, stores, uploads under way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gemkeeper::sandbox {

struct stored_resource {
  std::string name;     // "files/abc"
  std::string project;  // alone may use it
  std::string json;     // as it is answered
  std::string mime_type{};
  std::shared_ptr<const std::string> content{};  // of a file; shared by those that download it
};

// A resumable upload.
struct upload_session {
  enum class state : std::uint8_t { active, final, cancelled };

  std::string project;
  std::string store;     // "fileSearchStores/s"; empty: a file is made
  std::string metadata;  // the JSON it began with
  std::string mime_type;
  std::string content{};  // so far
  state now = state::active;
  std::string answer{};  // to the last piece
};

// Thread-safe. Outlives scenarios: a change of faults loses no file.
class resource_shelf {
 public:
  std::string new_id();
  void put(stored_resource what);  // in place of one of that name
  [[nodiscard]] std::optional<stored_resource> find(const std::string& name) const;
  bool remove(const std::string& name);
  // "files/", in the order they were made.
  [[nodiscard]] std::vector<stored_resource> list(std::string_view project,
                                                  std::string_view collection) const;

  std::string start_upload(upload_session begun);
  // False: there is no such upload.
  bool with_upload(const std::string& id, const std::function<void(upload_session&)>& f);

  void clear();

 private:
  mutable std::mutex mutex_;
  std::uint64_t made_ = 0;
  std::map<std::string, std::pair<std::uint64_t, stored_resource>> resources_;  // with their order
  std::map<std::string, upload_session> uploads_;
};

}  // namespace gemkeeper::sandbox
