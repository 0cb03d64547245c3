// The head of an answer, with what a browser must be told.
#pragma once

#include "message.hpp"

#include <string>

namespace gemkeeper::admin {

enum class body_length : bool { open_ended, known };

// Status line and fields, with the empty line at the end.
std::string head_of(const answer& what, bool keep_alive, body_length length);

}  // namespace gemkeeper::admin
