#include "bare_model.hpp"
#include <gemkeeper/gemini/live.hpp>

#include <utility>

namespace gemkeeper::gemini {

using token = json_token::type;

namespace {

constexpr std::size_t max_handles = 64;  // a session gets a new one now and then

}  // namespace

std::string live_setup_model(std::string_view json) {
  json_scanner scanner;
  std::string_view input = json;
  bool of_setup = false;
  bool of_model = false;
  for (json_token next = scanner.next(input); next.kind != token::none;
       next = scanner.next(input)) {
    const std::uint32_t depth = scanner.depth();
    if (next.kind == token::key) {
      if (depth == 1) of_setup = next.text == "setup";
      of_model = depth == 2 && of_setup && next.text == "model";
      continue;
    }
    if (of_model && next.kind == token::string) return std::string(bare_model(next.text));
    if (next.kind == token::close && depth == 0) break;
    const bool opens = next.kind == token::open_object || next.kind == token::open_array;
    if (opens && (depth > 2 || (depth == 2 && !of_setup))) scanner.leave();
    of_model = false;
  }
  return {};
}

void live_messages::reset() {
  *this = {};
}

void live_messages::feed(std::string_view text) {
  scanner_.feed(text);
  for (json_token next = tokens_.next(text); next.kind != token::none; next = tokens_.next(text))
    read(next);
}

void live_messages::read(const json_token& next) {
  const std::uint32_t depth = tokens_.depth();
  if (next.kind == token::key) {
    const bool in_resumption = depth == 2;  // nothing else is entered
    member_ = member::other;
    if (in_resumption) {
      if (next.text == "newHandle" || next.text == "new_handle") member_ = member::handle;
    } else if (next.text == "setupComplete" || next.text == "setup_complete") {
      member_ = member::setup_complete;
    } else if (next.text == "goAway" || next.text == "go_away") {
      member_ = member::go_away;
    } else if (next.text == "sessionResumptionUpdate" || next.text == "session_resumption_update") {
      member_ = member::resumption;
    }
    if (member_ != member::handle) tokens_.ignore_string();
    return;
  }
  const bool opens = next.kind == token::open_object || next.kind == token::open_array;
  if (opens && depth > 1) {
    const bool object = next.kind == token::open_object;
    setup_complete_ = setup_complete_ || (object && member_ == member::setup_complete);
    going_away_ = going_away_ || (object && member_ == member::go_away);
    if (!object || member_ != member::resumption) tokens_.leave();
  } else if (next.kind == token::string && member_ == member::handle) {
    std::string name;
    const bool is_one =
        append_resource(name, resource_kind::session, next.text) != resource_kind::none;
    if (is_one && handles_.size() < max_handles) handles_.push_back(std::move(name));
  }
  member_ = member::other;
}

void live_messages::end_message() {
  if (scanner_.seen()) {
    usage_ += scanner_.usage();
    new_usage_ += scanner_.usage();
    service_ = scanner_.service();
    metered_ = true;
  }
  if (!scanner_.model_version().empty()) model_.assign(scanner_.model_version());
  scanner_.reset(answer_form::json);
  tokens_.reset();
  member_ = member::other;
}

pool::token_usage live_messages::take_new_usage() {
  return std::exchange(new_usage_, {});
}

std::vector<std::string> live_messages::take_handles() {
  return std::exchange(handles_, {});
}

}  // namespace gemkeeper::gemini
