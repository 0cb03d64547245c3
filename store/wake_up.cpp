#include "wake_up.hpp"

#include <gemkeeper/store/error.hpp>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

namespace gemkeeper::store {

wake_up::wake_up() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (event_ < 0) {
    throw error(fault::failed, std::string("storage: no eventfd: ") + std::strerror(errno) +
                                   " (raise the limit of open files)");
  }
}

wake_up::~wake_up() {
  ::close(event_);
}

void wake_up::notify() noexcept {
  const std::uint64_t one = 1;
  // It fails only when it is notified beyond counting, and then it is awake.
  [[maybe_unused]] const ssize_t ignored = ::write(event_, &one, sizeof(one));
}

void wake_up::wait_for(std::chrono::milliseconds most) noexcept {
  pollfd waited{event_, POLLIN, 0};
  ::poll(&waited, 1, static_cast<int>(most.count()));
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t ignored = ::read(event_, &count, sizeof(count));
}

}  // namespace gemkeeper::store
