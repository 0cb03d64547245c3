// Every kind of WebSocket frame, every cut of it, and what no sender may send.
#include "websocket/frame_reader.hpp"

#include "websocket/close_frame.hpp"
#include "websocket/handshake.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>
#include <vector>

using namespace gemkeeper::proxy::websocket;

namespace {

using std::string_literals::operator""s;

// "text:hello! ping:x close:…": each frame with its payload, '!' where a message ends.
std::string read_in(const std::vector<std::string_view>& pieces, sender from) {
  frame_reader reader(from);
  std::string told;
  for (std::string_view piece : pieces) {
    std::string copy(piece);
    std::string_view input = copy;
    for (;;) {
      const frame_reader::part part = reader.next(input);
      using type = frame_reader::part::type;
      if (part.kind == type::none) break;
      if (part.kind == type::bad) return told + "bad: " + std::string(reader.problem());
      if (part.kind == type::header) {
        constexpr std::string_view names[] = {"more:", "text:", "binary:", "",      "",     "",
                                              "",      "",      "close:",  "ping:", "pong:"};
        told += names[static_cast<std::size_t>(reader.frame_opcode())];
      } else if (part.kind == type::payload) {
        std::string bytes(part.bytes);
        reader.unmask(bytes);
        told += bytes;
      } else {
        told += reader.is_final() ? "! " : "~ ";
      }
    }
  }
  if (!reader.at_frame_boundary()) told += "…";
  return told;
}

void check(sender from, std::string_view wire, std::string_view expected) {
  BOOST_TEST(read_in({wire}, from) == expected);
  std::vector<std::string_view> bytes;
  for (std::size_t i = 0; i < wire.size(); ++i) {
    bytes.push_back(wire.substr(i, 1));
    const std::string got = read_in({wire.substr(0, i), wire.substr(i)}, from);
    BOOST_TEST_CONTEXT("cut at " << i) {
      BOOST_TEST(got == expected);
    }
  }
  BOOST_TEST(read_in(bytes, from) == expected);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(frame_reader_of_websockets)

BOOST_AUTO_TEST_CASE(frames_of_a_server) {
  check(sender::server, "\x81\x05hello"s, "text:hello! ");
  check(sender::server, "\x82\x00"s, "binary:! ");
  check(sender::server, "\x81\x7e\x00\x80"s + std::string(128, 'x'),
        "text:" + std::string(128, 'x') + "! ");
}

BOOST_AUTO_TEST_CASE(a_length_of_eight_bytes) {
  const std::string body(70'000, 'y');
  const std::string wire = "\x82\x7f\x00\x00\x00\x00\x00\x01\x11\x70"s + body;
  BOOST_TEST((read_in({wire}, sender::server) == "binary:" + body + "! "));
  const std::string_view all = wire;
  BOOST_TEST((read_in({all.substr(0, 7), all.substr(7, 60'000), all.substr(60'007)},
                      sender::server) == "binary:" + body + "! "));
}

BOOST_AUTO_TEST_CASE(a_client_masks_its_frames) {
  // RFC 6455, 5.7.
  check(sender::client, "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"s, "text:Hello! ");
}

BOOST_AUTO_TEST_CASE(control_frames_stand_between_fragments) {
  check(sender::server,
        "\x01\x03one"
        "\x89\x01p"
        "\x00\x03two"
        "\x8a\x00"
        "\x80\x03"
        "end"
        "\x88\x02\x03\xe8"s,
        "text:one~ ping:p! more:two~ pong:! more:end! close:\x03\xe8! ");
}

BOOST_AUTO_TEST_CASE(what_no_sender_may_send) {
  const sender server = sender::server;
  check(server, "\xc1\x00"s, "bad: reserved bits without an extension");
  check(server, "\x83\x00"s, "bad: an unknown opcode");
  check(server, "\x8b\x00"s, "bad: an unknown opcode");
  check(server, "\x81\x80mask"s, "bad: a server's frame with a mask");
  check(sender::client, "\x81\x01x"s, "bad: a client's frame without a mask");
  check(server, "\x09\x00"s, "bad: a control frame in fragments");
  check(server, "\x89\x7e\x00\x7e"s, "bad: a control frame of more than 125 bytes");
  check(server, "\x80\x00"s, "bad: a continuation of no message");
  check(server, "\x01\x00\x81\x00"s, "text:~ bad: a new message inside another");
  check(server, "\x81\x7e\x00\x05"s, "bad: a length in more bytes than it needs");
  check(server, "\x81\x7f\x00\x00\x00\x00\x00\x00\xff\xff"s,
        "bad: a length in more bytes than it needs");
  check(server, "\x81\x7f\x80\x00\x00\x00\x00\x00\x00\x00"s, "bad: a length of more than 63 bits");
}

BOOST_AUTO_TEST_CASE(a_frame_that_is_not_whole_is_no_boundary) {
  BOOST_TEST(read_in({"\x81"}, sender::server) == "…");
  BOOST_TEST(read_in({"\x81\x05hel"}, sender::server) == "text:hel…");
}

BOOST_AUTO_TEST_CASE(close_frames_are_written_as_they_are_read) {
  std::string wire;
  append_close(wire, sender::server, {close_code::internal_error, "no more"});
  check(sender::server, wire, "close:\x03\xf3no more! ");
  wire.clear();
  append_close(wire, sender::client, {close_code::going_away, "bye"}, 0x12345678);
  check(sender::client, wire,
        "close:\x03\xe9"
        "bye! ");
  wire.clear();
  append_close(wire, sender::server, {});
  check(sender::server, wire, "close:! ");
}

BOOST_AUTO_TEST_CASE(a_long_reason_is_cut_between_two_characters) {
  const std::string text = std::string(122, 'a') + "é and more";
  std::string wire;
  append_close(wire, sender::server, {close_code::internal_error, text});
  BOOST_TEST(parse_close(std::string_view(wire).substr(2)).text == std::string(122, 'a'));
}

BOOST_AUTO_TEST_CASE(reasons_of_a_close) {
  BOOST_TEST((parse_close("").code == close_code::none));
  BOOST_TEST((parse_close("x").code == close_code::protocol_error));
  const close_reason why = parse_close("\x03\xf0not found");
  BOOST_TEST((why.code == close_code::policy_violation));
  BOOST_TEST(why.text == "not found");
}

BOOST_AUTO_TEST_CASE(the_handshake_is_answered_as_in_the_standard) {
  // RFC 6455, 1.3.
  BOOST_TEST(accept_of("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  BOOST_TEST(is_key("dGhlIHNhbXBsZSBub25jZQ=="));
  BOOST_TEST(!is_key("dGhlIHNhbXBsZSBub25jZQ="));
  BOOST_TEST(!is_key("dGhlIHNhbXBsZSBub25j Q=="));
  BOOST_TEST(!is_key(""));
}

BOOST_AUTO_TEST_SUITE_END()
