#include "file_access.hpp"

#include <gemkeeper/store/error.hpp>

#include <fmt/format.h>

#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace gemkeeper::store {

descriptor::~descriptor() {
  if (value >= 0) ::close(value);
}

void cannot(std::string_view what, const std::filesystem::path& path, int problem) {
  const bool full = problem == ENOSPC || problem == EDQUOT || problem == EFBIG;
  throw error(
      full ? fault::disk_full : fault::cannot_open,
      fmt::format("cannot {} \"{}\": {} ({})", what, path.native(), std::strerror(problem),
                  full ? "make room on its disk" : "check storage.path and who may write there"));
}

}  // namespace gemkeeper::store
