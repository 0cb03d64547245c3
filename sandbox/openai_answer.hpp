// A completion as the OpenAI-compatible endpoint writes it.
#pragma once

#include "completion.hpp"

#include <chrono>
#include <string>

namespace gemkeeper::sandbox {

void append_chat_completion(std::string& out, const completion& made,
                            std::chrono::sys_seconds created);

enum class chunk_usage : std::uint8_t { left_out, included };
void append_chat_chunk(std::string& out, const completion& made, std::size_t index,
                       std::chrono::sys_seconds created, chunk_usage usage);

}  // namespace gemkeeper::sandbox
