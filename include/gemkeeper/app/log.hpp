// The log: operational lines and one line a request, as JSON or text, to stderr or a file.
//
// Thread-safety: every member may be called from any thread.
//
// Request lines are buffered unless they go to a terminal: call `flush` from a timer. Operational
// lines are written at once, with what was buffered before them.
#pragma once

#include <gemkeeper/app/config.hpp>
#include <gemkeeper/proxy/request_record.hpp>

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string_view>
#include <variant>

namespace gemkeeper::app {

struct log_field {
  std::string_view name;
  std::variant<std::string_view, std::int64_t> value;
};

class log {
 public:
  // Throws std::runtime_error, naming the file and the remedy, when it cannot be opened.
  explicit log(const log_settings& settings);
  log(const log&) = delete;
  log& operator=(const log&) = delete;
  ~log();  // flushes

  // `event` is a short stable word ("listening"), `message` a sentence.
  using fields = std::initializer_list<log_field>;
  void debug(std::string_view event, std::string_view message, fields more = {});
  void info(std::string_view event, std::string_view message, fields more = {});
  void warn(std::string_view event, std::string_view message, fields more = {});
  void error(std::string_view event, std::string_view message, fields more = {});

  void flush();
  // Opens the file again by its name, after it was rotated. The old one stays in use when that
  // fails, and the log says so.
  void reopen();
  // Takes over `level` and `access`; `format` and `file` need a restart.
  void configure(const log_settings& settings);

 private:
  friend class request_log;
  struct impl;
  std::unique_ptr<impl> impl_;
};

// One line for every request, every client whose TLS fails, and every way to the upstream that
// fails or works again.
class request_log final : public proxy::request_observer {
 public:
  explicit request_log(log& to) : log_(to) {}
  void finished(const proxy::request_record& record) override;
  void tls_failed(const proxy::tls_failure& failure) override;
  void route_changed(const proxy::route_record& record) override;

 private:
  log& log_;
};

}  // namespace gemkeeper::app
