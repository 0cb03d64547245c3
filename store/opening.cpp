#include "opening.hpp"

#include "journal_reader.hpp"
#include "migrations.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace gemkeeper::store {
namespace {

namespace fs = std::filesystem;

fs::path beside(const fs::path& path, std::string_view suffix) {
  fs::path other = path;
  other += suffix;
  return other;
}

// SQLite makes its other files with the mode of the database.
bool make_private_file(const fs::path& path) {
  const int file =
      ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
  struct stat status {};
  const bool mine =
      file >= 0 && ::fstat(file, &status) == 0 && S_ISREG(status.st_mode) &&
      ((status.st_mode & (S_IRWXG | S_IRWXO)) == 0 || ::fchmod(file, S_IRUSR | S_IWUSR) == 0);
  const int problem = file >= 0 && !S_ISREG(status.st_mode) ? EINVAL : errno;
  if (file >= 0) ::close(file);
  if (!mine) {
    const bool read_only = problem == EACCES || problem == EROFS || problem == EPERM;
    throw error(
        read_only ? fault::read_only : fault::cannot_open,
        fmt::format("storage: cannot open \"{}\" for writing: {} (storage.path must be a file "
                    "that gemkeeper may write, in a directory that it may write)",
                    path.native(), std::strerror(problem)));
  }
  return status.st_size == 0;
}

std::unique_ptr<session> open_once(const database_settings& settings, opening_report& report) {
  const bool in_memory = settings.path == memory_path;
  report.created = in_memory || make_private_file(settings.path);
  auto s = std::make_unique<session>(settings.path.native(), session::access::write,
                                     settings.busy_timeout);
  // Retention gives room back to the disk by it. Only an empty database can be set so.
  if (report.created) s->run("PRAGMA auto_vacuum=INCREMENTAL");
  s->run(
      "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
      "PRAGMA journal_size_limit=67108864; PRAGMA trusted_schema=OFF; PRAGMA temp_store=MEMORY; "
      "PRAGMA secure_delete=ON");
  statement check = s->prepare_once("PRAGMA quick_check(1)");
  if (const std::string found = check.next() ? check.text(0) : "ok"; found != "ok") {
    throw error(fault::damaged, fmt::format("storage \"{}\": {}", settings.path.native(), found));
  }
  check.rewind();
  try {
    report.found_version = migrate(*s);
  } catch (const error& e) {
    if (e.kind() != fault::newer_version && e.kind() != fault::cannot_open) throw;
    throw error(e.kind(), fmt::format("storage \"{}\": {}", settings.path.native(), e.what()));
  }
  return s;
}

std::string stamp(const database_settings& settings) {
  return fmt::format(".damaged-{:%Y%m%dT%H%M%SZ}",
                     std::chrono::floor<std::chrono::seconds>(settings.now()));
}

// Never over a former one.
fs::path set_aside(const fs::path& path, const std::string& suffix) {
  fs::path to = beside(path, suffix);
  std::error_code problem;
  for (int n = 2; fs::exists(to, problem); ++n)
    to = beside(path, fmt::format("{}.{}", suffix, n));
  fs::rename(path, to, problem);
  if (problem) {
    throw error(fault::damaged,
                fmt::format("storage: \"{}\" is damaged and cannot be set aside: {} "
                            "(move it away)",
                            path.native(), problem.message()));
  }
  return to;
}

std::vector<fs::path> found_journals(const fs::path& database) {
  const std::string prefix = database.filename().native() + ".usage-";
  const fs::path directory = database.has_parent_path() ? database.parent_path() : fs::path(".");
  std::vector<fs::path> found;
  for (const fs::directory_entry& file : fs::directory_iterator(directory)) {
    const std::string name = file.path().filename().native();
    if (!name.starts_with(prefix) || name.size() == prefix.size()) continue;
    const bool numbered = std::all_of(name.begin() + static_cast<std::ptrdiff_t>(prefix.size()),
                                      name.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (numbered) found.push_back(file.path());
  }
  std::ranges::sort(found);
  return found;
}

void replay(session& s, journal_area& area, const database_settings& settings,
            opening_report& report) {
  // A database that never saw this journal may be a new one in the place of a damaged one; then the
  // journal itself knows how much it had given away.
  const std::uint64_t committed =
      committed_of(s, area.id()).value_or(area.drained().load(std::memory_order_relaxed));
  journal_reader reader(area);
  name_table names;
  usage_batch batch;
  transaction all(s);
  reader.replay(s, names, committed, batch);
  batch.apply(s);
  reader.commit_in(s);
  all.commit();
  report.replayed_calls += reader.calls();
  report.torn_records += reader.torn();
  if (settings.on_step) settings.on_step("replay committed");
}

}  // namespace

fs::path journal_path(const fs::path& database, std::size_t worker) {
  return beside(database, fmt::format(".usage-{}", worker));
}

std::unique_ptr<session> open_for_writing(const database_settings& settings,
                                          opening_report& report) {
  try {
    return open_once(settings, report);
  } catch (const error& e) {
    if (e.kind() != fault::damaged || settings.path == memory_path) throw;
    report.damage = e.what();
  }
  const std::string suffix = stamp(settings);
  report.set_aside = set_aside(settings.path, suffix);
  for (const std::string_view part : {"-wal", "-shm"}) {
    std::error_code problem;
    if (!fs::exists(beside(settings.path, part), problem)) continue;
    // To the names that SQLite looks for beside the renamed file; left behind, they would be played
    // into the new one.
    fs::rename(beside(settings.path, part), beside(*report.set_aside, part), problem);
    if (problem) {
      throw error(fault::damaged,
                  fmt::format("storage: \"{}{}\" cannot be set aside: {} (move it to "
                              "\"{}{}\")",
                              settings.path.native(), part, problem.message(),
                              report.set_aside->native(), part));
    }
  }
  return open_once(settings, report);
}

void replay_journals(session& s, const database_settings& settings, opening_report& report) {
  for (const fs::path& path : found_journals(settings.path)) {
    std::unique_ptr<journal_area> area;
    try {
      area = journal_area::open(path);
    } catch (const error& e) {
      if (e.kind() != fault::damaged) throw;
      report.damaged_journals.push_back(set_aside(path, stamp(settings)));
      continue;
    }
    if (area) replay(s, *area, settings, report);
    std::error_code problem;
    fs::remove(path, problem);
    if (problem) {
      throw error(
          fault::read_only,
          fmt::format("storage: cannot remove the usage journal \"{}\": {} (it is committed; "
                      "make the directory writable)",
                      path.native(), problem.message()));
    }
    if (settings.on_step) settings.on_step("replay removed");
  }
  // Their files are gone.
  s.prepare("DELETE FROM journals").run();
}

}  // namespace gemkeeper::store
