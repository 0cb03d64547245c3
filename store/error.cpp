#include <gemkeeper/store/error.hpp>

namespace gemkeeper::store {

std::string_view to_string(fault f) {
  switch (f) {
    case fault::cannot_open:
      return "cannot_open";
    case fault::in_use:
      return "in_use";
    case fault::newer_version:
      return "newer_version";
    case fault::damaged:
      return "damaged";
    case fault::disk_full:
      return "disk_full";
    case fault::read_only:
      return "read_only";
    case fault::locked:
      return "locked";
    case fault::input:
      return "input";
    case fault::duplicate:
      return "duplicate";
    case fault::sealing:
      return "sealing";
    case fault::overloaded:
      return "overloaded";
    case fault::failed:
      break;
  }
  return "failed";
}

}  // namespace gemkeeper::store
