// Which results' usage was counted, kept in a file beside the database.
#pragma once

#include <gemkeeper/pool/counted_results.hpp>
#include <gemkeeper/store/database.hpp>
#include <gemkeeper/store/word_file.hpp>

#include <filesystem>
#include <memory>

namespace gemkeeper::app {

// `counted` may be used by any thread; the rest is its owner's. The database outlives it.
class result_keeper {
 public:
  // `database_path`: ":memory:" keeps it in memory. Throws store::error.
  result_keeper(store::database& database, const std::filesystem::path& database_path);

  [[nodiscard]] pool::counted_results& counted() { return *counted_; }
  // To be called now and then: has the store's thread bring what is new to the disk, which only a
  // power cut needs. Returns at once.
  void keep();

 private:
  store::database& database_;
  std::shared_ptr<const store::word_file> file_;  // with the store's thread; null: in memory
  std::unique_ptr<pool::counted_results> counted_;
};

}  // namespace gemkeeper::app
