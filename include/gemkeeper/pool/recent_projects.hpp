// In which project each client last made something that a later request may use beside other
// things: files, caches, stores. What it makes next had better be of the same project, for no key
// can use what belongs to two.
#pragma once

#include <gemkeeper/pool/key.hpp>
#include <gemkeeper/pool/project_ref.hpp>
#include <gemkeeper/pool/string_map.hpp>

#include <cstddef>
#include <mutex>
#include <optional>
#include <string_view>

namespace gemkeeper::pool {

// Thread-safe; a short lock, for the requests that make something. In memory only: after a restart
// nobody has made anything yet.
class recent_projects {
 public:
  // Clients remembered; beyond, one that nobody would miss for long is forgotten.
  static constexpr std::size_t max_clients = 10'000;

  // `client`: its id; empty: one that did not say who it is.
  void note(std::string_view client, const project_ref& project, time_point now);
  // Where it made something at most `within` ago. A clock that is set back counts as no time.
  [[nodiscard]] std::optional<project_ref> find(std::string_view client, duration within,
                                                time_point now) const;

 private:
  struct place {
    project_ref project;
    time_point last;
  };
  mutable std::mutex mutex_;
  string_map<place> places_;
};

}  // namespace gemkeeper::pool
