// The messages of a Live session (protocol document, 1.6, 4.8 and 5.9), freed from their frames.
// Pure functions on bytes; no document tree is built.
#pragma once

#include <gemkeeper/gemini/endpoint.hpp>
#include <gemkeeper/gemini/json_scanner.hpp>
#include <gemkeeper/gemini/resource.hpp>
#include <gemkeeper/gemini/usage_meter.hpp>
#include <gemkeeper/pool/outcome.hpp>
#include <gemkeeper/pool/usage.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gemkeeper::gemini {

// The model that a client's first message asks for, {"setup":{"model":"models/x", …}}, without
// "models/"; empty: it tells none. What else it names, the handle of a session to be resumed and
// the like, is for a `request_scanner`.
std::string live_setup_model(std::string_view json);

// Reads along what a server sends: fed with the payloads of its data messages in order, split
// anywhere. Never throws on any bytes but std::bad_alloc.
class live_messages {
 public:
  void reset();

  void feed(std::string_view text);  // of the message under way
  void end_message();

  // The sum over all messages: usage is told once per turn, for that turn (protocol document, 4.8).
  [[nodiscard]] const pool::token_usage& usage() const { return usage_; }
  [[nodiscard]] bool metered() const { return metered_; }
  // Those told since they were last taken.
  [[nodiscard]] bool has_new_usage() const { return !new_usage_.empty(); }
  [[nodiscard]] pool::token_usage take_new_usage();
  [[nodiscard]] pool::service_tier service() const { return service_; }
  [[nodiscard]] std::string_view model_version() const { return model_.view(); }

  [[nodiscard]] bool setup_complete() const { return setup_complete_; }
  // The server will close soon, and said so.
  [[nodiscard]] bool going_away() const { return going_away_; }
  // The message under way has an `error` at its top.
  [[nodiscard]] bool error_seen() const { return scanner_.error_seen(); }
  [[nodiscard]] bool has_handles() const { return !handles_.empty(); }
  // The names of what may be resumed (`resource_kind::session`, secrets), complete ones only.
  [[nodiscard]] std::vector<std::string> take_handles();

 private:
  enum class member : std::uint8_t { other, setup_complete, go_away, resumption, handle };
  void read(const json_token& next);

  usage_scanner scanner_{answer_form::json};
  json_scanner tokens_;
  member member_ = member::other;
  pool::token_usage usage_;
  pool::token_usage new_usage_;
  bounded_text model_;
  pool::service_tier service_ = pool::service_tier::standard;
  std::vector<std::string> handles_;
  bool metered_ = false;
  bool setup_complete_ = false;
  bool going_away_ = false;
};

// What it means that the server closed: `code` and `reason` of its close frame (protocol document,
// 5.9). Reasons come cut off at 123 bytes. `next` is what follows while nothing is committed; an
// ordinary end (1000, 1001) is the client's to see.
pool::verdict judge_live_close(std::uint16_t code, std::string_view reason, const endpoint& where);

}  // namespace gemkeeper::gemini
