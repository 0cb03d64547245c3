// Which credential a request came with, and what Google says if it is not exactly the right one.
#pragma once

#include "route.hpp"
#include <gemkeeper/sandbox/server.hpp>

#include <string>
#include <string_view>

namespace gemkeeper::sandbox {

struct presented_credential {
  std::string key;
  std::string_view error;  // a name of the error table; empty: one credential in the right slot
};

presented_credential find_credential(const route& where, const recorded_request& request);

}  // namespace gemkeeper::sandbox
