#include <gemkeeper/app/result_keeper.hpp>
#include <gemkeeper/app/state_directory.hpp>

namespace gemkeeper::app {

result_keeper::result_keeper(store::database& database, const std::filesystem::path& database_path)
    : database_(database) {
  if (database_path == in_memory) {
    counted_ = std::make_unique<pool::counted_results>();
    return;
  }
  std::filesystem::path path = database_path;
  file_ = std::make_shared<store::word_file>(path += ".counted", pool::counted_results::words);
  counted_ = std::make_unique<pool::counted_results>(file_->words());
}

void result_keeper::keep() {
  if (!counted_->take_news() || file_ == nullptr) return;
  database_.write([](store::session&) {}, [file = file_](const store::error*) { file->sync(); });
}

}  // namespace gemkeeper::app
