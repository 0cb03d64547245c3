#include <gemkeeper/app/affinity_keeper.hpp>
#include <gemkeeper/store/affinity.hpp>

#include <iterator>
#include <mutex>
#include <utility>
#include <vector>

namespace gemkeeper::app {
namespace {

constexpr std::size_t most_resources = pool::affinity_settings{}.max_resources;
// While the store cannot write. What is left out is found by trial after a restart.
constexpr std::size_t most_waiting = 2 * most_resources;

using records = std::vector<pool::affinity_record>;

}  // namespace

// In the order in which they were told.
struct affinity_keeper::changes {
  std::mutex mutex;
  records waiting;
  bool writing = false;

  void add(const pool::affinity_record& one) {
    const std::lock_guard lock(mutex);
    if (waiting.size() < most_waiting) waiting.push_back(one);
  }

  // Those that could not be written are older than all that wait.
  void failed(records&& batch) {
    const std::lock_guard lock(mutex);
    writing = false;
    if (batch.size() + waiting.size() > most_waiting) return;
    batch.insert(batch.end(), std::make_move_iterator(waiting.begin()),
                 std::make_move_iterator(waiting.end()));
    waiting = std::move(batch);
  }

  void written() {
    const std::lock_guard lock(mutex);
    writing = false;
  }

  // Empty: there is nothing to be done now.
  records take() {
    const std::lock_guard lock(mutex);
    if (writing || waiting.empty()) return {};
    writing = true;
    return std::exchange(waiting, {});
  }
};

affinity_keeper::affinity_keeper(store::database& database, const pool::key_pool& keys,
                                 pool::time_point now)
    : database_(database), keys_(keys), changes_(std::make_shared<changes>()) {
  table_.load(
      database_.read([now](store::session& s) { return store::affinity(s, now, most_resources); }),
      now);
  table_.on_change([to = changes_](const pool::affinity_record& one) { to->add(one); });
}

void affinity_keeper::name_projects() {
  table_.name_projects([this](const pool::key_id& key) {
    const auto known = keys_.project_of(key);
    return known ? known->project : pool::project_name();
  });
}

void affinity_keeper::keep_changes() {
  const auto batch = std::make_shared<records>(changes_->take());
  if (batch->empty()) return;
  database_.write([batch](store::session& s) { store::put_affinity(s, *batch); },
                  [to = changes_, batch](const store::error* failure) {
                    failure == nullptr ? to->written() : to->failed(std::move(*batch));
                  });
}

void affinity_keeper::remove_expired(pool::time_point now) {
  database_.write([now](store::session& s) { store::remove_expired_affinity(s, now); },
                  [](const store::error*) {});
}

std::string affinity_keeper::keep_all() {
  try {
    database_.flush();  // what is being written comes back if it fails
    const records batch = changes_->take();
    if (batch.empty()) return {};
    database_.write([&batch](store::session& s) { store::put_affinity(s, batch); }).get();
    return {};
  } catch (const store::error& e) {
    return e.what();
  }
}

}  // namespace gemkeeper::app
