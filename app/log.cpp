#include <gemkeeper/app/log.hpp>
#include <gemkeeper/app/log_line.hpp>

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <mutex>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

namespace gemkeeper::app {
namespace {

spdlog::level::level_enum to_spdlog(log_level level) {
  switch (level) {
    case log_level::debug:
      return spdlog::level::debug;
    case log_level::info:
      return spdlog::level::info;
    case log_level::warn:
      return spdlog::level::warn;
    case log_level::error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

// Throws std::runtime_error.
int open_log_file(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
  if (fd < 0) {
    throw std::runtime_error(fmt::format(
        "log.file: cannot open \"{}\": {} (correct the path, or the rights of its directory)",
        path.native(), std::strerror(errno)));
  }
  return fd;
}

// Finished lines to a file descriptor: at once to a terminal, else in large pieces.
class line_sink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit line_sink(std::filesystem::path path)
      : path_(std::move(path)),
        fd_(path_.empty() ? STDERR_FILENO : open_log_file(path_)),
        terminal_(::isatty(fd_) == 1) {}

  ~line_sink() override {
    flush_();
    close_file(fd_);
  }

  [[nodiscard]] bool is_terminal() const { return terminal_; }

  // A request's line, past what a logger would ask first.
  void add(std::string_view line) {
    const std::lock_guard lock(mutex_);
    take(line);
  }

  // Throws std::runtime_error, and then the old file stays.
  void reopen() {
    if (path_.empty()) return;
    const int fresh = open_log_file(path_);
    const std::lock_guard lock(mutex_);
    flush_();
    close_file(std::exchange(fd_, fresh));
  }

 private:
  static constexpr std::size_t piece = 64 * 1024;

  void sink_it_(const spdlog::details::log_msg& message) override {
    take({message.payload.data(), message.payload.size()});
  }

  void take(std::string_view line) {
    buffer_ += line;
    if (terminal_ || buffer_.size() >= piece) flush_();
  }

  // A log that cannot be written must not stop the proxy: what does not fit is lost.
  void flush_() override {
    std::string_view rest = buffer_;
    while (!rest.empty()) {
      const ssize_t written = ::write(fd_, rest.data(), rest.size());
      if (written >= 0) {
        rest.remove_prefix(static_cast<std::size_t>(written));
      } else if (errno != EINTR && !(errno == EAGAIN && is_writable())) {
        break;
      }
    }
    buffer_.clear();
  }

  [[nodiscard]] bool is_writable() const {
    constexpr int one_second = 1000;
    pollfd wait{fd_, POLLOUT, 0};
    return ::poll(&wait, 1, one_second) == 1;
  }

  void close_file(int fd) const {
    if (!path_.empty()) ::close(fd);
  }

  std::filesystem::path path_;
  int fd_;
  bool terminal_;
  std::string buffer_;
};

// What GenAI conventions call the operation; empty: it is none of theirs.
std::string_view operation_of(std::string_view route) {
  if (route == "generateContent" || route == "streamGenerateContent") return "generate_content";
  if (route == "openai.chat" || route == "interactions.create" || route == "live") return "chat";
  if (route == "openai.completions") return "text_completion";
  if (route == "embedContent" || route == "batchEmbedContents" || route == "openai.embeddings") {
    return "embeddings";
  }
  return {};
}

// The same facts by the names of OpenTelemetry's semantic conventions
// (https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/, and …/http/http-spans/), for
// what reads logs by them. docs/observability.md has the table.
void add_conventional(log_line& line, const proxy::request_record& record) {
  line.add("http.request.method", record.method);
  if (record.status != 0) line.add("http.response.status_code", record.status);
  constexpr int first_error = 400;
  const bool cut_short = record.outcome == "egress_fault";  // perhaps behind a 200
  if (record.cancelled || cut_short || record.status >= first_error) {
    line.add("error.type", record.cancelled         ? std::string_view("cancelled")
                           : !record.reason.empty() ? record.reason
                                                    : record.outcome);
  }
  const std::string_view operation = operation_of(record.route);
  if (operation.empty()) return;
  line.add_json(R"(,"gen_ai.provider.name":"gcp.gemini")");
  line.add("gen_ai.operation.name", operation);
  if (!record.model.empty()) line.add("gen_ai.request.model", record.model);
  if (!record.metered) return;
  line.add("gen_ai.usage.input_tokens", record.usage.prompt + record.usage.tool_use);
  line.add("gen_ai.usage.output_tokens", record.usage.candidates + record.usage.thoughts);
}

}  // namespace

struct log::impl {
  explicit impl(const log_settings& settings)
      : sink(std::make_shared<line_sink>(settings.file)), logger("gemkeeper", sink) {
    const auto automatic = sink->is_terminal() ? log_format::text : log_format::json;
    format = settings.format == log_format::automatic ? automatic : settings.format;
    configure(settings);
    logger.flush_on(spdlog::level::warn);
  }

  void configure(const log_settings& settings) {
    logger.set_level(to_spdlog(settings.level));
    access = settings.access;
  }

