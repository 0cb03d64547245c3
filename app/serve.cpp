#include "service.hpp"
#include "small_heap.hpp"
#include <gemkeeper/app/check.hpp>
#include <gemkeeper/app/command_line.hpp>
#include <gemkeeper/app/process.hpp>
#include <gemkeeper/app/serve.hpp>
#include <gemkeeper/proxy/memory_plan.hpp>

#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <stdexcept>
#include <thread>
#include <utility>

namespace gemkeeper::app {

int serve(const config_inputs& given, persistence lasting,
          const std::function<void(const std::vector<std::string>&)>& started) {
  harden_process();
  if (proxy::plan_memory_here().limit != 0) keep_heap_small();
  try {
    config_inputs inputs = given;
    supervision by = take_over(inputs);
    load_result loaded = load_config(inputs);
    if (!loaded.value) {
      std::fputs(describe(loaded.problems).c_str(), stderr);
      return exit_usage;
    }
    service running(std::move(inputs), std::move(*loaded.value), loaded.watched,
                    process_signals::obeyed, lasting, std::move(by));
    if (started) started(running.addresses());
    running.run();
    return exit_done;
  } catch (const std::exception& e) {
    fmt::print(stderr, "gemkeeper: {}\n", e.what());
    return exit_failed;
  }
}

struct background_proxy::impl {
  impl(const config_inputs& inputs, load_result loaded)
      : running(inputs, std::move(*loaded.value), loaded.watched, process_signals::left_alone,
                persistence::until_end),
        thread([this] { run(); }) {}

  void run() {
    try {
      running.run();
    } catch (const std::exception& e) {
      fmt::print(stderr, "gemkeeper: the proxy has failed: {}\n", e.what());
    }
  }

  service running;
  std::thread thread;
};

background_proxy::background_proxy(const config_inputs& inputs) {
  load_result loaded = load_config(inputs);
  if (!loaded.value) throw std::runtime_error(describe(loaded.problems));
  impl_ = std::make_unique<impl>(inputs, std::move(loaded));
}

background_proxy::~background_proxy() {
  impl_->running.stop();
  impl_->thread.join();
}

const std::vector<std::string>& background_proxy::addresses() const {
  return impl_->running.addresses();
}

}  // namespace gemkeeper::app
