// Waits in the pool's queue for a key (pool.max_wait).
#pragma once

#include "net/executor.hpp"
#include "net/signal.hpp"
#include <gemkeeper/pool/pool.hpp>

#include <variant>

namespace gemkeeper::proxy {

class worker;

// A lease, or why there was none by `until` or when `owner` was interrupted.
awaitable<std::variant<pool::lease, pool::no_key>> wait_for_key(worker& w, signal& owner,
                                                                const pool::request_traits& traits,
                                                                steady_time until);

}  // namespace gemkeeper::proxy
