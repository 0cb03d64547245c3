#include <gemkeeper/pool/usage.hpp>

namespace gemkeeper::pool {

token_usage& token_usage::operator+=(const token_usage& other) {
  prompt += other.prompt;
  cached += other.cached;
  tool_use += other.tool_use;
  candidates += other.candidates;
  thoughts += other.thoughts;
  total += other.total;
  for (std::size_t i = 0; i < modality_count; ++i) {
    prompt_by[i] += other.prompt_by[i];
    cached_by[i] += other.cached_by[i];
    tool_use_by[i] += other.tool_use_by[i];
    candidates_by[i] += other.candidates_by[i];
  }
  return *this;
}

}  // namespace gemkeeper::pool
