#include "prober.hpp"

#include "upstream/key_probe.hpp"
#include "worker.hpp"

#include <utility>

namespace gemkeeper::proxy {

awaitable<void> probe_due_keys(worker& w) {
  signal wake(w.deadlines());
  pool::key_pool& keys = w.shared().keys;
  while (!w.draining()) {
    std::optional<pool::lease> due = keys.next_probe(std::chrono::system_clock::now());
    if (!due) break;
    const std::shared_ptr<connection_pool> route = w.routes(due->service()).of(due->proxy());
    // A reload may put others in their place meanwhile.
    const std::shared_ptr<const proxy_settings> settings = w.settings();
    const probe_result found = co_await probe_key(*route, settings->upstream.of(due->service()),
                                                  due->service(), due->secret(), wake);
    keys.settle_probe(std::move(*due), found.verdict, std::chrono::system_clock::now());
  }
}

}  // namespace gemkeeper::proxy
