// Holds back the start of a streamed answer until it is known to be no error.
#pragma once

#include <gemkeeper/gemini/endpoint.hpp>

#include <string>
#include <string_view>

namespace gemkeeper::gemini {

// Fed with the decoded bytes of an answer in order, split anywhere. Decides as early as it can: at
// the first key of the first object ("error" or another), not at the end of the event.
class first_event {
 public:
  enum class state { undecided, data, error };

  explicit first_event(answer_form form) : form_(form) {}

  state feed(std::string_view bytes);
  // The answer ended: whatever is undecided is data.
  state finish();
  // Of an error: the bytes seen so far of its JSON object; complete when `complete()`.
  [[nodiscard]] std::string_view error_json() const { return json_; }
  [[nodiscard]] bool complete() const { return complete_; }

  // An undecided start longer than this is data.
  static constexpr std::size_t max_undecided = 16 * 1024;
  // An error object is kept up to this size.
  static constexpr std::size_t max_error = 64 * 1024;

 private:
  answer_form form_;
  state state_ = state::undecided;
  bool complete_ = false;
  int depth_ = 0;
  bool in_string_ = false;
  bool escaped_ = false;
  std::size_t seen_ = 0;
  std::string json_;
};

}  // namespace gemkeeper::gemini
