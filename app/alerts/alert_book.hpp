// Which alerts stand: raised once, however often they are met with, and resolved when what they are
// about is over. Free of I/O and of clocks.
#pragma once

#include <gemkeeper/admin/alert.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gemkeeper::app {

using alert_time = admin::alert::time_point;

// Something that is so now, as a look at the program found it.
struct condition {
  std::string_view kind;  // static
  std::string subject;
  admin::severity level = admin::severity::warning;
  std::string message;
  std::optional<alert_time> until{};  // it is over by then, without a look
  // It must be gone for so long before it counts as over: what comes and goes is one alert.
  std::chrono::seconds linger{0};
};

struct alert_change {
  enum class step : std::uint8_t {
    raised,
    worsened,  // more severe than before
    updated,   // met with again, or told otherwise
    resolved,
  } what = step::raised;
  admin::alert alert;
};

// Not thread-safe.
class alert_book {
 public:
  static constexpr std::size_t max_resolved = 200;  // kept to be shown

  // What a former process left.
  void restore(std::vector<admin::alert> all);

  // `found` is all there is now of `kinds`: what stands of them and is not in it ends.
  std::vector<alert_change> look(std::initializer_list<std::string_view> kinds,
                                 std::vector<condition> found, alert_time now);
  // Something that happened `times`, and counts until `what.until`.
  std::optional<alert_change> happened(const condition& what, std::uint64_t times, alert_time now);
  // Ends what is over by its `until`.
  std::vector<alert_change> expire(alert_time now);

  // Those that stand first; each part newest first.
  [[nodiscard]] std::vector<admin::alert> list() const;
  [[nodiscard]] bool stands(std::string_view kind) const;
  using totals = std::map<std::pair<std::string, admin::severity>, std::uint64_t>;
  [[nodiscard]] const totals& raised() const { return raised_; }

 private:
  struct entry {
    admin::alert alert;
    std::chrono::seconds linger{0};
    std::optional<alert_time> gone_since{};
  };
  using name = std::pair<std::string, std::string>;  // kind and subject
  using entries = std::map<name, entry>;

  alert_change raise(const condition& what, std::uint64_t times, alert_time now);
  static std::optional<alert_change> meet(entry& known, const condition& what, alert_time now);
  alert_change resolve(entries::iterator which, alert_time now);

  entries standing_;
  std::deque<admin::alert> resolved_;  // the newest first
  std::uint64_t last_id_ = 0;
  totals raised_;
};

}  // namespace gemkeeper::app
