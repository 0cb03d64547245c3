#include "resources/shelf.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace gemkeeper::sandbox {

std::string resource_shelf::new_id() {
  const std::lock_guard lock(mutex_);
  // Different for each, and not to be guessed by counting.
  return fmt::format("{:012x}", (++made_ * 0x9e3779b97f4a7c15U) >> 16U);
}

void resource_shelf::put(stored_resource what) {
  const std::lock_guard lock(mutex_);
  const auto known = resources_.find(what.name);
  if (known != resources_.end()) {
    known->second.second = std::move(what);
    return;
  }
  std::string name = what.name;
  resources_.emplace(std::move(name), std::pair(++made_, std::move(what)));
}

std::optional<stored_resource> resource_shelf::find(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = resources_.find(name);
  if (found == resources_.end()) return std::nullopt;
  return found->second.second;
}

bool resource_shelf::remove(const std::string& name) {
  const std::lock_guard lock(mutex_);
  return resources_.erase(name) != 0;
}

std::vector<stored_resource> resource_shelf::list(std::string_view project,
                                                  std::string_view collection) const {
  std::vector<std::pair<std::uint64_t, stored_resource>> found;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, one] : resources_) {
      const bool listed = name.starts_with(collection) && one.second.project == project &&
                          name.find('/', collection.size()) == std::string::npos;
      if (listed) found.push_back(one);
    }
  }
  std::ranges::sort(found, {}, [](const auto& one) { return one.first; });
  std::vector<stored_resource> all;
  for (auto& [order, one] : found)
    all.push_back(std::move(one));
  return all;
}

std::string resource_shelf::start_upload(upload_session begun) {
  std::string id = "sandbox-upload-" + new_id();
  const std::lock_guard lock(mutex_);
  uploads_.emplace(id, std::move(begun));
  return id;
}

bool resource_shelf::with_upload(const std::string& id,
                                 const std::function<void(upload_session&)>& f) {
  const std::lock_guard lock(mutex_);
  const auto found = uploads_.find(id);
  if (found == uploads_.end()) return false;
  f(found->second);
  return true;
}

void resource_shelf::clear() {
  const std::lock_guard lock(mutex_);
  resources_.clear();
  uploads_.clear();
}

}  // namespace gemkeeper::sandbox
