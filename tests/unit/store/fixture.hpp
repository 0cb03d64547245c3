// What the tests of storage share.
#pragma once

#include "../app/temporary_directory.hpp"
#include <gemkeeper/store/database.hpp>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>

namespace gemkeeper::store::test {

using app::test::content_of;
using app::test::temporary_directory;
using namespace std::chrono_literals;

// Thursday, 2026-11-26 12:00:00 UTC.
inline constexpr pool::time_point noon{std::chrono::seconds(1'795'694'400)};

inline pool::key_id key_number(unsigned n) {
  pool::key_id id;
  const std::string hex = fmt::format("{:012x}", n);
  std::copy_n(hex.begin(), id.hex.size(), id.hex.begin());
  return id;
}

inline database_settings settings_in(const temporary_directory& directory) {
  database_settings s;
  s.path = directory.path() / "gemkeeper.db";
  s.journal_records = 256;
  s.journal_names_size = 65'536;
  s.now = [] { return noon; };
  return s;
}

inline database_settings in_memory() {
  database_settings s;
  s.path = ":memory:";
  s.journal_records = 256;
  s.journal_names_size = 65'536;
  s.now = [] { return noon; };
  return s;
}

inline usage_record call(unsigned key, std::uint64_t tokens, pool::time_point time = noon) {
  usage_record r;
  r.time = time;
  r.key = key_number(key);
  r.project = "project";
  r.model = "gemini-3.6-flash";
  r.client = "client";
  r.tokens.prompt = tokens;
  r.tokens.total = tokens;
  r.tokens.prompt_by[0] = tokens;
  r.cost_micros = static_cast<std::int64_t>(tokens * 2);
  return r;
}

inline const usage_sums& of(const std::vector<named_sums>& all, std::string_view name) {
  static const usage_sums none;
  const auto found = std::ranges::find(all, name, &named_sums::name);
  return found == all.end() ? none : found->sums;
}

// The kind of error that `f` throws; the message goes to the log of a failed test.
template <class F>
std::optional<fault> fault_of(F&& f) {
  try {
    f();
  } catch (const error& e) {
    BOOST_TEST_MESSAGE(e.what());
    return e.kind();
  }
  return std::nullopt;
}

}  // namespace gemkeeper::store::test

namespace gemkeeper::store {
inline std::ostream& operator<<(std::ostream& out, fault f) {
  return out << to_string(f);
}
}  // namespace gemkeeper::store
