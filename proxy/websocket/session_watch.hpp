// What is learned from a Live session's bytes as they pass, and the one thing that is changed.
#pragma once

#include "tunnel/lane.hpp"
#include "websocket/close_frame.hpp"
#include "websocket/frame_reader.hpp"
#include <gemkeeper/gemini/live.hpp>
#include <gemkeeper/gemini/redact.hpp>

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace gemkeeper::proxy::websocket {

// Of the client: only whether it closes.
class client_watch final : public lane_watch {
 public:
  std::size_t pass(std::span<char> bytes) override;

  [[nodiscard]] bool closed() const { return closed_; }  // its close frame went by
  [[nodiscard]] bool may_put_in() const { return !closed_ && reader_.at_frame_boundary(); }

 private:
  frame_reader reader_{sender::client};
  bool closed_ = false;
};

// Of the server: usage, handles of its session, and why it closes. Google echoes the injected key
// in reasons (protocol document, 5.0): it is masked there, and in messages with an error, which are
// held back until that is done.
class server_watch final : public lane_watch {
 public:
  explicit server_watch(std::string_view secret) : mask_(secret), longest_key_(6 * secret.size()) {}

  std::size_t pass(std::span<char> bytes) override;

  // Told of each name under which the session may be resumed: a secret.
  void on_handle(std::function<void(std::string_view)> told) { on_handle_ = std::move(told); }

  // Told of what each turn has used, when the server has told it.
  void on_usage(std::function<void(const pool::token_usage&)> told) { on_usage_ = std::move(told); }

  [[nodiscard]] const gemini::live_messages& messages() const { return messages_; }
  // Its close frame went by.
  [[nodiscard]] bool closed() const { return closed_; }
  [[nodiscard]] close_reason why() const { return parse_close(closing_); }  // the key masked
  [[nodiscard]] bool may_put_in() const { return !closed_ && reader_.at_frame_boundary(); }
  // It breaks the protocol, or sends an error in fragments; nothing more of it passes.
  [[nodiscard]] bool broken() const { return broken_; }

 private:
  std::size_t hold(std::span<char> bytes, std::size_t from, std::size_t most);

  frame_reader reader_{sender::server};
  gemini::live_messages messages_;
  std::function<void(std::string_view)> on_handle_;
  std::function<void(const pool::token_usage&)> on_usage_;
  gemini::redactor mask_;
  std::size_t longest_key_;  // in its longest spelling
  std::size_t held_ = 0;     // of the last bytes
  std::string closing_;      // the close frame's payload
  bool closed_ = false;
  bool broken_ = false;
};

}  // namespace gemkeeper::proxy::websocket
