#include "live/live_session.hpp"

#include "access.hpp"
#include "ascii.hpp"
#include "http_text.hpp"
#include "live/frames.hpp"
#include "live/talk.hpp"
#include "route.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace gemkeeper::sandbox::live {
namespace {

constexpr std::size_t read_size = 16 * 1024;
constexpr std::string_view token_prefix = "auth_tokens/";

// An ephemeral token; empty: it came with none.
std::string token_of(const recorded_request& request) {
  constexpr std::string_view scheme = "Token ";
  std::string_view field = request.header("Authorization");
  if (same_ignoring_case(field.substr(0, scheme.size()), scheme)) {
    return std::string(trim(field.substr(scheme.size())));
  }
  const std::string in_query = query_parameter(request.target, "access_token").value_or("");
  return in_query.starts_with(token_prefix) ? in_query : std::string();
}

std::string version_of(std::string_view target) {
  for (const std::string_view service : {"generativelanguage.", "aiplatform."}) {
    const std::size_t at = target.find(service);
    if (at == std::string_view::npos) continue;
    target.remove_prefix(at + service.size());
    return std::string(target.substr(0, target.find('.')));
  }
  return "v1beta";
}

// Of the project whose key made it.
const account* find_token(world& played, const std::string& token) {
  const auto made = played.shelf().find(token);
  return made ? played.find_project(made->project) : nullptr;
}

}  // namespace

bool is_for_live(const recorded_request& request) {
  const std::string_view path =
      std::string_view(request.target).substr(0, request.target.find('?'));
  return request.method == "GET" && path.find("/ws/") != std::string_view::npos &&
         same_ignoring_case(request.header("Upgrade"), "websocket");
}

namespace {

class conversation {
 public:
  conversation(channel& connection, playback& played, std::string early)
      : connection_(connection), played_(played), received_(std::move(early)) {}

  task<ending> run(std::shared_ptr<world> current, caller who) {
    const std::shared_ptr<world> kept = std::move(current);
    talk model(*kept, std::move(who));
    steady_timer timer(connection_.get_executor());
    const opcode form = kept->played().live.text_frames ? opcode::text : opcode::binary;
    std::string message;
    for (;;) {
      std::optional<frame> next = take_frame(received_);
      if (!next) {
        if (!co_await read()) co_return ending::peer_gone;
        continue;
      }
      if (next->what == opcode::ping) {
        out_.clear();
        append_frame(out_, opcode::pong, next->payload);
        if (!co_await flush()) co_return ending::peer_gone;
        continue;
      }
      if (next->what == opcode::pong) continue;
      if (next->what == opcode::close) {
        out_.clear();
        append_frame(out_, opcode::close, next->payload.substr(0, 2));
        co_await flush();
        co_await connection_.close();
        co_return ending::complete;
      }
      message += next->payload;
      if (!next->final) continue;
      if (const auto delay = kept->played().answer.delay; delay.count() != 0) {
        constexpr auto as_result = asio::as_tuple(asio::use_awaitable_t<executor>{});
        timer.expires_after(delay);
        co_await timer.async_wait(as_result);
      }
      out_.clear();
      const std::vector<utterance> said = model.hear(std::exchange(message, {}), played_.now());
      for (const utterance& one : said) {
        if (one.what == utterance::kind::message) {
          append_frame(out_, form, one.text);
          continue;
        }
        if (one.what == utterance::kind::close) append_close(out_, one.code, one.text);
        if (!co_await flush()) co_return ending::peer_gone;
        if (one.what == utterance::kind::cut_off) {
          connection_.reset();
          co_return ending::damaged;
        }
        // The client's answer to it.
        for (bool open = true; open;) {
          received_.clear();
          open = co_await read();
        }
        co_await connection_.close();
        co_return ending::complete;
      }
      if (!out_.empty() && !co_await flush()) co_return ending::peer_gone;
    }
  }

 private:
  task<bool> read() {
    const std::size_t before = received_.size();
    received_.resize(before + read_size);
    const asio::mutable_buffer room(received_.data() + before, read_size);
    const auto [failed, size] =
        co_await connection_.read_some(room, played_.current()->played().connection.idle_timeout);
    received_.resize(before + size);
    if (received_.empty()) received_ = {};  // a session at rest holds no buffer
    co_return !failed;
  }

  task<bool> flush() {
    const error_code error = co_await connection_.write(out_);
    out_ = {};
    co_return !error;
  }

  channel& connection_;
  playback& played_;
  std::string received_;
  std::string out_;
};

}  // namespace

task<ending> serve(channel& connection, playback& played, recorded_request request,
                   std::string early) {
  const std::shared_ptr<world> current = played.current();
  caller who;
  who.target = request.target;
  who.version = version_of(request.target);
  if (request.target.find("google.cloud.aiplatform.") != std::string::npos) {
    who.service = api_service::vertex;
  }
  who.music = request.target.find("BidiGenerateMusic") != std::string::npos;
  who.key = token_of(request);
  std::string refusal;
  if (!who.key.empty()) {
    who.owner = find_token(*current, who.key);
  } else {
    presented_credential shown = find_credential({}, request);
    refusal = std::move(shown.error);
    who.key = std::move(shown.key);
    who.owner = current->find(who.key);
  }
  request.credential = who.key;
  const std::string accept = accept_of(request.header("Sec-WebSocket-Key"));
  const std::uint64_t entry = played.log().begin(std::move(request));
  ending end = ending::complete;
  int status = 101;
  std::string head;
  if (!refusal.empty()) {
    reply made;
    const error_text error = make_error(refusal, {}).value();
    made.status = status = error.code;
    made.body = render(error, error_framing::object);
    head_facts facts;
    facts.framing = body_framing::length;
    facts.content_length = made.body.size();
    facts.close = true;
    append_head(head, made, facts);
    head += made.body;
    co_await connection.write(head);
    co_await connection.close();
  } else {
    head = fmt::format(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: {}\r\n\r\n",
        accept);
    const error_code failed = co_await connection.write(head);
    end = ending::peer_gone;
    if (!failed) {
      conversation one(connection, played, std::move(early));
      end = co_await one.run(current, std::move(who));
    }
  }
  played.log().finish(entry, status, end);
  co_return end;
}

}  // namespace gemkeeper::sandbox::live
