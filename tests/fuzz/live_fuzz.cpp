// A Live session's bytes: frames, and the messages in them.
#include "fuzz_input.hpp"
#include "websocket/close_frame.hpp"
#include "websocket/frame_reader.hpp"
#include <gemkeeper/gemini/live.hpp>

#include <tuple>

using namespace gemkeeper;
using namespace gemkeeper::proxy::websocket;

// The first bit of the choice: who sends.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::input input(data, size);
  const auto from = input.choice % 2 == 0 ? sender::server : sender::client;
  std::vector<std::tuple<std::string, std::string, std::string, std::uint64_t, bool>> results;
  for (const auto& delivery : input.deliveries()) {
    frame_reader reader(from);
    gemini::live_messages messages;
    std::string payloads;
    std::string handles;
    for (std::string_view piece : delivery) {
      for (bool more = true; more;) {
        const frame_reader::part part = reader.next(piece);
        using type = frame_reader::part::type;
        more = part.kind != type::none && part.kind != type::bad;
        std::string bytes(part.bytes);
        reader.unmask(bytes);
        payloads += bytes;
        if (is_control(reader.frame_opcode())) continue;
        if (part.kind == type::payload) messages.feed(bytes);
        if (part.kind == type::end && reader.is_final()) messages.end_message();
      }
    }
    for (const std::string& handle : messages.take_handles())
      handles.append(handle).append("\n");
    results.emplace_back(payloads, handles, std::string(reader.problem()), messages.usage().total,
                         messages.going_away());
  }
  fuzz::require_same(results);

  fuzz::require(gemini::live_setup_model(input.text).size() <= input.text.size());
  const close_reason why = parse_close(input.text);
  std::string frame;
  append_close(frame, sender::server, why);
  fuzz::require(frame.size() <= 2 + max_control_payload);
  gemini::judge_live_close(static_cast<std::uint16_t>(why.code), why.text, {});
  return 0;
}
