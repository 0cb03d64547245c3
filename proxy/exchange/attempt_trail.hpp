// The attempts of one request, for the log and the admin API. Its memory is reused.
#pragma once

#include <gemkeeper/pool/attempt.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace gemkeeper::proxy {

class attempt_trail {
 public:
  // Of more attempts, the first ones and the last are kept.
  static constexpr std::size_t most = 8;

  void clear() {
    count_ = 0;
    left_out_ = 0;
    many_.clear();
  }
  // Valid until the next call.
  pool::attempt& add() {
    if (count_ == most) {
      ++left_out_;
    } else {
      ++count_;
    }
    if (count_ > few_.size()) {
      if (many_.empty()) many_.assign(few_.begin(), few_.end());
      many_.resize(count_);
    }
    return last() = {};
  }
  // Of at least one.
  [[nodiscard]] pool::attempt& last() { return many_.empty() ? few_[count_ - 1] : many_.back(); }
  [[nodiscard]] std::span<const pool::attempt> all() const {
    return many_.empty() ? std::span(few_).first(count_) : std::span(many_);
  }
  [[nodiscard]] std::size_t left_out() const { return left_out_; }

 private:
  std::array<pool::attempt, 2> few_;  // nearly every request
  std::vector<pool::attempt> many_;   // all of them, where there are more
  std::size_t count_ = 0;
  std::size_t left_out_ = 0;
};

}  // namespace gemkeeper::proxy
