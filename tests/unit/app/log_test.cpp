#include "temporary_directory.hpp"
#include <gemkeeper/app/log.hpp>
#include <gemkeeper/app/log_line.hpp>

#include <boost/test/unit_test.hpp>
#include <rapidjson/document.h>

#include <chrono>
#include <filesystem>
#include <limits>
#include <string>

namespace gemkeeper::app {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
namespace fs = std::filesystem;

constexpr auto noon = std::chrono::sys_days(std::chrono::July / 1 / 2026) + 12h + 7ms;

std::string escaped(std::string_view text) {
  std::string line;
  append_escaped(line, text);
  return line;
}

proxy::request_record example() {
  proxy::request_record record;
  record.request_id = "0123456789abcdef";
  record.method = "POST";
  record.route = "generateContent";
  record.model = "gemini-x";
  record.key_id = "0123456789ab";
  record.key_name = "key 1";
  record.outcome = "success";
  record.attempts = 2;
  record.status = 200;
  record.metered = true;
  record.usage.prompt = 10;
  record.usage.cached = 4;
  record.usage.candidates = 20;
  record.usage.thoughts = 5;
  record.usage.total = 35;
  record.bytes_in = 100;
  record.bytes_out = 200;
  record.total = 12'345us;
  record.upstream = 11'000us;
  record.first_byte = 9us;
  return record;
}

log_settings to_file(const fs::path& file, log_format format) {
  log_settings settings;
  settings.file = file;
  settings.format = format;
  return settings;
}

BOOST_AUTO_TEST_SUITE(logging)

BOOST_AUTO_TEST_CASE(whatever_could_forge_a_line_or_steer_a_terminal_is_escaped) {
  const std::pair<std::string, std::string> table[] = {
      {"plain text, été 日本 🎉", "plain text, été 日本 🎉"},
      {"a\"b\\c", R"(a\"b\\c)"},
      {"a\nb\rc\td", R"(a\nb\rc\td)"},
      {"\0\x01\x1b[31m\x7f"s, R"(\u0000\u0001\u001b[31m\u007f)"},
      {"\xc2\x9b"
       "2J",
       R"(\u009b2J)"},  // CSI in one character
      {"\xff"
       "a",
       R"(\ufffda)"},                                       // no UTF-8
      {"\xc0\xaf", R"(\ufffd\ufffd)"},                      // overlong
      {"\xed\xa0\x80", R"(\ufffd\ufffd\ufffd)"},            // surrogate
      {"\xf4\x90\x80\x80", R"(\ufffd\ufffd\ufffd\ufffd)"},  // beyond Unicode
      {"\xe6\x97", R"(\ufffd\ufffd)"},                      // cut off
  };
  for (const auto& [text, expected] : table)
    BOOST_TEST(escaped(text) == expected);
}

BOOST_AUTO_TEST_CASE(a_byte_is_escaped_alike_wherever_it_stands) {
  for (int value = 0; value < 256; ++value) {
    const std::string one(1, static_cast<char>(value));
    const std::string alone = escaped(one);
    for (std::size_t before = 0; before <= 17; ++before) {
      const std::string first(before, 'a'), last(17 - before, 'z');
      BOOST_TEST_REQUIRE(escaped(first + one + last) == first + alone + last);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_line_is_as_long_as_what_it_says) {
  std::string buffer;
  const std::string long_text(5'000, '\x01');
  log_line line(buffer, log_format::json);
  line.begin(noon, log_level::info, "event");
  for (int n = 0; n < 10; ++n)
    line.add("text", long_text);
  line.add("number", std::numeric_limits<std::int64_t>::min());
  const std::string_view whole = line.end();
  BOOST_TEST(whole.size() > 10 * 6 * long_text.size());
  BOOST_TEST(whole.ends_with("\\u0001\",\"number\":-9223372036854775808}\n"));
}

BOOST_AUTO_TEST_CASE(a_line_is_json_or_text) {
  std::string buffer;
  const auto build = [&](log_format format) {
    log_line line(buffer, format);
    line.begin(noon, log_level::warn, "event");
    line.message("two\nlines");
    line.add("text", "x");
    line.add("spaced", "x y=\"z\"");
    line.add("empty", "");
    line.add("number", std::int64_t{-5});
    line.add("truth", true);
    line.add("ms", std::chrono::microseconds(1'002'003));
    return std::string(line.end());
  };
  BOOST_TEST(build(log_format::json) ==
             R"({"ts":"2026-07-01T12:00:00.007Z","level":"warn","event":"event",)"
             R"("message":"two\nlines","text":"x","spaced":"x y=\"z\"","empty":"",)"
             R"("number":-5,"truth":true,"ms":1002.003})"
             "\n");
  BOOST_TEST(build(log_format::text) ==
             R"(2026-07-01T12:00:00.007Z warn  event: two\nlines text=x spaced="x y=\"z\"" )"
             R"(empty="" number=-5 truth=true ms=1002.003)"
             "\n");
}

BOOST_AUTO_TEST_CASE(a_request_is_one_line_of_json) {
  const test::temporary_directory directory;
  const auto file = directory.path() / "log";
  log sink(to_file(file, log_format::automatic));  // a file is no terminal
  request_log requests(sink);
  requests.finished(example());
  BOOST_TEST(test::content_of(file) == "");
  sink.flush();
  const std::string line = test::content_of(file);
  const std::string without_time = "{" + line.substr(line.find("\"level\""));
  BOOST_TEST(without_time ==
             R"({"level":"info","event":"request","request_id":"0123456789abcdef",)"
             R"("method":"POST","route":"generateContent","model":"gemini-x",)"
             R"("key_id":"0123456789ab","key_name":"key 1","attempts":2,"status":200,)"
             R"("outcome":"success","ms":12.345,"upstream_ms":11.000,"first_byte_ms":0.009,)"
             R"("bytes_in":100,"bytes_out":200,"prompt_tokens":10,"cached_tokens":4,)"
             R"("output_tokens":20,"thought_tokens":5,"total_tokens":35,"cancelled":false,)"
             R"("http.request.method":"POST","http.response.status_code":200,)"
             R"("gen_ai.provider.name":"gcp.gemini","gen_ai.operation.name":"generate_content",)"
             R"("gen_ai.request.model":"gemini-x","gen_ai.usage.input_tokens":10,)"
             R"("gen_ai.usage.output_tokens":25})"
             "\n");
  rapidjson::Document json;
  json.Parse(line.c_str());
  BOOST_TEST(!json.HasParseError());
}

BOOST_AUTO_TEST_CASE(conventional_names_say_what_kind_of_call_it_was_and_what_went_wrong) {
  const test::temporary_directory directory;
  const auto line_of = [&](const proxy::request_record& record, log_format format) {
    const auto file = directory.path() / "line";
    fs::remove(file);
    log sink(to_file(file, format));
    request_log(sink).finished(record);
    sink.flush();
    return test::content_of(file);
  };
  const auto with = [&](std::string_view route, std::string_view expected) {
    auto record = example();
    record.route = route;
    const std::string line = line_of(record, log_format::json);
    BOOST_TEST((line.find("gen_ai") != line.npos) == !expected.empty(), line);
    BOOST_TEST((line.find(expected) != line.npos), line);
    BOOST_TEST((line.find("error.type") == line.npos));
  };
  with("streamGenerateContent", R"("gen_ai.operation.name":"generate_content")");
  with("openai.chat", R"("gen_ai.operation.name":"chat")");
  with("batchEmbedContents", R"("gen_ai.operation.name":"embeddings")");
  with("models.list", "");

  auto record = example();
  record.trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
  record.waited = 1500us;
  record.status = 429;
  record.outcome = "quota";
  record.reason = "PerMinute";
  const std::string line = line_of(record, log_format::json);
  BOOST_TEST((line.find(R"("error.type":"PerMinute")") != line.npos), line);
  BOOST_TEST((line.find(R"("waited_ms":1.500,"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736")") !=
              line.npos),
             line);
  const std::string text = line_of(record, log_format::text);
  BOOST_TEST((text.find("trace_id=4bf9") != text.npos));
  BOOST_TEST((text.find("gen_ai") == text.npos));
  record.cancelled = true;
  record.status = 0;
  const std::string gone = line_of(record, log_format::json);
  BOOST_TEST((gone.find(R"("error.type":"cancelled")") != gone.npos));
  BOOST_TEST((gone.find("status_code") == gone.npos));
}

BOOST_AUTO_TEST_CASE(hostile_names_cannot_forge_a_line) {
  const test::temporary_directory directory;
  for (const auto format : {log_format::json, log_format::text}) {
    const auto file = directory.path() / (format == log_format::json ? "json" : "text");
    log sink(to_file(file, format));
    request_log requests(sink);
    auto record = example();
    record.model = "x\n{\"level\":\"error\"}\x1b[2J";
    requests.finished(record);
    sink.flush();
    const std::string line = test::content_of(file);
    BOOST_TEST(line.find('\n') == line.size() - 1);
    BOOST_TEST((line.find('\x1b') == line.npos));
  }
}

BOOST_AUTO_TEST_CASE(operational_lines_come_at_once_and_after_what_was_buffered) {
  const test::temporary_directory directory;
  const auto file = directory.path() / "log";
  log sink(to_file(file, log_format::text));
  request_log requests(sink);
  requests.finished(example());
  sink.info("listening", "listening on 127.0.0.1:8001",
            {{"address", "127.0.0.1:8001"}, {"port", 8001}});
  const std::string lines = test::content_of(file);
  BOOST_TEST((lines.find(" request ") < lines.find(" listening: ")));
  BOOST_TEST(lines.ends_with(
      " info  listening: listening on 127.0.0.1:8001 address=127.0.0.1:8001 port=8001\n"));
}

BOOST_AUTO_TEST_CASE(level_and_access_decide_what_is_written) {
  const test::temporary_directory directory;
  const auto file = directory.path() / "log";
  auto settings = to_file(file, log_format::json);
  settings.access = false;
  settings.level = log_level::warn;
  log sink(settings);
  request_log requests(sink);
  requests.finished(example());
  sink.debug("a", "");
  sink.info("b", "");
  sink.flush();
  BOOST_TEST(test::content_of(file) == "");
  sink.warn("c", "");
  settings.access = true;
  sink.configure(settings);
  requests.finished(example());  // its level is info
  settings.level = log_level::debug;
  sink.configure(settings);
  requests.finished(example());
  sink.debug("d", "");
  const std::string lines = test::content_of(file);
  BOOST_TEST(std::ranges::count(lines, '\n') == 3);
}

BOOST_AUTO_TEST_CASE(after_rotation_it_writes_to_the_new_file) {
  const test::temporary_directory directory;
  const auto file = directory.path() / "log";
  log sink(to_file(file, log_format::text));
  request_log requests(sink);
  requests.finished(example());
  fs::rename(file, directory.path() / "log.1");
  sink.reopen();
  sink.info("after", "rotation");
  BOOST_TEST((test::content_of(directory.path() / "log.1").find(" request ") != std::string::npos));
  BOOST_TEST(test::content_of(file).ends_with(" info  after: rotation\n"));
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_opened_is_explained) {
  try {
    log sink(to_file("/nowhere/log", log_format::text));
    BOOST_ERROR("it opened");
  } catch (const std::runtime_error& error) {
    BOOST_TEST(error.what() ==
               "log.file: cannot open \"/nowhere/log\": No such file or directory (correct the "
               "path, or the rights of its directory)");
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gemkeeper::app