  [[nodiscard]] bool wants_requests() const {
    return access.load(std::memory_order_relaxed) && logger.should_log(spdlog::level::info);
  }

  void write(std::chrono::system_clock::time_point now, log_level level, std::string_view line) {
    logger.log(now, spdlog::source_loc{}, to_spdlog(level),
               spdlog::string_view_t(line.data(), line.size()));
  }

  void tell(log_level level, std::string_view event, std::string_view message, fields more) {
    if (!logger.should_log(to_spdlog(level))) return;
    const auto now = std::chrono::system_clock::now();
    std::string buffer;
    log_line line(buffer, format);
    line.begin(now, level, event);
    line.message(message);
    for (const log_field& field : more) {
      std::visit([&](auto value) { line.add(field.name, value); }, field.value);
    }
    write(now, level, line.end());
    logger.flush();
  }

  std::shared_ptr<line_sink> sink;  // shared with the logger
  spdlog::logger logger;
  log_format format = log_format::json;
  std::atomic<bool> access{true};
};

log::log(const log_settings& settings) : impl_(std::make_unique<impl>(settings)) {}
log::~log() = default;

void log::debug(std::string_view event, std::string_view message, fields more) {
  impl_->tell(log_level::debug, event, message, more);
}
void log::info(std::string_view event, std::string_view message, fields more) {
  impl_->tell(log_level::info, event, message, more);
}
void log::warn(std::string_view event, std::string_view message, fields more) {
  impl_->tell(log_level::warn, event, message, more);
}
void log::error(std::string_view event, std::string_view message, fields more) {
  impl_->tell(log_level::error, event, message, more);
}

void log::flush() {
  impl_->logger.flush();
}

void log::reopen() {
  try {
    impl_->sink->reopen();
  } catch (const std::runtime_error& failure) {
    error("log_reopen_failed", failure.what());
  }
}

void log::configure(const log_settings& settings) {
  impl_->configure(settings);
}

void request_log::finished(const proxy::request_record& record) {
  auto& to = *log_.impl_;
  if (!to.wants_requests()) return;
  const auto now = record.ended;
  thread_local std::string buffer;
  log_line line(buffer, to.format);
  line.begin(now, log_level::info, "request");
  line.add("request_id", record.request_id);
  line.add("method", record.method);
  line.add("route", record.route);
  if (!record.target.empty()) line.add("target", record.target);
  if (!record.model.empty()) line.add("model", record.model);
  if (!record.key_id.empty()) {
    line.add("key_id", record.key_id);
    line.add("key_name", record.key_name);
  }
  if (!record.client.empty()) {
    line.add("client_id", record.client);
    line.add("client_name", record.client_name);
  }
  line.add("attempts", record.attempts);
  line.add("status", record.status);
  line.add("outcome", record.outcome);
  if (!record.reason.empty()) line.add("reason", record.reason);
  line.add("ms", record.total);
  line.add("upstream_ms", record.upstream);
  line.add("first_byte_ms", record.first_byte);
  line.add("bytes_in", record.bytes_in);
  line.add("bytes_out", record.bytes_out);
  if (record.metered) {
    line.add("prompt_tokens", record.usage.prompt);
    line.add("cached_tokens", record.usage.cached);
    line.add("output_tokens", record.usage.candidates);
    line.add("thought_tokens", record.usage.thoughts);
    line.add("total_tokens", record.usage.total);
  }
  if (!record.cost_micros) {
    line.add("cost_unknown", pool::to_string(record.cost_basis));
  } else if (record.cost_basis != pool::cost_basis::not_billed) {
    line.add("cost_micro_usd", *record.cost_micros);
  }
  line.add("cancelled", record.cancelled);
  if (record.waited.count() != 0) line.add("waited_ms", record.waited);
  if (!record.trace_id.empty()) line.add("trace_id", record.trace_id);
  if (line.is_json()) add_conventional(line, record);
  to.sink->add(line.end());
}

void request_log::tls_failed(const proxy::tls_failure& failure) {
  // The alerts by which clients say that they do not know the CA (RFC 8446, 6.2).
  const bool distrusts = failure.problem.find("unknown ca") != std::string_view::npos ||
                         failure.problem.find("bad certificate") != std::string_view::npos ||
                         failure.problem.find("certificate unknown") != std::string_view::npos;
  log_.warn("tls",
            distrusts ? "a client does not trust the local CA: run `gemkeeper ca install`, or give "
                        "the client the file that `gemkeeper ca path` prints"
                      : "a client's TLS failed",
            {{"host", failure.host.empty() ? "the proxy itself" : failure.host},
             {"problem", failure.problem}});
}

void request_log::route_changed(const proxy::route_record& record) {
  if (record.problem.empty()) {
    log_.info("route_works", "a way to the upstream works again", {{"route", record.route}});
  } else {
    log_.warn("route_failing", "a way to the upstream does not work",
              {{"route", record.route}, {"problem", record.problem}});
  }
}

}  // namespace gemkeeper::app
