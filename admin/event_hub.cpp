#include <gemkeeper/admin/event_hub.hpp>

#include <fmt/format.h>

#include <utility>

namespace gemkeeper::admin {

std::string event_queue::take() {
  std::deque<std::string> events;
  std::size_t lost = 0;
  {
    const std::lock_guard lock(mutex_);
    events.swap(waiting_);
    lost = std::exchange(lost_, 0);
  }
  std::string all;
  for (const std::string& event : events)
    all += event;
  if (lost != 0) all += fmt::format("event: lost\ndata: {{\"events\":{}}}\n\n", lost);
  return all;
}

void event_queue::put(const std::string& framed) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() < capacity) {
      waiting_.push_back(framed);
    } else {
      ++lost_;
    }
  }
  wake_();
}

std::shared_ptr<event_queue> event_hub::listen(std::function<void()> wake) {
  const std::lock_guard lock(mutex_);
  std::erase_if(listeners_, [](const auto& one) { return one.expired(); });
  if (listeners_.size() >= max_listeners) return nullptr;
  auto queue = std::make_shared<event_queue>(std::move(wake));
  listeners_.push_back(queue);
  return queue;
}

void event_hub::publish(std::string_view name, std::string_view json) {
  std::vector<std::shared_ptr<event_queue>> all;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& one : listeners_) {
      if (auto alive = one.lock()) all.push_back(std::move(alive));
    }
  }
  if (all.empty()) return;
  const std::string framed = fmt::format("event: {}\ndata: {}\n\n", name, json);
  for (const auto& one : all)
    one->put(framed);
}

std::size_t event_hub::listeners() const {
  const std::lock_guard lock(mutex_);
  std::size_t alive = 0;
  for (const auto& one : listeners_)
    alive += one.expired() ? 0 : 1;
  return alive;
}

}  // namespace gemkeeper::admin
