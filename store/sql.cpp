#include "sql.hpp"

#include <fmt/format.h>

#include <thread>
#include <utility>

namespace gemkeeper::store {
namespace {

// What pool::data_path_first does for loops, in steps of SQLite's virtual machine.
constexpr int steps_between_yields = 500;

int yield(void*) {
  std::this_thread::yield();
  return 0;
}

[[noreturn]] void raise(sqlite3* connection, int code) {
  const char* name = connection != nullptr ? sqlite3_db_filename(connection, "main") : nullptr;
  const std::string path = name != nullptr && *name != '\0' ? name : ":memory:";
  const std::string why = connection != nullptr ? sqlite3_errmsg(connection) : sqlite3_errstr(code);
  struct meaning {
    fault what;
    std::string_view remedy;
  };
  const meaning m = [code]() -> meaning {
    switch (code & 0xff) {
      case SQLITE_FULL:
        return {fault::disk_full, "make room on its disk"};
      case SQLITE_READONLY:
      case SQLITE_PERM:
        return {fault::read_only, "make the file and its directory writable"};
      case SQLITE_BUSY:
      case SQLITE_LOCKED:
        return {fault::locked, "close the program that has it locked"};
      case SQLITE_CORRUPT:
      case SQLITE_NOTADB:
        return {fault::damaged, "restore a backup, or start again to have it set aside"};
      case SQLITE_CANTOPEN:
        return {fault::cannot_open, "check storage.path and who may write there"};
      case SQLITE_CONSTRAINT:
        return {fault::duplicate, "it would break a rule of its table"};
      default:
        return {fault::failed, "check the disk and the system's log"};
    }
  }();
  throw error(m.what,
              fmt::format("storage \"{}\": {}, SQLite code {} ({})", path, why, code, m.remedy));
}

// What SQLite copies at once.
const auto transient = reinterpret_cast<sqlite3_destructor_type>(-1);

}  // namespace

std::int64_t to_micros(pool::time_point time) {
  return std::chrono::floor<std::chrono::microseconds>(time.time_since_epoch()).count();
}

pool::time_point from_micros(std::int64_t micros) {
  return pool::time_point(std::chrono::microseconds(micros));
}

statement::statement(sqlite3* connection, std::string_view sql) {
  sqlite3_stmt* made = nullptr;
  const int code = sqlite3_prepare_v3(connection, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &made, nullptr);
  statement_.reset(made);
  if (code != SQLITE_OK) raise(connection, code);
}

void statement::check(int code) const {
  if (code != SQLITE_OK) raise(sqlite3_db_handle(statement_.get()), code);
}

void statement::rewind() {
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
}

void statement::put_integer(int at, std::int64_t value) {
  check(sqlite3_bind_int64(statement_.get(), at, value));
}

void statement::put(int at, std::string_view text) {
  // A null pointer would be NULL.
  const char* data = text.empty() ? "" : text.data();
  check(sqlite3_bind_text64(statement_.get(), at, data, text.size(), transient, SQLITE_UTF8));
}

void statement::put(int at, blob bytes) {
  const char* data = bytes.bytes.empty() ? "" : bytes.bytes.data();
  check(sqlite3_bind_blob64(statement_.get(), at, data, bytes.bytes.size(), transient));
}

bool statement::next() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  sqlite3* connection = sqlite3_db_handle(statement_.get());
  if (code != SQLITE_DONE) {
    // The reset ends the statement's hold on the transaction; the message stays the same.
    sqlite3_reset(statement_.get());
    raise(connection, code);
  }
  sqlite3_reset(statement_.get());
  return false;
}

void statement::run() {
  while (next()) {
  }
}

std::int64_t statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

std::uint64_t statement::count(int column) const {
  return static_cast<std::uint64_t>(integer(column));
}

std::string statement::text(int column) const {
  const void* data = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return data == nullptr
             ? std::string()
             : std::string(static_cast<const char*>(data), static_cast<std::size_t>(size));
}

std::optional<pool::time_point> statement::maybe_time(int column) const {
  if (sqlite3_column_type(statement_.get(), column) == SQLITE_NULL) return std::nullopt;
  return time(column);
}

session::session(const std::string& path, access a, std::chrono::milliseconds busy_timeout) {
  const int flags =
      (a == access::write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY) |
      SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  sqlite3* made = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &made, flags, nullptr);
  connection_.reset(made);
  if (code != SQLITE_OK) raise(made, code);
  sqlite3_busy_timeout(made, static_cast<int>(busy_timeout.count()));
  sqlite3_progress_handler(made, steps_between_yields, yield, nullptr);
}

void session::run(const std::string& script) {
  const int code = sqlite3_exec(connection_.get(), script.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) raise(connection_.get(), code);
}

statement& session::prepare(std::string_view sql) {
  auto found = statements_.find(sql);
  if (found == statements_.end()) {
    found = statements_.emplace(std::string(sql), statement(connection_.get(), sql)).first;
  }
  found->second.rewind();
  return found->second;
}

std::int64_t session::number(std::string_view sql) {
  statement asked(connection_.get(), sql);
  return asked.next() ? asked.integer(0) : 0;
}

transaction::transaction(session& s, const char* begin) : session_(s) {
  session_.run(begin);
}

transaction::~transaction() {
  if (!open_ || !session_.in_transaction()) return;
  try {
    session_.run("ROLLBACK");
  } catch (const error&) {
    // SQLite rolls back what it must by itself; the error that led here is told already.
  }
}

void transaction::commit() {
  session_.run("COMMIT");
  open_ = false;
}

}  // namespace gemkeeper::store
