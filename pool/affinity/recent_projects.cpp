#include <gemkeeper/pool/recent_projects.hpp>

namespace gemkeeper::pool {

void recent_projects::note(std::string_view client, const project_ref& project, time_point now) {
  const std::lock_guard lock(mutex_);
  const auto known = places_.find(client);
  if (known != places_.end()) {
    known->second = {project, now};
    return;
  }
  if (places_.size() >= max_clients) places_.erase(places_.begin());
  places_.try_emplace(std::string(client), place{project, now});
}

std::optional<project_ref> recent_projects::find(std::string_view client, duration within,
                                                 time_point now) const {
  const std::lock_guard lock(mutex_);
  const auto known = places_.find(client);
  if (known == places_.end() || now - known->second.last > within) return std::nullopt;
  return known->second.project;
}

}  // namespace gemkeeper::pool
