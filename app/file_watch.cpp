#include <gemkeeper/app/file_watch.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <sys/inotify.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace gemkeeper::app {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using clock = std::chrono::steady_clock;

constexpr std::uint32_t interesting = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM |
                                      IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF |
                                      IN_ONLYDIR;

// What matters in one watched directory.
struct interest {
  bool everything = false;
  std::set<std::string, std::less<>> names;

  [[nodiscard]] bool includes(std::string_view name) const {
    // Kubernetes swaps the link `..data` below all the files at once.
    return everything || name.empty() || name == "..data" || names.contains(name);
  }
  void add(const interest& other) {
    everything = everything || other.everything;
    names.insert(other.names.begin(), other.names.end());
  }
};

// The directories to watch so that `path` and what it links to is seen to change.
class watch_list {
 public:
  void add(const fs::path& path) {
    std::error_code error;
    const fs::path plain = fs::absolute(path, error).lexically_normal();
    if (error) return;
    add_link(plain);
    const fs::path real = fs::canonical(plain, error);
    if (!error && real != plain) add_link(real);
  }

  [[nodiscard]] const std::map<fs::path, interest>& directories() const { return directories_; }

 private:
  void add_link(fs::path path) {
    std::error_code ignored;
    if (path.filename().empty()) path = path.parent_path();  // "keys/"
    if (fs::is_directory(path, ignored)) directories_[path].everything = true;
    // Of a path that does not exist yet, the first part that is missing is awaited.
    while (path.has_relative_path()) {
      const fs::path parent = path.parent_path();
      if (fs::is_directory(parent, ignored)) {
        directories_[parent].names.insert(path.filename());
        return;
      }
      path = parent;
    }
  }

  std::map<fs::path, interest> directories_;
};

}  // namespace

struct file_watch::impl : std::enable_shared_from_this<impl> {
  impl(asio::io_context& io, std::function<void()> callback, std::chrono::milliseconds quiet_time)
      : quiet(quiet_time), on_change(std::move(callback)), events(io), timer(io) {
    const int queue = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (queue < 0) throw std::system_error(errno, std::generic_category(), "inotify");
    events.assign(queue);
  }

  // The queue stays, so that what changes meanwhile is not missed.
  void follow(std::span<const fs::path> paths) {
    watch_list list;
    for (const fs::path& path : paths)
      list.add(path);
    std::map<int, interest> before = std::exchange(interests, {});
    for (const auto& [directory, what] : list.directories()) {
      const int watch = ::inotify_add_watch(events.native_handle(), directory.c_str(), interesting);
      if (watch < 0) continue;
      interests[watch].add(what);  // two names of one directory share a watch
      before.erase(watch);
    }
    for (const auto& [watch, what] : before)
      ::inotify_rm_watch(events.native_handle(), watch);
  }

  void stop() {
    on_change = nullptr;
    boost::system::error_code ignored;
    events.close(ignored);
    timer.cancel();
  }

  void read() {
    events.async_read_some(
        asio::buffer(buffer),
        [self = shared_from_this()](boost::system::error_code error, std::size_t size) {
          if (error || !self->on_change) return;
          if (self->matters(size)) self->changed();
          self->read();
        });
  }

  // Of `size` bytes of events, does any concern what is followed?
  bool matters(std::size_t size) {
    bool any = false;
    for (std::size_t at = 0; at + sizeof(inotify_event) <= size;) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof event);
      const char* name = event.len > 0 ? buffer.data() + at + sizeof event : "";
      const auto found = interests.find(event.wd);
      any = any || (event.mask & IN_Q_OVERFLOW) != 0 ||
            (found != interests.end() && found->second.includes(name));
      at += sizeof event + event.len;
    }
    return any;
  }

  void changed() {
    const auto now = clock::now();
    if (!first_change) first_change = now;
    timer.expires_at(std::min(now + quiet, *first_change + 10 * quiet));
    timer.async_wait([self = shared_from_this()](boost::system::error_code error) {
      if (error || !self->on_change) return;
      self->first_change.reset();
      self->on_change();
    });
  }

  std::chrono::milliseconds quiet;
  std::function<void()> on_change;
  asio::posix::stream_descriptor events;
  asio::steady_timer timer;
  std::map<int, interest> interests;
  std::optional<clock::time_point> first_change;
  alignas(inotify_event) std::array<char, 4096> buffer{};
};

file_watch::file_watch(asio::io_context& io, std::function<void()> on_change,
                       std::chrono::milliseconds quiet)
    : impl_(std::make_shared<impl>(io, std::move(on_change), quiet)) {
  impl_->read();
}

file_watch::~file_watch() {
  impl_->stop();
}

void file_watch::follow(std::span<const std::filesystem::path> paths) {
  impl_->follow(paths);
}

}  // namespace gemkeeper::app
