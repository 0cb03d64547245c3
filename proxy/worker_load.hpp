// What a worker has under way and has counted.
#pragma once

#include <gemkeeper/pool/outcome.hpp>

#include <array>
#include <atomic>
#include <cstdint>

namespace gemkeeper::proxy {

// Written by one thread, read by any: no bus is locked.
class load_count {
 public:
  void operator++() { put(read() + 1); }
  void operator--() { put(read() - 1); }
  // The sum of those that share it moved from `before` to `now`.
  void move(std::uint64_t before, std::uint64_t now) { put(read() - before + now); }
  [[nodiscard]] std::uint64_t read() const { return value_.load(std::memory_order_relaxed); }

 private:
  void put(std::uint64_t value) { value_.store(value, std::memory_order_relaxed); }
  std::atomic<std::uint64_t> value_{0};
};

// One more, as long as it lives.
class counted {
 public:
  explicit counted(load_count& in) : in_(in) { ++in_; }
  counted(const counted&) = delete;
  counted& operator=(const counted&) = delete;
  ~counted() { --in_; }

 private:
  load_count& in_;
};

struct worker_load {
  load_count upstream_open;        // idle ones too
  load_count upstream_idle;        // kept for reuse
  load_count upstream_connecting;  // not open yet
  load_count streams;
  load_count websockets;
  load_count tunnels;
  std::array<load_count, pool::outcome_count> rotations;  // by what the attempt before had met
};

}  // namespace gemkeeper::proxy
