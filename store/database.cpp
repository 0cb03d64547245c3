#include "lock_file.hpp"
#include "opening.hpp"
#include "store_thread.hpp"
#include <gemkeeper/store/database.hpp>

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace gemkeeper::store {
namespace {

namespace fs = std::filesystem;

// Relative paths would follow a change of the working directory.
database_settings checked(database_settings s) {
  if (s.path.empty()) throw error(fault::input, "storage.path is empty");
  if (s.workers == 0 || s.max_queued == 0 || s.commit_interval.count() <= 0) {
    throw error(fault::input, "storage: workers, queue and commit interval must be at least 1");
  }
  if (s.path == memory_path) return s;
  s.path = fs::absolute(s.path);
  std::error_code ignored;
  if (!fs::is_directory(s.path.parent_path(), ignored)) {
    throw error(fault::cannot_open,
                fmt::format("storage: there is no directory \"{}\": make it (mode 0700), or change "
                            "storage.path",
                            s.path.parent_path().native()));
  }
  return s;
}

}  // namespace

class database::state {
 public:
  explicit state(const database_settings& given) : settings(checked(given)) {
    const bool in_memory = settings.path == memory_path;
    if (!in_memory) {
      fs::path lock_path = settings.path;
      lock.emplace(lock_path += ".lock");
    }
    auto writer = open_for_writing(settings, report);
    if (!in_memory) replay_journals(*writer, settings, report);
    thread.emplace(settings, std::move(writer));
    const journal_area::shape shape{settings.journal_records, settings.journal_names_size};
    for (std::size_t i = 0; i < settings.workers; ++i) {
      thread->add_journal(in_memory ? journal_area::anonymous(shape)
                                    : journal_area::create(journal_path(settings.path, i), shape));
    }
    // In memory there is but one connection.
    if (!in_memory) {
      reader = std::make_unique<session>(settings.path.native(), session::access::read,
                                         settings.busy_timeout);
    }
    thread->start();
  }

  void read(const std::function<void(session&)>& f) {
    const auto in_snapshot = [&f](session& s) {
      transaction one_state(s, "BEGIN");
      f(s);
      one_state.commit();
    };
    if (!reader) return thread->with_writer(in_snapshot);
    const std::lock_guard hold(reader_mutex);
    in_snapshot(*reader);
  }

  closing_report close() {
    // A second time would remove what the first left for the next start.
    if (std::exchange(is_closed, true)) return {};
    const closing_report closed = thread->stop();
    if (settings.path == memory_path || closed.kept != 0 || !closed.problem.empty()) return closed;
    std::error_code ignored;  // the next start finds them committed
    for (std::size_t i = 0; i < settings.workers; ++i)
      fs::remove(journal_path(settings.path, i), ignored);
    return closed;
  }

  const database_settings settings;
  opening_report report;
  std::optional<lock_file> lock;
  std::optional<store_thread> thread;
  std::mutex reader_mutex;
  std::unique_ptr<session> reader;
  bool is_closed = false;
};

database::database(const database_settings& settings) : state_(std::make_unique<state>(settings)) {}

database::~database() {
  close();
}

const opening_report& database::opening() const {
  return state_->report;
}

usage_journal& database::journal(std::size_t worker) {
  return state_->thread->journal(worker);
}

void database::write(change what, std::function<void(const error*)> done) {
  queued_change queued{std::move(what), std::move(done)};
  if (state_->thread->queue(std::move(queued))) return;
  const error full(fault::overloaded,
                   fmt::format("storage \"{}\": too many changes wait to be "
                               "written, or it is closed (try again; is the disk "
                               "slow?)",
                               state_->settings.path.native()));
  if (queued.done) queued.done(&full);
}

pending_change database::write(change what) {
  using answer = std::optional<pending_change::problem>;
  const auto promise = std::make_shared<std::promise<answer>>();  // shared with the queue
  pending_change told(promise->get_future());
  write(std::move(what), [promise](const error* failure) {
    promise->set_value(
        failure == nullptr ? answer() : pending_change::problem{failure->kind(), failure->what()});
  });
  return told;
}

void pending_change::get() {
  if (const auto failure = told_.get()) throw error(failure->kind, failure->message);
}

void database::flush() {
  write(change{}).get();
}

void database::read_with(const std::function<void(session&)>& f) {
  state_->read(f);
}

void database::set_retention(const retention_settings& r) {
  state_->thread->set_retention(r);
}

void database::back_up(const fs::path& to) {
  std::error_code ignored;
  if (fs::exists(to, ignored)) {
    throw error(fault::input,
                fmt::format("storage: \"{}\" is there already: choose another name for "
                            "the backup, or remove it",
                            to.native()));
  }
  flush();
  // SQLite fills an empty file, whose mode is then ours.
  const int file = ::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file < 0) {
    throw error(fault::cannot_open, fmt::format("storage: cannot make the backup \"{}\": {}",
                                                to.native(), std::strerror(errno)));
  }
  ::close(file);
  const auto copy = [&to](session& s) { s.prepare_once("VACUUM INTO ?").bind(to.native()).run(); };
  try {
    if (!state_->reader) return state_->thread->with_writer(copy);
    // Not on the readers' connection: it takes as long as the database is large.
    session own(state_->settings.path.native(), session::access::read,
                state_->settings.busy_timeout);
    copy(own);
  } catch (const error&) {
    fs::remove(to, ignored);
    throw;
  }
}

storage_health database::health() const {
  return state_->thread->health();
}

closing_report database::close() {
  return state_->close();
}

}  // namespace gemkeeper::store
