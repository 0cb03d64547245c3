// What the fake model says in a Live session (protocol document, 1.6, 4.8 and 5.9): messages in,
// messages out, no sockets.
#pragma once

#include "json.hpp"
#include "world.hpp"
#include <gemkeeper/sandbox/error_bodies.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gemkeeper::sandbox::live {

struct utterance {
  enum class kind : std::uint8_t { message, close, cut_off } what = kind::message;
  std::string text{};  // JSON, or why it is closed
  unsigned code = 0;
};

// Who asks, and by which method.
struct caller {
  std::string key;         // what it came with: a key, or an ephemeral token
  const account* owner{};  // nullptr: nobody knows it
  std::string target;
  std::string version;
  api_service service = api_service::gemini;
  bool music = false;
};

class talk {
 public:
  talk(world& played, caller who) : played_(played), who_(std::move(who)) {}

  // What the server answers to one message of the client; `close` ends the session.
  std::vector<utterance> hear(std::string_view message, std::chrono::system_clock::time_point now);

 private:
  using time_point = std::chrono::system_clock::time_point;

  void begin(const json_value& setup, time_point now);
  void hear_content(const json_value& content, time_point now);
  void hear_realtime(const json_value& input, time_point now);
  void hear_music(const json_value& message);
  void take_turn(std::string_view text, const json_value* turns, time_point now);
  void say_audio(std::string_view text);
  void end_turn(std::uint64_t prompt_tokens, std::uint64_t output_tokens);
  void close_with(const error_text& error);
  void close(unsigned code, std::string reason);
  void say(std::string json);
  [[nodiscard]] error_context context() const;
  bool over_quota(std::uint64_t tokens, time_point now);

  world& played_;
  caller who_;
  std::vector<utterance> said_;
  std::string model_;
  std::string tools_;  // of the setup, JSON
  std::string heard_;  // by voice: how much of it
  std::uint64_t audio_bytes_ = 0;
  std::uint64_t context_tokens_ = 0;  // billed anew with every turn
  std::size_t turns_ = 0;
  fault_plan::drawn faults_{};
  bool begun_ = false;
  bool audio_ = false;
  bool resumable_ = false;
};

}  // namespace gemkeeper::sandbox::live
