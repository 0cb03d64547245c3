#include "conditions.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace gemkeeper::app {
namespace {

using admin::key_info;
using admin::severity;

constexpr std::chrono::hours a_day{24};

std::string minute_of(alert_time when) {
  return fmt::format("{:%Y-%m-%d %H:%M} UTC",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(when)));
}

// Names are the operator's own, of any characters: the log and JSON escape them.
std::string shown(const key_info& key) {
  return fmt::format("key \"{}\" ({})", key.view.name, key.view.fingerprint);
}

std::string place_of(const key_info& key) {
  return key.from_api ? std::string("by `gemkeeper keys rotate`")
                      : fmt::format("where it is configured, {}", key.origin);
}

// Takes what is too much into one.
void fold(std::vector<condition>& all, std::string_view kind) {
  const auto of_kind = [&](const condition& one) { return one.kind == kind; };
  const auto count = static_cast<std::size_t>(std::ranges::count_if(all, of_kind));
  if (count <= max_alerts_of_kind) return;
  std::size_t kept = 0;
  condition rest;
  std::erase_if(all, [&](const condition& one) {
    if (!of_kind(one) || kept++ < max_alerts_of_kind) return false;
    rest = one;
    return true;
  });
  rest.subject = "others";
  rest.message =
      fmt::format("{} more like these: see GET /api/v1/api-keys", count - max_alerts_of_kind);
  all.push_back(std::move(rest));
}

void judge_exhaustion(std::span<const key_info> keys, std::vector<condition>& into) {
  struct project {
    std::size_t keys = 0;
    const pool::cool_down_view* why = nullptr;
  };
  std::map<std::string, project> projects;
  for (const key_info& key : keys) {
    for (const pool::cool_down_view& one : key.view.cool_downs) {
      if (!one.model.empty()) continue;
      const std::string& declared = key.view.project.value;
      project& of = projects[declared.empty() ? std::string(key.view.id.view()) : declared];
      ++of.keys;
      of.why = &one;
      break;
    }
  }
  for (const auto& [name, of] : projects) {
    condition one{alert_kind::project_exhausted, name, severity::warning, {}};
    one.message = fmt::format(
        "the project {} has used up its credits or spend cap ({}): {} of its keys rest (top up, or "
        "raise the cap in Google AI Studio)",
        name, of.why->quota_id, of.keys);
    into.push_back(std::move(one));
  }
}

}  // namespace

std::vector<condition> judge_keys(std::span<const key_info> keys, const key_ages& since,
                                  std::chrono::milliseconds key_age, alert_time now) {
  std::vector<condition> found;
  for (const key_info& key : keys) {
    const std::string id(key.view.id.view());
    if (key.view.state == pool::key_state::quarantined) {
      condition one{alert_kind::key_quarantined, id, severity::warning, {}};
      one.message = fmt::format("{} is set aside, for Google rejects it ({}): replace it {}",
                                shown(key), key.view.reason, place_of(key));
      found.push_back(std::move(one));
    }
    const auto known = since.find(key.view.id);
    const bool old = key_age.count() != 0 && known != since.end() && now - known->second >= key_age;
    if (old && key.view.state != pool::key_state::disabled) {
      condition one{alert_kind::key_age, id, severity::info, {}};
      one.message = fmt::format(
          "{} is older than {} days (alerts.key_age): make a new one at Google and replace it {}",
          shown(key), key_age / a_day, place_of(key));
      found.push_back(std::move(one));
    }
  }
  judge_exhaustion(keys, found);
  for (const std::string_view kind :
       {alert_kind::key_quarantined, alert_kind::key_age, alert_kind::project_exhausted}) {
    fold(found, kind);
  }
  return found;
}

std::vector<condition> judge_counts(const pool::pool_counts& counts) {
  constexpr std::chrono::seconds calm{60};
  std::vector<condition> found;
  if (counts.healthy + counts.cooling == 0) {
    condition one{alert_kind::pool_empty, "pool", severity::critical, {}};
    one.message =
        counts.total == 0
            ? "there is no key, so requests get 503 (set GEMINI_API_KEYS, or `gemkeeper keys add`)"
            : "no key is usable, so requests get 503: all are rejected by Google or disabled (add "
              "a key, or see `gemkeeper keys list`)";
    found.push_back(std::move(one));
  } else if (counts.healthy == 0) {
    condition one{alert_kind::pool_low, "pool", severity::warning, {}};
    one.message =
        "every usable key rests for one model at least (add keys of other projects, or see "
        "`gemkeeper keys list`)";
    one.linger = calm;
    found.push_back(std::move(one));
  }
  return found;
}

std::vector<condition> judge_certificate(std::string_view setting, alert_time not_after,
                                         alert_time now) {
  constexpr std::chrono::hours early{14 * 24};
  if (not_after - now >= early) return {};
  const bool ended = now >= not_after;
  condition one{alert_kind::certificate_expiring,
                std::string(setting),
                ended ? severity::critical : severity::warning,
                {}};
  one.message = fmt::format("the certificate of {} {} on {} (renew the file: it is read again)",
                            setting, ended ? "ended" : "ends", minute_of(not_after));
  return {std::move(one)};
}

std::vector<condition> judge_storage(std::string_view problem) {
  if (problem.empty()) return {};
  condition one{alert_kind::storage_failing, "storage", severity::critical, {}};
  one.message = fmt::format("state and usage cannot be written: {}", problem);
  return {std::move(one)};
}

condition location_refused(alert_time now) {
  constexpr std::chrono::minutes quiet{10};
  condition one{alert_kind::location_refused, "upstream", severity::critical, {}};
  one.message =
      "Google does not serve the place where requests leave this network (use another way out: "
      "upstream.proxy, or proxy of a key)";
  one.until = now + quiet;
  return one;
}

condition limit_reached(std::string_view scope, std::string_view subject, std::string_view which,
                        unsigned share, alert_time ends) {
  constexpr unsigned all = 100, most = 80;
  const severity level = share >= all    ? severity::critical
                         : share >= most ? severity::warning
                                         : severity::info;
  condition one{alert_kind::limit_reached,
                fmt::format("{} {} {} {}%", scope, subject, which, share),
                level,
                {}};
  one.message =
      share >= all
          ? fmt::format("the {} {} is at its limit {}, until {} (raise the limit, or wait)", scope,
                        subject, which, minute_of(ends))
          : fmt::format("the {} {} has used {} % of its limit {}, which holds until {}", scope,
                        subject, share, which, minute_of(ends));
  one.until = ends;
  return one;
}

}  // namespace gemkeeper::app
