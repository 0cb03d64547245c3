// Files that the store maps into memory: a descriptor that closes itself, and what is said when
// there is no way to one.
#pragma once

#include <filesystem>
#include <string_view>

namespace gemkeeper::store {

// Owns what open(2) gave; negative: nothing, and errno says why.
class descriptor {
 public:
  explicit descriptor(int v) : value(v) {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor();

  const int value;
};

// Throws store::error with the remedy: "cannot WHAT "PATH": …". `problem` as of errno.
[[noreturn]] void cannot(std::string_view what, const std::filesystem::path& path, int problem);

}  // namespace gemkeeper::store
