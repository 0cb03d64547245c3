#include "config/setting_types.hpp"
#include <gemkeeper/app/check.hpp>
#include <gemkeeper/proxy/online_check.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <iterator>

namespace gemkeeper::app {
namespace {

using types::quote;

std::string_view word(bool works) {
  return works ? "ok" : "FAILED";
}

std::string as_text(const proxy::online_report& report) {
  std::string text;
  const auto out = std::back_inserter(text);
  const bool several_hosts = std::ranges::any_of(
      report.routes, [&](const auto& route) { return route.host != report.routes.front().host; });
  for (const auto& route : report.routes) {
    fmt::format_to(out, "route {}{}{}: {}{}{}\n", route.label,
                   several_hosts ? " to " + route.host : "",
                   route.setting.empty() ? "" : " (" + route.setting + ")", word(route.works),
                   route.problem.empty() ? "" : ": ", route.problem);
  }
  for (const auto& key : report.keys) {
    fmt::format_to(out, "key {} {} by {}: {}{}{}\n", quote(key.name), key.fingerprint,
                   report.routes[key.route].label, word(key.works), key.problem.empty() ? "" : ": ",
                   key.problem);
  }
  return text;
}

std::string as_json(const proxy::online_report& report, const config& what) {
  std::vector<std::string> routes;
  for (const auto& route : report.routes) {
    routes.push_back(fmt::format(
        "{{\"route\":{},\"host\":{},\"setting\":{},\"works\":{},\"problem\":{}}}",
        quote(route.label), quote(route.host),
        route.setting.empty() ? "null" : quote(route.setting), route.works, quote(route.problem)));
  }
  std::vector<std::string> keys;
  for (const auto& key : report.keys) {
    keys.push_back(
        fmt::format("{{\"name\":{},\"fingerprint\":{},\"route\":{},\"works\":{},\"problem\":{}}}",
                    quote(key.name), quote(key.fingerprint), quote(report.routes[key.route].label),
                    key.works, quote(key.problem)));
  }
  return fmt::format(
      "{{\"valid\":true,\"works\":{},\"routes\":[{}],\"keys\":[{}],\"warnings\":{},\"problems\":[]}"
      "}"
      "\n",
      report.all_work(), fmt::join(routes, ","), fmt::join(keys, ","),
      types::quote_all(what.warnings));
}

}  // namespace

check_report check_online(const config& what, check_command::output as) {
  check_report told;
  for (const std::string& one : what.warnings)
    told.err += "warning: " + one + "\n";
  try {
    const proxy::online_report report = proxy::check_online(what.proxy.upstream, what.keys);
    told.exit_code = report.all_work() ? exit_done : exit_failed;
    told.out = as == check_command::output::json ? as_json(report, what) : as_text(report);
  } catch (const std::exception& e) {
    told.exit_code = exit_failed;
    told.err += fmt::format("gemkeeper: {}\n", e.what());
  }
  return told;
}

}  // namespace gemkeeper::app
