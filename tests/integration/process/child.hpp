// A program that runs beside the test: started by posix_spawn, read by a thread, always reaped.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace gemkeeper::test {

using namespace std::chrono_literals;

// Nothing that a test waits for takes so long, on a loaded machine with sanitizers either.
inline constexpr std::chrono::seconds process_patience{60};

class child {
 public:
  using variables = std::map<std::string, std::string>;

  // `arguments[0]` is the path of the program. It gets just these variables, and what sanitizers
  // are told.
  child(const std::vector<std::string>& arguments, const variables& environment);
  child(const child&) = delete;
  child& operator=(const child&) = delete;
  ~child();  // kills what still runs

  [[nodiscard]] pid_t pid() const { return pid_; }
  void send_signal(int number) const;
  // Exit status, or 128 + the number of the signal that ended it. Throws when it does not end.
  int wait(std::chrono::milliseconds limit = process_patience);

  // Standard output and error, as far as they came.
  [[nodiscard]] std::string out() const { return text(out_); }
  [[nodiscard]] std::string err() const { return text(err_); }
  // Waits for a line with `mark` in it, on either; the nth of those. Throws when none comes.
  std::string wait_for_line(std::string_view mark, std::size_t nth = 1);
  // "127.0.0.1:PORT" as the log says it.
  std::string wait_for_address();

 private:
  [[nodiscard]] std::string text(const std::string& of) const;
  void read(int descriptor, std::string& into);

  pid_t pid_ = -1;
  std::optional<int> status_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::string out_, err_;
  int open_ = 2;  // pipes
  std::vector<std::thread> readers_;
};

// Of a log line in JSON, the value of a text field; empty: it has none.
std::string field_of(std::string_view line, std::string_view name);
std::uint16_t port_of(std::string_view address);

}  // namespace gemkeeper::test
