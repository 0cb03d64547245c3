// What is kept of a resource's name.
#pragma once

#include <string>
#include <string_view>

namespace gemkeeper::pool::detail {

// Knowing the name is being allowed to use it: an ephemeral token, an upload, a Live session.
bool is_secret_resource(std::string_view name);

// The name itself, or its hash behind the collection where it is a secret or long. No name at
// Google has a '#'. Appends nothing twice: what was kept already stays as it is.
std::string kept_name(std::string_view name);

}  // namespace gemkeeper::pool::detail
