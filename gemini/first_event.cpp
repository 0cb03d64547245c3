#include <gemkeeper/gemini/first_event.hpp>

#include <algorithm>

namespace gemkeeper::gemini {

using token = json_token::type;

void first_event::reset(answer_form form) {
  text_.reset(form);
  scanner_.reset();
  state_ = form == answer_form::opaque ? state::data : state::undecided;
  awaited_ = awaited::object;
  complete_ = false;
  object_depth_ = 0;
  seen_ = 0;
  json_.clear();
}

first_event::state first_event::feed(std::string_view bytes) {
  seen_ += bytes.size();
  while (state_ != state::data && !complete_) {
    const auto [kind, text] = text_.next(bytes);
    if (kind == answer_text::piece::type::none) break;
    if (kind == answer_text::piece::type::json) {
      read(text);
    } else if (scanner_.depth() > 0) {
      finish();  // the event was cut off
    }
  }
  if (state_ == state::undecided && seen_ > max_undecided) state_ = state::data;
  return state_;
}

first_event::state first_event::finish() {
  if (state_ == state::undecided) state_ = state::data;
  complete_ = state_ == state::error;
  return state_;
}

void first_event::read(std::string_view text) {
  const char* from = text.data();
  while (state_ != state::data && !complete_) {
    const json_token next = scanner_.next(text);
    if (next.kind == token::none) break;
    if (next.kind == token::open_object && object_depth_ == 0) {
      object_depth_ = scanner_.depth();
      from = text.data() - 1;
    }
    if (state_ == state::undecided) decide(next);
    if (state_ == state::error) complete_ = scanner_.depth() < object_depth_;
  }
  if (object_depth_ > 0 && state_ != state::data) {
    keep({from, static_cast<std::size_t>(text.data() - from)});
  }
}

void first_event::decide(const json_token& next) {
  const auto data_unless = [&](bool error) { state_ = error ? state::error : state::data; };
  switch (awaited_) {
    case awaited::object:
      if (next.kind == token::open_object) {
        awaited_ = awaited::key;
      } else if (next.kind != token::open_array || scanner_.depth() > 1) {
        state_ = state::data;
      }
      break;
    case awaited::key:
      if (next.kind == token::key && next.text == "error") {
        awaited_ = awaited::error;
      } else if (next.kind == token::key && next.text == "event_type") {
        awaited_ = awaited::event_type;
      } else if (next.kind == token::key && next.text == "event_id") {
        awaited_ = awaited::event_id;
      } else {
        state_ = state::data;
      }
      break;
    case awaited::error:
      data_unless(next.text != "null");
      break;
    case awaited::event_type:
      data_unless(next.text == "error");
      break;
    case awaited::event_id:
      awaited_ = awaited::key;
      break;
  }
}

void first_event::keep(std::string_view text) {
  json_.append(text.substr(0, max_error - json_.size()));
  complete_ = complete_ || json_.size() == max_error;
}

}  // namespace gemkeeper::gemini
