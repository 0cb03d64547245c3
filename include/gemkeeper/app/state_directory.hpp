// The state directory, and the key that turns secrets into public ids.
#pragma once

#include <gemkeeper/app/environment.hpp>

#include <filesystem>
#include <string>
#include <string_view>

namespace gemkeeper::app {

// As storage.path: nothing is written.
inline constexpr std::string_view in_memory = ":memory:";

struct state_directory {
  std::filesystem::path path;  // empty: nothing is written
  std::string hash_key;        // for pool::key_pool
  std::string warning;         // why nothing can be written; empty: all is well

  // Of the local CA; empty: it lives in memory only.
  [[nodiscard]] std::string ca_directory() const {
    return path.empty() ? std::string() : (path / "ca").native();
  }
};

// $STATE_DIRECTORY, else $XDG_STATE_HOME/gemkeeper, else ~/.local/state/gemkeeper; empty when none
// of these variables is set.
std::filesystem::path state_path(const environment& variables);

// Makes the directory (0700) and `id.key` in it (32 random bytes, 0600) where they are missing.
// Writes nothing when `storage_path` is ":memory:". Never throws: what fails is in `warning`.
state_directory open_state_directory(const environment& variables,
                                     const std::filesystem::path& storage_path);

}  // namespace gemkeeper::app
