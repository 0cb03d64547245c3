// What a sandbox plays: its keys, quotas and faults, and how its answers look. Plain values; the
// defaults are a healthy Gemini API without quotas. docs/sandbox.md documents the file form.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace gemkeeper::sandbox {

using std::chrono::microseconds;
using std::chrono::milliseconds;

enum class billing_tier : std::uint8_t { free, paid };

// The Gemini API, or Vertex AI in express mode; each rejects the other's keys.
enum class api_service : std::uint8_t { gemini, vertex };

// [[keys]]
struct api_key {
  std::string secret;
  std::string project;  // empty: a project of its own, named like the key
  api_service service = api_service::gemini;
};

// [[projects]]: only what differs from the defaults needs to be declared.
struct project {
  std::string name;
  std::uint64_t number = 0;  // as in "projects/NNN"; 0: made up
  billing_tier tier = billing_tier::free;
};

// [[quotas]]: counted by (project, model). For each limit the first row that matches and sets it
// decides; none: unlimited.
struct quota {
  std::string project;  // empty: every project
  std::string model;    // empty: every model
  std::optional<std::uint64_t> requests_per_minute;
  std::optional<std::uint64_t> input_tokens_per_minute;
  std::optional<std::uint64_t> requests_per_day;
};

// [[faults]]: what goes wrong, and when. An error (see `error_names`) replaces the answer; a wire
// fault (see `wire_fault_names`) damages how whatever is answered is sent. Of each kind the first
// rule that fires is played.
struct fault {
  std::string name;

  // Which requests; empty: all.
  std::string key;
  std::string project;
  std::string model;
  std::string path;  // a piece of the request target
  // Which of those: from the nth on (counted from 1), at most `count` (0: all), each with
  // `probability`. An `nth` without `count` means that one only.
  std::uint64_t nth = 0;
  std::uint64_t count = 0;
  double probability = 1;

  milliseconds delay{0};                    // slow_head, stall: for how long; else before the head
  std::size_t after = 1;                    // in mid-stream: after so many events
  std::string error = "overloaded_503";     // first_event_error, mid_stream_error: which
  std::optional<milliseconds> retry_delay;  // RetryInfo of a quota error, instead of its own
};

// [stream]
struct stream_shape {
  std::size_t events = 3;
  microseconds interval{0};    // between two events; the first leaves at once
  std::size_t event_size = 0;  // at least so many bytes of text in each
  // Text begins with `t=NNN `: CLOCK_MONOTONIC in nanoseconds when the event was made.
  bool timestamps = false;
};

enum class compression : std::uint8_t { none, gzip, brotli };

// [answer]
struct answer_shape {
  std::string text;      // instead of "echo: …"
  std::size_t size = 0;  // at least so many bytes of text
  milliseconds delay{0};
  compression coding = compression::gzip;  // for clients that accept it
  bool content_length = false;             // instead of chunks, where the length is known
};

// [connection]
struct connection_shape {
  milliseconds idle_timeout{240'000};
  std::size_t max_requests = 0;  // then closed without a `Connection: close`; 0: no limit
};

// [live]: sessions over WebSocket. Errors of [[faults]] close them: at their setup, or, as
// `mid_stream_error`, after so many turns.
struct live_shape {
  std::size_t go_away_after = 0;  // turns, after which goAway is said, and after one more it closes
  milliseconds time_left{50'000};  // as goAway tells it
  bool text_frames = false;        // instead of binary ones, which Google sends
};

// [upload]
struct upload_shape {
  // Pieces of a resumable upload but the last are multiples of it.
  std::size_t granularity = std::size_t{8} << 20U;
};

// [log]: the requests that are kept for tests to look at.
struct log_shape {
  std::size_t requests = 1000;
  std::size_t body = std::size_t{1} << 26;  // bytes of each body
};

struct scenario {
  std::vector<api_key> keys;
  std::vector<project> projects;
  std::vector<quota> quotas;
  std::vector<fault> faults;
  std::vector<std::string> models;  // beyond the built-in catalogue
  stream_shape stream;
  answer_shape answer;
  connection_shape connection;
  live_shape live;
  upload_shape upload;
  log_shape log;
  milliseconds minute{60'000};  // how long a "minute" of the quotas lasts
  std::uint64_t seed = 1;       // of `fault::probability`
};

// A scenario that cannot be played. what() says where, what, and what to do.
class scenario_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// sandbox-key-1 to sandbox-key-N, each with a project of its own.
std::vector<api_key> default_keys(std::size_t count);

// From TOML; `file` is for error messages. Throws scenario_error.
scenario parse_scenario(std::string_view toml, std::string_view file);
scenario load_scenario(const std::string& path);

// What `fault::name` may be, besides `error_names()` of error_bodies.hpp.
std::vector<std::string_view> wire_fault_names();

}  // namespace gemkeeper::sandbox
