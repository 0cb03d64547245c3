// A project as something outside of the pool remembers it.
#pragma once

#include <gemkeeper/pool/ids.hpp>

namespace gemkeeper::pool {

// By one of its keys, whose identity stays when its secret is rotated, and by its name for when
// that key is gone: as declared, else "projects/123" as Google told it, else empty. The pool knows
// which project that is now (`key_pool::acquire`, `key_pool::same_project`): projects merge, so two
// references may differ and mean one. Says nothing secret.
struct project_ref {
  key_id key;
  project_name project;

  friend bool operator==(const project_ref&, const project_ref&) = default;
};

}  // namespace gemkeeper::pool
