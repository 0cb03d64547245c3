// Live sessions of the sandbox: what is said to what, and how they end.
#include "live/frames.hpp"
#include "live/talk.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <string_view>

using namespace gemkeeper::sandbox;
using live::utterance;

namespace {

constexpr std::string_view setup = R"({"setup":{"model":"models/gemini-3.1-flash-live-preview"}})";
constexpr std::string_view hello =
    R"({"clientContent":{"turns":[{"role":"user","parts":[{"text":"hello"}]}],"turnComplete":true}})";

struct stage {
  world played;
  live::talk talk;

  explicit stage(scenario what = {}, std::string_view key = "sandbox-key-1")
      : played(with_keys(std::move(what))), talk(played, caller_with(key)) {}

  static scenario with_keys(scenario what) {
    what.keys = default_keys(2);
    what.stream.events = 1;
    return what;
  }
  live::caller caller_with(std::string_view key) {
    live::caller who;
    who.key = key;
    who.owner = played.find(key);
    who.version = "v1beta";
    return who;
  }
  // "message …" lines, and "close 1011 …" at the end.
  std::string hear(std::string_view message) {
    std::string all;
    for (const utterance& one : talk.hear(message, std::chrono::system_clock::now())) {
      if (one.what == utterance::kind::cut_off) all += "cut off";
      if (one.what == utterance::kind::close) all += "close " + std::to_string(one.code) + " ";
      all += one.text + "\n";
    }
    return all;
  }
};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(live_api)

BOOST_AUTO_TEST_CASE(a_turn_is_answered_and_metered) {
  stage on;
  BOOST_TEST(has(on.hear(setup), R"({"setupComplete":{"sessionId":")"));
  const std::string first = on.hear(hello);
  BOOST_TEST(has(first, R"("modelTurn":{"parts":[{"text":"echo:)"));
  BOOST_TEST(has(first, R"("turnComplete":true},"usageMetadata":{"promptTokenCount":)"));
  BOOST_TEST(!has(first, "newHandle"));
  // The context is billed again.
  BOOST_TEST(on.hear(hello) != first);
}

BOOST_AUTO_TEST_CASE(voice_is_answered_with_voice) {
  stage on;
  on.hear(
      R"({"setup":{"model":"models/x-live","generationConfig":{"responseModalities":["AUDIO"]}}})");
  BOOST_TEST(
      on.hear(R"({"realtimeInput":{"audio":{"data":"AAAA","mimeType":"audio/pcm"}}})").empty());
  const std::string answer = on.hear(R"({"realtimeInput":{"audioStreamEnd":true}})");
  BOOST_TEST(has(answer, "audio/pcm;rate=24000"));
  BOOST_TEST(has(answer, "heard 4 bytes"));
  BOOST_TEST(has(answer, R"("modality":"AUDIO")"));
  BOOST_TEST(has(on.hear(R"({"realtimeInput":{"text":"hi"}})"), "echo: hi"));
}

BOOST_AUTO_TEST_CASE(tools_are_called) {
  stage on;
  on.hear(
      R"({"setup":{"model":"x-live","tools":[{"functionDeclarations":[{"name":"weather"}]}]}})");
  const std::string call = on.hear(
      R"({"clientContent":{"turns":[{"parts":[{"text":"call weather"}]}],"turnComplete":true}})");
  BOOST_TEST(has(call, R"({"toolCall":{"functionCalls":[{"id":"call-1","name":"weather")"));
  BOOST_TEST(has(on.hear(R"({"toolResponse":{"functionResponses":[]}})"), "the tool has answered"));
}

BOOST_AUTO_TEST_CASE(a_handle_is_its_projects_own) {
  stage on;
  on.hear(R"({"setup":{"model":"x-live","sessionResumption":{}}})");
  const std::string told = on.hear(hello);
  const std::size_t begin = told.find(R"("newHandle":")") + 13;
  const std::string handle = told.substr(begin, told.find('"', begin) - begin);
  const std::string resume =
      R"({"setup":{"model":"x-live","sessionResumption":{"handle":")" + handle + R"("}}})";
  stage same;
  BOOST_TEST(has(same.hear(resume), "setupComplete"));
  stage other({}, "sandbox-key-2");
  BOOST_TEST(other.hear(resume) == "close 1008 Requested entity was not found.\n");
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_told_by_closing) {
  stage nobody({}, "no-such-key");
  BOOST_TEST(has(nobody.hear(setup), "close 1007 API key not valid."));
  stage on;
  BOOST_TEST(has(on.hear(R"({"setup":{"model":"models/none"}})"),
                 "close 1008 models/none is not found for API version v1beta"));
  stage early;
  BOOST_TEST(has(early.hear(hello), "close 1007"));
  scenario limited;
  limited.quotas.push_back({});
  limited.quotas.back().requests_per_minute = 1;
  stage quota(limited);
  quota.hear(setup);
  quota.hear(hello);
  BOOST_TEST(has(quota.hear(hello), "close 1011 You exceeded your current quota"));
  scenario faulty;
  faulty.faults.push_back({});
  faulty.faults.back().name = "leaked";
  stage leaked(faulty);
  BOOST_TEST(has(leaked.hear(setup), "close 1008 Your API key was reported as leaked"));
  faulty.faults.back().name = "mid_stream_error";
  stage later(faulty);
  later.hear(setup);
  BOOST_TEST(has(later.hear(hello), "close 1011 "));
}

BOOST_AUTO_TEST_CASE(it_goes_away_when_the_scenario_says_so) {
  scenario what;
  what.live.go_away_after = 1;
  stage on(what);
  on.hear(setup);
  BOOST_TEST(has(on.hear(hello), R"({"goAway":{"timeLeft":"50.000s"}})"));
  BOOST_TEST(has(on.hear(hello), "close 1001 "));
}

BOOST_AUTO_TEST_CASE(music_is_played) {
  stage on;
  live::caller who = on.caller_with("sandbox-key-1");
  who.music = true;
  live::talk music(on.played, who);
  const auto now = std::chrono::system_clock::now();
  BOOST_TEST(music.hear(R"({"setup":{"model":"models/lyria-realtime-exp"}})", now).size() == 1U);
  BOOST_TEST(music.hear(R"({"clientContent":{"weightedPrompts":[]}})", now).empty());
  BOOST_TEST(music.hear(R"({"playbackControl":"PLAY"})", now).size() == 3U);
}

BOOST_AUTO_TEST_CASE(frames_are_taken_as_they_come) {
  std::string wire = "\x01\x83mask\x0c\x0e\x10\x80\x81mask\x0c";
  const auto first = live::take_frame(wire);
  BOOST_REQUIRE(first.has_value());
  BOOST_TEST(!first->final);
  BOOST_TEST(first->payload == "aoc");
  const auto second = live::take_frame(wire);
  BOOST_REQUIRE(second.has_value());
  BOOST_TEST(second->payload == "a");
  BOOST_TEST(!live::take_frame(wire).has_value());
  std::string large;
  live::append_frame(large, live::opcode::binary, std::string(70'000, 'x'));
  BOOST_TEST(large.size() == 70'010U);
  std::string part = large.substr(0, 5'000);
  BOOST_TEST(!live::take_frame(part).has_value());
  BOOST_TEST(live::take_frame(large)->payload.size() == 70'000U);
}

BOOST_AUTO_TEST_SUITE_END()
