#include "tunnel/open_tunnel.hpp"

#include "upstream/connect.hpp"
#include "worker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace gemkeeper::proxy {

namespace {

tunnel_opening failure(int http_status, std::string_view status, std::string_view reason,
                       std::string message) {
  tunnel_opening failed;
  failed.error.http_status = http_status;
  failed.error.status = status;
  failed.error.reason = reason;
  failed.error.message = std::move(message);
  return failed;
}

tunnel_opening refused(gemini::own_error error) {
  tunnel_opening failed;
  failed.error = std::move(error);
  return failed;
}

tunnel_opening cancelled() {
  tunnel_opening failed;
  failed.cancelled = true;
  return failed;
}

tunnel_opening too_late(const authority& target, std::string_view doing) {
  return failure(504, "DEADLINE_EXCEEDED", "TUNNEL_TIMEOUT",
                 fmt::format("{} {} took too long (connect.timeout).", doing, to_text(target)));
}

}  // namespace

endpoint_list admitted(const endpoint_list& found, const authority& target,
                       const tunnel_rules& rules, address_guard& guard) {
  endpoint_list result;
  for (const auto& endpoint : found) {
    const auto address = endpoint.address();
    if (!guard.admits(address)) continue;
    if (target.address || rules.admits(target.host, address)) result.push_back(endpoint);
  }
  return result;
}

awaitable<tunnel_opening> dial_direct(worker& w, const authority& target, signal& wake) {
  const auto rules = w.connect_rules();
  const auto timeout = w.settings()->connect.timeout;
  const executor ex = w.context().get_executor();
  const auto book = std::make_shared<address_book>(ex, target.host, target.port, timeout);
  const endpoint_list found = co_await book->get(wake);
  if (found.empty()) {
    const io_result why = wake.interrupted();
    if (why == io_result::cancelled) co_return cancelled();
    if (why == io_result::timed_out) co_return too_late(target, "Looking up");
    co_return failure(
        502, "UNAVAILABLE", "HOST_NOT_FOUND",
        fmt::format("The host \"{}\" was not found: {}.", target.host, book->problem()));
  }
  const endpoint_list permitted = admitted(found, target, *rules, w.shared().guard);
  if (permitted.empty()) {
    const bool any_public = std::any_of(
        found.begin(), found.end(),
        [&](const asio::ip::tcp::endpoint& one) { return w.shared().guard.admits(one.address()); });
    co_return refused(any_public ? not_allowed(target.host) : not_public(target.host));
  }
  // The deadline of `wake` is the earlier one, and bounds all addresses together.
  connect_result got = co_await connect_any(ex, permitted, wake, 2 * timeout);
  if (got.status == io_result::cancelled) co_return cancelled();
  if (got.status == io_result::timed_out) co_return too_late(target, "Connecting to");
  if (!got.connected) {
    co_return failure(
        502, "UNAVAILABLE", "TUNNEL_TARGET_UNREACHABLE",
        fmt::format("{} could not be connected to: {}.", to_text(target), got.problem));
  }
  tunnel_opening opened;
  opened.target = std::make_shared<stream>(w.context(), std::move(got.connected));
  co_return opened;
}

awaitable<tunnel_opening> dial_through_proxy(worker& w, const authority& target, signal& wake) {
  proxy_dialer* const via = w.routes().dialer();
  if (via == nullptr) co_return co_await dial_direct(w, target, wake);
  const auto until = std::chrono::steady_clock::now() + w.settings()->connect.timeout;
  dial_result got = co_await via->dial(target.host, target.port, wake, until);
  if (got.io == nullptr) {
    if (got.status == io_result::cancelled) co_return cancelled();
    if (got.status == io_result::timed_out) co_return too_late(target, "Connecting to");
    co_return failure(502, "UNAVAILABLE", "UPSTREAM_PROXY_FAILED",
                      fmt::format("{} could not be reached: {}.", to_text(target), got.problem));
  }
  tunnel_opening opened;
  opened.target = std::move(got.io);
  co_return opened;
}

awaitable<tunnel_opening> open_tunnel(worker& w, const authority& target, signal& wake,
                                      tunnel_dialer dial) {
  const auto rules = w.connect_rules();
  if (auto error = rules->refuse(target)) co_return refused(std::move(*error));
  if (target.address && !w.shared().guard.admits(*target.address)) {
    co_return refused(not_public(target.host));
  }
  co_return co_await dial(w, target, wake);
}

}  // namespace gemkeeper::proxy
