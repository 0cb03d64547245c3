#include "delivery_queue.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace gemkeeper::app {

std::chrono::milliseconds pause_before_retry(std::uint32_t attempts, double chance) {
  constexpr std::chrono::milliseconds first{5'000}, longest{600'000};
  constexpr std::uint32_t most_doublings = 10;
  const std::uint32_t doublings = std::min(attempts == 0 ? 0 : attempts - 1, most_doublings);
  const auto whole = std::min(first * (1U << doublings), longest);
  const double part = static_cast<double>(whole.count()) * (1.0 - std::clamp(chance, 0.0, 1.0) / 2);
  return std::chrono::milliseconds(static_cast<std::int64_t>(part));
}

std::optional<delivery> delivery_queue::push(delivery what) {
  std::optional<delivery> crowded_out;
  if (waiting_.size() >= capacity) {
    crowded_out = std::move(waiting_.front());
    waiting_.pop_front();
  }
  last_id_ = std::max(last_id_, what.id);
  waiting_.push_back(std::move(what));
  return crowded_out;
}

std::optional<delivery> delivery_queue::due(delivery_time now) const {
  std::set<std::uint64_t> before;
  for (const delivery& one : waiting_) {
    const bool first = before.insert(one.alert).second;
    // A clock that was set back must not keep it for long.
    const bool time = one.next_try <= now || one.next_try > now + std::chrono::hours(1);
    if (first && time) return one;
  }
  return std::nullopt;
}

std::optional<delivery_time> delivery_queue::next_due() const {
  std::set<std::uint64_t> before;
  std::optional<delivery_time> next;
  for (const delivery& one : waiting_) {
    if (!before.insert(one.alert).second) continue;
    if (!next || one.next_try < *next) next = one.next_try;
  }
  return next;
}

const delivery* delivery_queue::find(std::uint64_t id) const {
  const auto found = std::ranges::find(waiting_, id, &delivery::id);
  return found == waiting_.end() ? nullptr : &*found;
}

void delivery_queue::delivered(std::uint64_t id) {
  std::erase_if(waiting_, [&](const delivery& one) { return one.id == id; });
}

delivery_queue::fate delivery_queue::failed(std::uint64_t id, retry again, delivery_time now,
                                            double chance) {
  const auto found = std::ranges::find(waiting_, id, &delivery::id);
  if (found == waiting_.end()) return fate::unknown;
  ++found->attempts;
  found->next_try = now + pause_before_retry(found->attempts, chance);
  const bool over = again == retry::never || found->next_try - found->made > give_up_after;
  if (!over) return fate::waits;
  waiting_.erase(found);
  return fate::given_up;
}

}  // namespace gemkeeper::app
