// What is remembered of a resource at Google.
#pragma once

#include <gemkeeper/pool/key.hpp>
#include <gemkeeper/pool/project_ref.hpp>

#include <string>

namespace gemkeeper::pool {

// One that lasts until it is deleted.
inline constexpr time_point never_expires = time_point::max();

// As it is stored. Names of ephemeral tokens, uploads and sessions are secrets, and stand here as a
// hash.
struct affinity_record {
  std::string name;
  project_ref owner;
  time_point expires = never_expires;

  friend bool operator==(const affinity_record&, const affinity_record&) = default;
};

}  // namespace gemkeeper::pool
