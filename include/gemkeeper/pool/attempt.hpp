// One upstream try as it is told afterwards: with which key, why with that one, what came of it.
// A value; holds no secret and nothing of any body.
#pragma once

#include <gemkeeper/pool/ids.hpp>
#include <gemkeeper/pool/outcome.hpp>
#include <gemkeeper/pool/pool.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gemkeeper::pool {

struct attempt {
  // Of the violated quotas, at most so many are told, each cut to that length.
  static constexpr std::size_t max_quotas = 4;
  static constexpr std::size_t max_quota_id = 64;
  enum class connection : std::uint8_t { none, fresh, reused };

  key_id key{};
  choice chosen{};
  bool queued = false;                 // the request waited for it in the pool's queue
  next_step after = next_step::relay;  // what the attempt before asked for; `relay`: the first one
  outcome kind = outcome::success;
  connection over = connection::none;  // none: no connection came about
  std::uint16_t status = 0;            // of the upstream's answer; 0: none came
  consequence effect{};
  std::string_view reason{};           // as `verdict::reason`: static storage
  std::chrono::microseconds began{};   // since the request's first byte
  std::chrono::microseconds waited{};  // of which just before, for a key or by way of backoff
  std::chrono::microseconds duration{};
  std::string route{};                // of an upstream proxy, without credentials; empty: straight
  std::vector<std::string> quotas{};  // ids, as Google names them
};

}  // namespace gemkeeper::pool
