// Asks Google whether quarantined keys work again.
#pragma once

#include "net/executor.hpp"

namespace gemkeeper::proxy {

class worker;

// Probes every key whose probe is due, one after the other, by `GET /v1beta/models?pageSize=1`,
// which costs no generation quota.
awaitable<void> probe_due_keys(worker& w);

}  // namespace gemkeeper::proxy
