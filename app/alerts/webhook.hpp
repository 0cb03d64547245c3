// Sends alerts to the receiver of alerts.webhook_url, from a thread of its own.
#pragma once

#include "delivery_queue.hpp"
#include <gemkeeper/admin/alert.hpp>
#include <gemkeeper/app/config.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gemkeeper::app {

// What is told of a delivery, from the webhook's thread, without a lock.
struct delivery_news {
  enum class what : std::uint8_t { delivered, failed, dropped } came = what::delivered;
  delivery of;
  std::string problem;  // holds no secret
};

// Thread-safety: every member may be called from any thread.
class webhook {
 public:
  struct environment {
    std::function<delivery_time()> now;
    std::function<double()> chance;  // 0 to 1; on the webhook's thread
    std::function<void(const delivery_news&)> tell;
  };
  // Starts its thread. `owed`: what a former process left.
  webhook(const alert_settings& settings, std::vector<delivery> owed, environment around);
  webhook(const webhook&) = delete;
  webhook& operator=(const webhook&) = delete;
  // Ends what is under way, for which it waits a second at most. What was not delivered is not
  // told of.
  ~webhook();
  void stop();  // the same without waiting

  void configure(const alert_settings& settings);  // for the next try
  // A message about an alert, to be kept and then queued; nullopt: there is no webhook. One thread
  // at a time makes and queues.
  [[nodiscard]] std::optional<delivery> make(std::uint64_t alert, std::string body) const;
  void queue(delivery what);  // never waits
  // Sends one at once, past the queue, and waits for the receiver.
  admin::webhook_answer test(const std::string& body);
  [[nodiscard]] admin::delivery_counts counts() const;

 private:
  struct state;
  std::shared_ptr<state> state_;  // shared with the thread, which may outlive this for a look-up
};

}  // namespace gemkeeper::app
