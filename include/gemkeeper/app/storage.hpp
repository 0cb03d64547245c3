// The store as the program has it: the database that the configuration names, and the master key
// under which secrets lie in it.
#pragma once

#include <gemkeeper/app/config.hpp>
#include <gemkeeper/app/log.hpp>
#include <gemkeeper/app/state_directory.hpp>
#include <gemkeeper/store/database.hpp>
#include <gemkeeper/store/sealing_key.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>

namespace gemkeeper::app {

// How long what is stored should last.
enum class persistence : std::uint8_t {
  as_configured,
  until_end,  // in memory whatever is configured: `gemkeeper run`, the demo
};

// storage.path, else gemkeeper.db in the state directory, else ":memory:".
std::filesystem::path database_path(const config& what, const state_directory& state);

// storage.sealing_key_*, else sealing.key in the state directory. Never makes the file: nullopt
// when there is none. Throws std::runtime_error that names the setting and the remedy.
std::optional<store::sealing_key> find_sealing_key(const config& what, const environment& variables,
                                                   const state_directory& state);

// Thread-safety: `close` and the destructor are the owner's; the rest may be called from any
// thread.
class storage {
 public:
  // Opens or makes the database with a journal for each worker, and its master key where there is
  // none. Throws std::runtime_error that names the setting and the remedy: no permission, in use, a
  // newer version, a master key that is not this database's, which then is left as it is.
  storage(const config& what, const environment& variables, const state_directory& state,
          persistence lasting);

  [[nodiscard]] store::database& database() { return *database_; }
  [[nodiscard]] const store::sealing_key& sealing_key() const { return *key_; }
  // False: what is stored ends with the process.
  [[nodiscard]] bool durable() const { return durable_; }

  // What opening found: a new database, one set aside because it is damaged, usage of a process
  // that died.
  void tell(log& to) const;
  // Commits what is there, and tells what could not be. Workers have stopped.
  void close(log& to);

 private:
  bool durable_;
  std::filesystem::path path_;
  std::optional<store::database> database_;
  std::optional<store::sealing_key> key_;
};

}  // namespace gemkeeper::app
