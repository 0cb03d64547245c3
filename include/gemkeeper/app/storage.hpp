// The store as the program has it: the database that the configuration names, and the master key
// under which secrets lie in it.
#pragma once

#include <gemkeeper/app/config.hpp>
#include <gemkeeper/app/log.hpp>
#include <gemkeeper/app/state_directory.hpp>
#include <gemkeeper/store/database.hpp>
#include <gemkeeper/store/sealing_key.hpp>

#include <cstddef>
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
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }  // or ":memory:"
  // False: what is stored ends with the process.
  [[nodiscard]] bool durable() const { return durable_; }

  // What opening found: a new database, one set aside because it is damaged, usage of a process
  // that died.
  void tell(log& to) const;
  // Now and then: tells when writing begins to fail and when it works again, and tries.
  void look_after(log& to);
  // Commits what is there, and tells what could not be. Workers have stopped.
  void close(log& to);

 private:
  bool durable_;
  std::filesystem::path path_;
  bool told_of_problem_ = false;
  std::optional<store::database> database_;
  std::optional<store::sealing_key> key_;
};

// Whether `serve` could open or make its files; nothing is made. What is wrong becomes a problem of
// `loaded`, which then holds no configuration.
void check_storage(load_result& loaded, const environment& variables);

// `gemkeeper keys reseal`: seals all that is stored under the master key in `new_key_file`, which
// is made when it is missing; all or nothing. Returns the number of keys. Throws std::runtime_error
// that names the remedy: a gemkeeper that runs, a present master key that is not the database's.
std::size_t reseal(const config& what, const environment& variables,
                   const std::filesystem::path& new_key_file);

}  // namespace gemkeeper::app
