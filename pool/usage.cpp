#include <gemkeeper/pool/usage.hpp>

namespace gemkeeper::pool {

namespace {

// Most are 0, and what is not touched need not come into the cache.
void add(tokens_by_modality& to, const tokens_by_modality& more) {
  for (std::size_t i = 0; i < modality_count; ++i) {
    if (more[i] != 0) to[i] += more[i];
  }
}

}  // namespace

token_usage& token_usage::operator+=(const token_usage& other) {
  prompt += other.prompt;
  cached += other.cached;
  tool_use += other.tool_use;
  candidates += other.candidates;
  thoughts += other.thoughts;
  total += other.total;
  add(prompt_by, other.prompt_by);
  add(cached_by, other.cached_by);
  add(tool_use_by, other.tool_use_by);
  add(candidates_by, other.candidates_by);
  return *this;
}

}  // namespace gemkeeper::pool
