// A receiver of webhooks that behaves well, or in one of the ways in which receivers do not.
#pragma once

#include <gemkeeper/sandbox/certificate.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace gemkeeper::test {

struct received {
  std::string head;
  std::string body;

  [[nodiscard]] std::string field(std::string_view name) const;
};

class webhook_receiver {
 public:
  // Answers with these statuses in turn, and with the last one from then on; 0: it reads, and says
  // nothing until it ends. `identity` nullptr: plain.
  explicit webhook_receiver(std::vector<int> answers,
                            const sandbox::tls_identity* identity = nullptr);
  webhook_receiver(const webhook_receiver&) = delete;
  webhook_receiver& operator=(const webhook_receiver&) = delete;
  ~webhook_receiver();

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string url(std::string_view path = "/hook") const;
  // All that came, once there are as many; fewer when they do not come in time.
  std::vector<received> wait_for(std::size_t count,
                                 std::chrono::seconds limit = std::chrono::seconds(30));
  [[nodiscard]] std::vector<received> all() const;

 private:
  void accept();
  void serve(int client);

  std::vector<int> answers_;
  const sandbox::tls_identity* identity_;
  std::uint16_t port_ = 0;
  int listening_ = -1;
  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<received> received_;
  std::vector<int> hanging_;
  std::thread thread_;
};

}  // namespace gemkeeper::test
