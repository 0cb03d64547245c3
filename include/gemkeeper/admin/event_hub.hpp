// Events for GET /events: from any thread to each of few listeners, bounded.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace gemkeeper::admin {

// One listener's queue. Thread-safe.
class event_queue {
 public:
  static constexpr std::size_t capacity = 256;

  explicit event_queue(std::function<void()> wake) : wake_(std::move(wake)) {}

  // All events since the last call, framed as SSE; ends with an `event: lost` when some did not
  // fit.
  std::string take();

 private:
  friend class event_hub;
  void put(const std::string& framed);

  std::function<void()> wake_;
  std::mutex mutex_;
  std::deque<std::string> waiting_;
  std::size_t lost_ = 0;
};

// Thread-safety: every member may be called from any thread.
class event_hub {
 public:
  static constexpr std::size_t max_listeners = 16;

  // `wake` is called from the thread of `publish`, and must only post. Null: there are too many
  // listeners. The listener ends when the last owner drops it.
  std::shared_ptr<event_queue> listen(std::function<void()> wake);
  // `name` a plain word, `json` on one line.
  void publish(std::string_view name, std::string_view json);
  [[nodiscard]] std::size_t listeners() const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::weak_ptr<event_queue>> listeners_;  // owned by their connections
};

}  // namespace gemkeeper::admin
