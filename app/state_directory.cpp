#include "keys/secret.hpp"
#include <gemkeeper/app/state_directory.hpp>

#include <fmt/format.h>
#include <openssl/rand.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace gemkeeper::app {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t hash_key_size = 32;

// Without a place to keep a random key, ids come from this one. They reveal nothing for that: an
// API key is random itself, too long to be guessed from its hash.
constexpr std::string_view fixed_hash_key = "gemkeeper key id, version 1";

std::string why(std::string_view what, const fs::path& path, int error) {
  return fmt::format("{} \"{}\": {}", what, path.native(), std::strerror(error));
}

// "" when the directory is there and ours alone.
std::string make_private(const fs::path& directory) {
  std::error_code error;
  if (directory.has_parent_path()) fs::create_directories(directory.parent_path(), error);
  if (::mkdir(directory.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
    return why("cannot make the directory", directory, errno);
  }
  struct stat status {};
  if (::stat(directory.c_str(), &status) != 0) return why("cannot read", directory, errno);
  if (!S_ISDIR(status.st_mode)) return why("cannot use", directory, ENOTDIR);
  constexpr mode_t others = S_IRWXG | S_IRWXO;
  if ((status.st_mode & others) != 0 && ::chmod(directory.c_str(), S_IRWXU) != 0) {
    return why("cannot make private (chmod 700)", directory, errno);
  }
  return {};
}

// Writes a new hash key. Whole or not at all, also when two processes start at once: the second
// finds the first one's.
std::string write_hash_key(const fs::path& path) {
  std::string random(hash_key_size, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(random.data()), hash_key_size) != 1) {
    return "the system gives no random bytes";
  }
  fs::path fresh = path;
  fresh += fmt::format(".{}", ::getpid());
  const int file =
      ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file < 0) return why("cannot write", fresh, errno);
  const bool written =
      ::write(file, random.data(), random.size()) == hash_key_size && ::fsync(file) == 0;
  const bool placed = written && (::link(fresh.c_str(), path.c_str()) == 0 || errno == EEXIST);
  std::string failure = placed ? "" : why("cannot write", path, errno);
  ::close(file);
  ::unlink(fresh.c_str());
  return failure;
}

std::string open_hash_key(const fs::path& path, std::string& into) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) {
    if (auto failure = write_hash_key(path); !failure.empty()) return failure;
  }
  if (auto failure = read_file(path, hash_key_size, into); !failure.empty()) return failure;
  if (into.size() != hash_key_size) {
    return fmt::format("\"{}\" is damaged: it should hold {} bytes (remove it to get a new one)",
                       path.native(), hash_key_size);
  }
  return {};
}

}  // namespace

fs::path state_path(const environment& variables) {
  // systemd gives a list when the unit has several; ours is the first.
  const std::string_view given = value_of(variables, "STATE_DIRECTORY");
  if (!given.empty()) return given.substr(0, given.find(':'));
  // The XDG specification has relative paths ignored.
  const fs::path state_home(value_of(variables, "XDG_STATE_HOME"));
  if (state_home.is_absolute()) return state_home / "gemkeeper";
  const fs::path home(value_of(variables, "HOME"));
  return home.empty() ? fs::path{} : home / ".local/state/gemkeeper";
}

state_directory open_state_directory(const environment& variables, const fs::path& storage_path) {
  state_directory state{{}, std::string(fixed_hash_key), {}};
  if (storage_path == in_memory) return state;

  const fs::path path = state_path(variables);
  std::string hash_key;
  std::string failure =
      path.empty() ? "none of STATE_DIRECTORY, XDG_STATE_HOME and HOME is set" : make_private(path);
  if (failure.empty()) failure = open_hash_key(path / "id.key", hash_key);
  if (failure.empty()) {
    state.path = path;
    state.hash_key = std::move(hash_key);
  } else {
    state.warning = "no state directory: " + failure +
                    "; key ids are not private to this machine, and the local CA" +
                    (storage_path.empty() ? " and what is stored are" : " is") + " lost at the end";
  }
  return state;
}

}  // namespace gemkeeper::app
