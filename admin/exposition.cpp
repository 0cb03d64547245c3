#include "exposition.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <system_error>

namespace gemkeeper::admin {

void exposition::family(std::string_view name, std::string_view type, std::string_view help) {
  name_ = name;
  fmt::format_to(std::back_inserter(text_), "# HELP {0} {1}\n# TYPE {0} {2}\n", name, help, type);
}

void exposition::observed(std::string_view name, const histogram& values, std::string_view help) {
  constexpr double us_per_second = 1e6;
  const auto out = std::back_inserter(text_);
  family(name, "histogram", help);
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < values.buckets.size(); ++i) {
    sum += values.buckets[i];
    const bool last = i == bucket_bounds.size();
    fmt::format_to(out, "{}_bucket{{le=\"{}\"}} {}\n", name,
                   last ? std::string("+Inf")
                        : fmt::format("{}", static_cast<double>(bucket_bounds[i]) / us_per_second),
                   sum);
  }
  fmt::format_to(out, "{0}_sum {1}\n{0}_count {2}\n", name,
                 static_cast<double>(values.sum_us) / us_per_second, sum);
}

std::string label(std::string_view name, std::string_view value) {
  std::string made(name);
  made += "=\"";
  for (const char c : value) {
    if (c == '\n') {
      made += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') made += '\\';
    made += c;
  }
  return made + '"';
}

namespace {

struct close_file {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using file_ptr = std::unique_ptr<std::FILE, close_file>;

// When the machine was started, in seconds since 1970; 0: unknown.
double boot_time() {
  const file_ptr file(std::fopen("/proc/stat", "re"));
  std::array<char, 4096> line{};
  while (file != nullptr && std::fgets(line.data(), line.size(), file.get()) != nullptr) {
    unsigned long seconds = 0;
    if (std::sscanf(line.data(), "btime %lu", &seconds) == 1) return static_cast<double>(seconds);
  }
  return 0;
}

void write_usage(exposition& to) {
  const file_ptr file(std::fopen("/proc/self/stat", "re"));
  if (file == nullptr) return;
  unsigned long user = 0, system = 0, virtual_bytes = 0;
  unsigned long long started = 0;
  long pages = 0;
  // After the name: fields 3 to 24 of proc(5).
  if (std::fscanf(file.get(),
                  "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %*d %*d %*d "
                  "%*d %*d %*d %llu %lu %ld",
                  &user, &system, &started, &virtual_bytes, &pages) != 5) {
    return;
  }
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  to.single("process_cpu_seconds_total", "counter", "Time on the processor, user and system.",
            static_cast<double>(user + system) / ticks);
  to.single(
      "process_resident_memory_bytes", "gauge", "Resident memory.",
      static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)));
  to.single("process_virtual_memory_bytes", "gauge", "Virtual memory.", virtual_bytes);
  if (const double boot = boot_time(); boot > 0) {
    to.single("process_start_time_seconds", "gauge", "When it was started, in seconds since 1970.",
              fmt::format("{:.2f}", boot + static_cast<double>(started) / ticks));
  }
}

}  // namespace

void write_process(exposition& to) {
  write_usage(to);
  std::error_code error;
  std::uint64_t open = 0;
  for (std::filesystem::directory_iterator at("/proc/self/fd", error), end; !error && at != end;
       at.increment(error)) {
    ++open;
  }
  // One of them is the directory's.
  if (!error) to.single("process_open_fds", "gauge", "Open descriptors.", open - 1);
  rlimit most{};
  if (::getrlimit(RLIMIT_NOFILE, &most) == 0) {
    to.single("process_max_fds", "gauge", "How many there may be.", most.rlim_cur);
  }
}

}  // namespace gemkeeper::admin
