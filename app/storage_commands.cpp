// What commands do with the storage of a gemkeeper that does not run: look at it, re-seal it.
#include <gemkeeper/app/storage.hpp>
#include <gemkeeper/store/error.hpp>
#include <gemkeeper/store/keys.hpp>

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>

namespace gemkeeper::app {
namespace {

namespace fs = std::filesystem;

// As `open_state_directory`, but nothing is made.
state_directory expected_state(const config& what, const environment& variables) {
  state_directory state;
  if (what.storage_path != in_memory) state.path = state_path(variables);
  return state;
}

// Why a file cannot be opened for writing or made; empty: it can.
std::string why_not_writable(const fs::path& file, bool directories_are_made) {
  const auto denied = [](const fs::path& path) {
    return fmt::format("\"{}\": {}", path.native(), std::strerror(errno));
  };
  std::error_code ignored;
  if (fs::exists(file, ignored)) {
    if (!fs::is_regular_file(file, ignored)) {
      return fmt::format("\"{}\" is not a file", file.native());
    }
    if (::access(file.c_str(), R_OK | W_OK) != 0) return denied(file);
  }
  // Files are made beside it, so its directory has to be writable too.
  fs::path directory = fs::absolute(file).parent_path();
  while (directories_are_made && !fs::exists(directory, ignored) && directory.has_relative_path())
    directory = directory.parent_path();
  if (!fs::is_directory(directory, ignored)) {
    return fmt::format("there is no directory \"{}\" (make it, mode 0700)", directory.native());
  }
  if (::access(directory.c_str(), W_OK | X_OK) != 0) return denied(directory);
  return {};
}

}  // namespace

void check_storage(load_result& loaded, const environment& variables) {
  if (!loaded.value || loaded.value->storage_path == in_memory) return;
  const config& what = *loaded.value;
  const auto complain = [&](std::string_view setting, std::string text) {
    const auto found = std::ranges::find(what.effective, setting, &effective_setting::name);
    const setting_source source = found == what.effective.end() ? setting_source{} : found->source;
    loaded.problems.push_back({source, std::string(setting), std::move(text)});
  };
  const state_directory state = expected_state(what, variables);
  const fs::path path = database_path(what, state);
  if (path == in_memory) return;  // the start warns of it
  const bool own = what.storage_path.empty();
  if (const std::string wrong = why_not_writable(path, own); !wrong.empty()) {
    complain("storage.path", fmt::format("cannot be opened for writing: {}", wrong));
  }
  try {
    find_sealing_key(what, variables, state);
  } catch (const std::runtime_error& e) {
    const std::string_view text = e.what();  // "storage.sealing_key_file: …"
    const std::size_t mark = text.find(": ");
    complain(text.substr(0, mark), std::string(text.substr(mark + 2)));
  }
  if (!loaded.problems.empty()) loaded.value.reset();
}

std::size_t reseal(const config& what, const environment& variables, const fs::path& new_key_file) {
  const state_directory state = open_state_directory(variables, what.storage_path);
  const fs::path path = database_path(what, state);
  std::error_code ignored;
  if (path == in_memory || !fs::exists(path, ignored)) {
    throw std::runtime_error(fmt::format(
        "there is nothing to seal anew: {}",
        path == in_memory ? "storage.path is \":memory:\", or there is no state directory"
                          : fmt::format("there is no database \"{}\"", path.native())));
  }
  const auto now = find_sealing_key(what, variables, state);
  if (!now) {
    throw std::runtime_error(
        "the present master key is missing: restore it (storage.sealing_key_file)");
  }
  try {
    store::database_settings settings;
    settings.path = path;
    store::database database(settings);
    const store::sealing_key next = store::sealing_key::from_file(new_key_file);
    std::size_t count = 0;
    database.write([&](store::session& s) { count = store::reseal_all(s, *now, next); }).get();
    return count;
  } catch (const store::error& e) {
    if (e.kind() != store::fault::in_use) throw;
    throw std::runtime_error(fmt::format(
        "{}: a master key is changed while gemkeeper does not run, for it holds the present one",
        e.what()));
  }
}

}  // namespace gemkeeper::app
