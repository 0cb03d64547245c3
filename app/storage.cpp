#include <gemkeeper/app/storage.hpp>
#include <gemkeeper/proxy/server.hpp>
#include <gemkeeper/store/error.hpp>
#include <gemkeeper/store/keys.hpp>
#include <gemkeeper/store/meta.hpp>

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

namespace gemkeeper::app {
namespace {

namespace fs = std::filesystem;

// Where the master key is, and the setting that says so.
struct key_place {
  std::string_view setting;
  fs::path file;  // empty: `text` is the key
  std::string_view text;
  bool may_be_made = false;
};

key_place place_of_key(const config& what, const environment& variables,
                       const state_directory& state) {
  const sealing_key_settings& given = what.sealing_key;
  if (!given.env.empty()) {
    const std::string_view text = value_of(variables, given.env);
    if (text.empty()) {
      throw std::runtime_error(fmt::format(
          "storage.sealing_key_env: the environment variable {} is not set", given.env));
    }
    return {"storage.sealing_key_env", {}, text};
  }
  if (!given.credential.empty()) {
    const std::string_view directory = value_of(variables, "CREDENTIALS_DIRECTORY");
    if (directory.empty()) {
      throw std::runtime_error(
          fmt::format("storage.sealing_key_credential: $CREDENTIALS_DIRECTORY is not set (start it "
                      "by systemd, with LoadCredential={}:PATH in the unit)",
                      given.credential));
    }
    return {"storage.sealing_key_credential", fs::path(directory) / given.credential, {}};
  }
  if (!given.file.empty()) return {"storage.sealing_key_file", given.file, {}, true};
  if (state.path.empty()) {
    throw std::runtime_error(
        "storage.sealing_key_file: there is no state directory to keep the master key in: name a "
        "file for it");
  }
  return {"storage.sealing_key_file", state.path / "sealing.key", {}, true};
}

std::optional<store::sealing_key> read_key(const key_place& place, const config& what) {
  std::error_code ignored;
  try {
    if (place.file.empty()) return store::sealing_key::from_text(place.text, what.sealing_key.env);
    if (place.may_be_made && !fs::exists(place.file, ignored)) return std::nullopt;
    return store::sealing_key::read(place.file);
  } catch (const store::error& e) {
    throw std::runtime_error(fmt::format("{}: {}", place.setting, e.what()));
  }
}

// A database that was sealed is not opened with a master key made up on the spot.
store::sealing_key key_for(store::database& database, const config& what,
                           const environment& variables, const state_directory& state) {
  const key_place place = place_of_key(what, variables, state);
  std::optional<store::sealing_key> key = read_key(place, what);
  const std::string sealed_under =
      database.read([](store::session& s) { return store::meta(s, "sealing.check"); });
  try {
    if (!key && !sealed_under.empty()) {
      throw std::runtime_error(fmt::format(
          "{}: there is no master key \"{}\", and the database is sealed under master key {}: "
          "restore that file (nothing was changed)",
          place.setting, place.file.native(), sealed_under));
    }
    if (!key) key = store::sealing_key::from_file(place.file);
    if (sealed_under != key->check_value()) {
      database.write([&key](store::session& s) { store::verify_sealing_key(s, *key); }).get();
    }
  } catch (const store::error& e) {
    throw std::runtime_error(fmt::format("{}: {}", place.setting, e.what()));
  }
  return std::move(*key);
}

store::database_settings settings_of(const config& what, fs::path path) {
  store::database_settings settings;
  settings.path = std::move(path);
  settings.workers = proxy::worker_count(what.proxy);
  return settings;
}

}  // namespace

fs::path database_path(const config& what, const state_directory& state) {
  if (!what.storage_path.empty()) return what.storage_path;
  return state.path.empty() ? fs::path(in_memory) : state.path / "gemkeeper.db";
}

std::optional<store::sealing_key> find_sealing_key(const config& what, const environment& variables,
                                                   const state_directory& state) {
  return read_key(place_of_key(what, variables, state), what);
}

storage::storage(const config& what, const environment& variables, const state_directory& state,
                 persistence lasting)
    : path_(lasting == persistence::until_end ? fs::path(in_memory) : database_path(what, state)) {
  durable_ = path_ != in_memory;
  database_.emplace(settings_of(what, path_));
  key_ = durable_ ? key_for(*database_, what, variables, state) : store::sealing_key::random();
}

void storage::tell(log& to) const {
  const store::opening_report& found = database_->opening();
  if (!durable_) {
    to.info("storage", "state is kept in memory, until the end");
    return;
  }
  if (found.set_aside) {
    to.error("storage_damaged",
             fmt::format("the database was damaged and is set aside; a new one is begun, without "
                         "the keys and the usage of the old one ({})",
                         found.damage),
             {{"path", path_.native()}, {"set_aside", found.set_aside->native()}});
  }
  for (const fs::path& journal : found.damaged_journals) {
    to.warn("storage_damaged", "a usage journal was damaged and is set aside",
            {{"set_aside", journal.native()}});
  }
  to.info("storage", found.created ? "a database was made" : "the database is open",
          {{"path", path_.native()},
           {"replayed_calls", static_cast<std::int64_t>(found.replayed_calls)},
           {"torn_records", static_cast<std::int64_t>(found.torn_records)}});
}

void storage::look_after(log& to) {
  const std::string problem = database_->health().problem;
  if (!problem.empty() && !std::exchange(told_of_problem_, true)) {
    to.error("storage_failed", problem);
  } else if (problem.empty() && std::exchange(told_of_problem_, false)) {
    to.info("storage_recovered", "the storage can be written again");
  }
  // Else nothing might be written, and the problem be told for ever.
  if (!problem.empty()) {
    database_->write([](store::session& s) { store::set_meta(s, "storage.tried", "1"); },
                     [](const store::error*) {});
  }
}

void storage::close(log& to) {
  const store::closing_report closed = database_->close();
  if (!closed.problem.empty()) to.error("storage", closed.problem);
  if (closed.kept != 0) {
    to.warn("storage", "usage could not be committed: the journals keep it for the next start",
            {{"records", static_cast<std::int64_t>(closed.kept)}});
  }
  if (closed.lost != 0) {
    to.error("storage", "usage was lost: there was no room for it",
             {{"rows", static_cast<std::int64_t>(closed.lost)}});
  }
}

}  // namespace gemkeeper::app
