#include "bare_model.hpp"
#include "request_fields.hpp"
#include <gemkeeper/gemini/request_body.hpp>

namespace gemkeeper::gemini {

using token = json_token::type;

void request_scanner::reset(body_facts wanted) {
  scanner_.reset();
  model_.clear();
  resources_.clear();
  member_ = list_ = field::other;
  list_depth_ = session_depth_ = 0;
  wanted_ = wanted;
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
    member_ = fields::find(next.text);
    if (member_ == field::other) scanner_.ignore_string();
    return;
  }
  const bool opens = next.kind == token::open_object || next.kind == token::open_array;
  const std::uint32_t depth = scanner_.depth();
  if (depth == (opens ? 1 : 0)) {
    done_ = next.kind != token::open_object;  // else the body's object just began
  } else if (opens) {
    enter(next);
  } else if (next.kind == token::close) {
    if (depth < list_depth_) list_depth_ = 0;
    if (depth < session_depth_) session_depth_ = 0;
  } else {
    if (depth == 1) read_routing(next);
    if (wanted_ == body_facts::resources && next.kind == token::string) {
      note(member_ == field::other && depth == list_depth_ ? list_ : member_, next.text);
    }
  }
  member_ = field::other;
  done_ = done_ ||
          (wanted_ == body_facts::routing && !model_.untouched() && stream_ != answer::unknown);
}

void request_scanner::read_routing(const json_token& next) {
  const bool names_model = member_ == field::model || member_ == field::agent;
  if (names_model && next.kind == token::string && model_.untouched()) {
    model_.assign(bare_model(next.text));
  } else if (member_ == field::stream && next.kind == token::scalar && stream_ == answer::unknown) {
    stream_ = next.text == "true" ? answer::yes : answer::no;
  }
}

void request_scanner::enter(const json_token& next) {
  if (wanted_ == body_facts::routing || member_ == field::chosen) return scanner_.leave();
  if (next.kind == token::open_array) {
    list_depth_ = member_ == field::other ? 0 : scanner_.depth();
    list_ = member_;
  } else if (member_ == field::session) {
    session_depth_ = scanner_.depth();
  }
}

void request_scanner::note(field where, std::string_view text) {
  switch (where) {
    case field::address:
    case field::name:
      resources_.add(text);
      break;
    case field::model:
      if (text.starts_with("tunedModels/")) resources_.add(text);
      break;
    case field::agent:
      if (text.starts_with("agents/")) resources_.add(text);
      break;
    case field::file:
      resources_.add(resource_kind::file, text);
      break;
    case field::interaction:
      resources_.add(resource_kind::interaction, text);
      break;
    case field::session_handle:
      if (scanner_.depth() == session_depth_) resources_.add(resource_kind::session, text);
      break;
    default:
      break;
  }
}

}  // namespace gemkeeper::gemini
