// SQLite's connections and statements, with errors as exceptions.
#pragma once

#include <gemkeeper/pool/key.hpp>
#include <gemkeeper/pool/string_map.hpp>
#include <gemkeeper/store/error.hpp>

#include <sqlite3.h>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace gemkeeper::store {

// Bytes rather than text.
struct blob {
  std::string_view bytes;
};

// Microseconds since 1970, as the database keeps points in time.
std::int64_t to_micros(pool::time_point time);
pool::time_point from_micros(std::int64_t micros);

class statement {
 public:
  statement(sqlite3* connection, std::string_view sql);

  // Starts anew, with these as its parameters from the first on.
  template <class... Values>
  statement& bind(const Values&... values) {
    rewind();
    int at = 0;
    (put(++at, values), ...);
    return *this;
  }
  // As `bind`, one parameter at a time.
  void rewind();
  template <std::integral Value>
  void put(int at, Value value) {
    put_integer(at, static_cast<std::int64_t>(value));
  }
  void put(int at, std::string_view text);
  void put(int at, const std::string& text) { put(at, std::string_view(text)); }
  void put(int at, blob bytes);
  void put(int at, pool::time_point time) { put_integer(at, to_micros(time)); }
  template <class Value>
  void put(int at, const std::optional<Value>& value) {
    if (value) put(at, *value);  // else it stays NULL
  }

  bool next();  // false: no further row
  void run();   // to its end, without rows

  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::uint64_t count(int column) const;
  [[nodiscard]] std::string text(int column) const;  // bytes too
  [[nodiscard]] pool::time_point time(int column) const { return from_micros(integer(column)); }
  [[nodiscard]] std::optional<pool::time_point> maybe_time(int column) const;

 private:
  struct finalize {
    void operator()(sqlite3_stmt* s) const { sqlite3_finalize(s); }
  };
  void put_integer(int at, std::int64_t value);
  void check(int code) const;

  std::unique_ptr<sqlite3_stmt, finalize> statement_;
};

// One connection. Used by one thread at a time.
class session {
 public:
  enum class access : std::uint8_t { read, write };
  session(const std::string& path, access a, std::chrono::milliseconds busy_timeout);

  // A script without parameters.
  void run(const std::string& script);
  // Kept for the next time. Two uses of one text must not overlap.
  statement& prepare(std::string_view sql);
  statement prepare_once(std::string_view sql) { return {connection_.get(), sql}; }
  std::int64_t number(std::string_view sql);
  [[nodiscard]] bool in_transaction() const {
    return sqlite3_get_autocommit(connection_.get()) == 0;
  }
  [[nodiscard]] std::int64_t changed() const { return sqlite3_changes64(connection_.get()); }

 private:
  struct close {
    void operator()(sqlite3* c) const { sqlite3_close_v2(c); }
  };
  std::unique_ptr<sqlite3, close> connection_;
  pool::string_map<statement> statements_;
};

// Rolls back unless committed.
class transaction {
 public:
  explicit transaction(session& s, const char* begin = "BEGIN IMMEDIATE");
  transaction(const transaction&) = delete;
  transaction& operator=(const transaction&) = delete;
  ~transaction();
  void commit();

 private:
  session& session_;
  bool open_ = true;
};

}  // namespace gemkeeper::store
