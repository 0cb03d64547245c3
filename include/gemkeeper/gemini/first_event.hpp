// Holds back the start of a streamed answer until it is known to be no error.
#pragma once

#include <gemkeeper/gemini/answer_text.hpp>
#include <gemkeeper/gemini/json_scanner.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gemkeeper::gemini {

// Fed with the decoded bytes of an answer in order, split anywhere. Decides as early as it can: at
// the first member of the first object, not at the end of the event. An error is an object that
// starts with `error` (not null) or whose `event_type` is "error", alone or in an array. Allocates
// for an error only.
class first_event {
 public:
  enum class state { undecided, data, error };

  explicit first_event(answer_form form) : text_(form) { reset(form); }
  void reset(answer_form form);  // for the next answer; memory is kept

  state feed(std::string_view bytes);
  // The answer ended: whatever is undecided is data.
  state finish();
  // Of an error: the bytes seen so far of its JSON object.
  [[nodiscard]] std::string_view error_json() const { return json_; }
  // No more of it will come: the object, its event or the room for it ended.
  [[nodiscard]] bool complete() const { return complete_; }

  // An undecided start longer than this is data.
  static constexpr std::size_t max_undecided = 16 * 1024;
  // An error object is kept up to this size.
  static constexpr std::size_t max_error = 64 * 1024;

 private:
  enum class awaited : std::uint8_t { object, key, error, event_type, event_id };

  void read(std::string_view text);
  void decide(const json_token& token);
  void keep(std::string_view text);

  answer_text text_;
  json_scanner scanner_;
  state state_ = state::undecided;
  awaited awaited_ = awaited::object;
  bool complete_ = false;
  std::uint32_t object_depth_ = 0;  // of the first object, from 1; 0: none yet
  std::size_t seen_ = 0;
  std::string json_;
};

}  // namespace gemkeeper::gemini
