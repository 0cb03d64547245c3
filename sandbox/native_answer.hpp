// A completion as Google's native JSON.
#pragma once

#include "completion.hpp"

#include <string>

namespace gemkeeper::sandbox {

enum class json_style : std::uint8_t { compact, pretty };

// The whole of it.
void append_native_answer(std::string& out, const completion& made);
// One element of a stream. Usage is cumulative, and as recorded it is one prompt token too high
// until the last element.
void append_native_piece(std::string& out, const completion& made, std::size_t index,
                         json_style style);

}  // namespace gemkeeper::sandbox
