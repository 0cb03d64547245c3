// Whose usage was counted. What a batch or an interaction has used is told with its results, each
// time they are asked for, and counts once.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace gemkeeper::pool {

// Thread-safe. Holds a hash of 64 bits for each name, the latest `capacity` of them.
class counted_results {
 public:
  static constexpr std::size_t capacity = 16'384;
  static constexpr std::size_t words = capacity + 1;

  // In memory of its own: forgotten with it.
  counted_results();
  // In `memory` of `words` words, which outlives it: what stands there from before is known. Zeros:
  // nothing. A name is there before `first_time` returns, so that memory which outlives the process
  // forgets none.
  explicit counted_results(std::span<std::uint64_t> memory);
  counted_results(const counted_results&) = delete;
  counted_results& operator=(const counted_results&) = delete;

  // True once for each name. Throws std::runtime_error when OpenSSL cannot hash.
  bool first_time(std::string_view name);
  // Whether a name came since this was last asked.
  bool take_news() { return news_.exchange(false, std::memory_order_relaxed); }

 private:
  std::vector<std::uint64_t> own_;
  std::span<std::uint64_t> memory_;  // how many came, then a ring of hashes
  std::mutex mutex_;
  std::unordered_set<std::uint64_t> known_;
  std::atomic<bool> news_{false};
};

}  // namespace gemkeeper::pool
