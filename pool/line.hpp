// Who is next. One mechanism for both levels of the pool (the projects of a model, the keys of a
// project) and for all four policies: whoever is picked moves back by what its turn costs.
//
//   round_robin  a turn costs the same for all
//   weighted     a turn costs 1 / weight (stride scheduling)
//   least_used   a turn costs the tokens it uses; expected ones until they are known
//   priority     the higher level goes first; within a level as round_robin
#pragma once

#include "cache_line.hpp"
#include <gemkeeper/pool/pool.hpp>

#include <boost/intrusive/set.hpp>

#include <algorithm>
#include <cstdint>
#include <tuple>

namespace gemkeeper::pool::detail {

// Linked into a line, it must not move; destroyed, it leaves it. A cache line, as it is touched
// together: when its turn comes, and when its neighbours move.
struct alignas(cache_line) in_line
    : boost::intrusive::set_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>,
                                      boost::intrusive::optimize_size<true>> {
  std::uint64_t rank = 0;
  std::uint64_t last_turn = 0;  // decides between equals, and before any turn the order
  std::int32_t level = 0;
  std::uint32_t order = 0;  // of declaration
  time_point until{};       // not to be picked before
  bool daily = false;       // `until` is the end of a day
  bool limited = false;     // and that of an operator's limit
};
static_assert(sizeof(in_line) == cache_line);

struct by_rank {
  bool operator()(const in_line& a, const in_line& b) const {
    return std::tie(b.level, a.rank, a.last_turn, a.order) <
           std::tie(a.level, b.rank, b.last_turn, b.order);
  }
};

struct by_end {
  bool operator()(const in_line& a, const in_line& b) const { return a.until < b.until; }
};

// Those that may be picked, in the order of their turns, and those that wait, by the time they do.
template <class T>
struct line {
  template <class Order>
  using ordered = boost::intrusive::multiset<T, boost::intrusive::compare<Order>,
                                             boost::intrusive::constant_time_size<false>>;
  ordered<by_rank> ready;
  ordered<by_end> resting;

  void put(T& member, time_point now) {
    if (member.until <= now) {
      ready.insert(ready.cend(), member);  // whoever had a turn is often the last now
    } else {
      resting.insert(member);
    }
  }
  void clear() {
    ready.clear();
    resting.clear();
  }
};

constexpr std::uint64_t one_turn = std::uint64_t{1} << 24;

inline std::uint64_t cost_of_turn(policy p, std::uint64_t weight, std::uint64_t expected_tokens) {
  switch (p) {
    case policy::weighted:
      return std::max<std::uint64_t>(one_turn / std::max<std::uint64_t>(weight, 1), 1);
    case policy::least_used:
      return expected_tokens;
    case policy::round_robin:
    case policy::priority:
      break;
  }
  return one_turn;
}

// What a line has seen of turns.
struct turn_clock {
  std::uint64_t rank = 0;  // the furthest picked so far
  std::uint64_t turns = 0;
};

// Moving back from the clock, and not from the member's own rank, gives one that was away a single
// early turn and no burst of them.
inline void take_turn(in_line& member, turn_clock& clock, std::uint64_t cost) {
  clock.rank = std::max(clock.rank, member.rank);
  member.rank = clock.rank + cost;
  member.last_turn = ++clock.turns;
}

}  // namespace gemkeeper::pool::detail
