// Tells when files or directories change, by inotify on their directories: so that an editor's
// rename, a new file and Kubernetes' swap of the `..data` link are all seen.
#pragma once

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>

namespace gemkeeper::app {

class file_watch {
 public:
  // `on_change` runs on `io`, once for all changes that come less than `quiet` apart, but at the
  // latest 10 times `quiet` after the first. Throws std::system_error without inotify.
  file_watch(boost::asio::io_context& io, std::function<void()> on_change,
             std::chrono::milliseconds quiet = std::chrono::milliseconds(200));
  file_watch(const file_watch&) = delete;
  file_watch& operator=(const file_watch&) = delete;
  ~file_watch();  // no callback after it; on the thread that runs `io`, or when none does

  // Watches these files and directories instead of those before. What does not exist yet is
  // awaited. Symbolic links are followed, and watched themselves.
  void follow(std::span<const std::filesystem::path> paths);

 private:
  struct impl;
  std::shared_ptr<impl> impl_;  // shared with its own pending handlers
};

}  // namespace gemkeeper::app
