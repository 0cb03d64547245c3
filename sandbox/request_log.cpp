#include "request_log.hpp"

#include "ascii.hpp"

#include <chrono>

namespace gemkeeper::sandbox {

std::string_view to_string(ending how) {
  switch (how) {
    case ending::pending:
      return "pending";
    case ending::complete:
      return "complete";
    case ending::damaged:
      return "damaged";
    case ending::peer_gone:
      return "peer_gone";
  }
  return "unknown";
}

std::string_view recorded_request::header(std::string_view name) const {
  for (const auto& [field, value] : headers) {
    if (same_ignoring_case(field, name)) return value;
  }
  return {};
}

std::uint64_t request_log::begin(recorded_request request) {
  const std::scoped_lock lock(mutex_);
  request.body_size = request.body.size();
  if (request.body.size() > shape_.body) request.body.resize(shape_.body);
  kept_.push_back(std::move(request));
  const std::uint64_t entry = first_ + kept_.size() - 1;
  forget_old_ones();
  changed_.notify_all();
  return entry;
}

void request_log::finish(std::uint64_t entry, int status, ending how) {
  const std::scoped_lock lock(mutex_);
  if (entry < first_ || entry - first_ >= kept_.size()) return;
  recorded_request& request = kept_[entry - first_];
  request.status = status;
  request.end = how;
  changed_.notify_all();
}

void request_log::reshape(log_shape shape) {
  const std::scoped_lock lock(mutex_);
  shape_ = shape;
  forget_old_ones();
}

void request_log::clear() {
  const std::scoped_lock lock(mutex_);
  first_ += kept_.size();
  kept_.clear();
}

std::vector<recorded_request> request_log::requests() const {
  const std::scoped_lock lock(mutex_);
  return copy();
}

bool request_log::wait_until(
    const std::function<bool(const std::vector<recorded_request>&)>& condition,
    std::chrono::milliseconds limit) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, limit, [&] { return condition(copy()); });
}

std::vector<recorded_request> request_log::copy() const {
  return {kept_.begin(), kept_.end()};
}

void request_log::forget_old_ones() {
  while (kept_.size() > shape_.requests) {
    kept_.pop_front();
    ++first_;
  }
}

}  // namespace gemkeeper::sandbox
