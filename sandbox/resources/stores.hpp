// Documents of file search stores.
#pragma once

#include "world.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace gemkeeper::sandbox {

// Returns the operation that made it, as it is answered; `operations` is the path of such.
std::string put_document(world& played, std::string_view project, const std::string& store,
                         std::string_view display_name, std::string_view operations,
                         std::chrono::system_clock::time_point now);

}  // namespace gemkeeper::sandbox
