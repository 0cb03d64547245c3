#include <gemkeeper/app/config_watch.hpp>

#include <utility>

namespace gemkeeper::app {

config_watch::config_watch(boost::asio::io_context& io, config_inputs inputs,
                           std::span<const std::filesystem::path> watched, callbacks tell)
    : inputs_(std::move(inputs)), tell_(std::move(tell)), files_(io, [this] { reload(); }) {
  files_.follow(watched);
}

void config_watch::reload() {
  const load_result loaded = load_config(inputs_);
  files_.follow(loaded.watched);
  if (loaded.value) {
    tell_.on_change(*loaded.value);
  } else {
    tell_.on_invalid(loaded.problems);
  }
}

}  // namespace gemkeeper::app
