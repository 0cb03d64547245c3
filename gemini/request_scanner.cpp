#include "bare_model.hpp"
#include <gemkeeper/gemini/request_body.hpp>

namespace gemkeeper::gemini {

using token = json_token::type;

void request_scanner::reset() {
  scanner_.reset();
  model_.clear();
  member_ = member::other;
  stream_ = answer::unknown;
  done_ = false;
}

void request_scanner::feed(std::string_view json) {
  while (!done_) {
    const json_token next = scanner_.next(json);
    if (next.kind == token::none) break;
    read(next);
  }
}

void request_scanner::read(const json_token& next) {
  if (next.kind == token::key) {
    const bool names_model = next.text == "model" || next.text == "agent";
    member_ = names_model ? member::model : next.text == "stream" ? member::stream : member::other;
    return;
  }
  const bool opens = next.kind == token::open_object || next.kind == token::open_array;
  if (scanner_.depth() == (opens ? 1 : 0)) {
    done_ = next.kind != token::open_object;  // else the body's object just began
  } else if (opens) {
    scanner_.leave();
  } else if (member_ == member::model && next.kind == token::string && model_.untouched()) {
    model_.assign(bare_model(next.text));
  } else if (member_ == member::stream && next.kind == token::scalar &&
             stream_ == answer::unknown) {
    stream_ = next.text == "true" ? answer::yes : answer::no;
  }
  member_ = member::other;
  done_ = done_ || (!model_.untouched() && stream_ != answer::unknown);
}

}  // namespace gemkeeper::gemini
