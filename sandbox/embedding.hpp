// Made-up vectors: equal for equal texts, of length about one.
#pragma once

#include "json.hpp"

#include <string>
#include <string_view>

namespace gemkeeper::sandbox {

// {"embedding": {"values": […]}}; `request` is an EmbedContentRequest. gemini-embedding-001 tells
// no usage, later models do.
std::string embed(const json_value& request, std::string_view model);
// {"embeddings": […]}; `request` is a BatchEmbedContentsRequest.
std::string embed_batch(const json_value& request, std::string_view model);
// The OpenAI-compatible list, as numbers or as base64 of floats.
std::string embed_openai(const json_value& request, std::string_view model);

// What the request's texts cost.
std::uint64_t embedding_tokens(const json_value& request);

}  // namespace gemkeeper::sandbox
