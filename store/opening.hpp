// Opening a database: what is checked, repaired and set aside before it is used.
#pragma once

#include "lock_file.hpp"
#include "sql.hpp"
#include <gemkeeper/store/database.hpp>

#include <filesystem>
#include <memory>
#include <optional>

namespace gemkeeper::store {

constexpr std::string_view memory_path = ":memory:";

// The directory is there, the database whole, of this version and for us alone.
std::unique_ptr<session> open_for_writing(const database_settings& settings,
                                          opening_report& report);

// Commits what journals of dead processes hold, each with its sequence, and removes them.
void replay_journals(session& s, const database_settings& settings, opening_report& report);

std::filesystem::path journal_path(const std::filesystem::path& database, std::size_t worker);

}  // namespace gemkeeper::store
