#include "webhook.hpp"

#include "webhook_message.hpp"
#include "webhook_url.hpp"
#include <gemkeeper/proxy/post.hpp>

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

namespace gemkeeper::app {
namespace {

using what_came = delivery_news::what;

constexpr std::chrono::milliseconds patience_at_end{900};
constexpr int gone = 410;

std::string message_id(const delivery& what) {
  return fmt::format("msg_{}", what.id);
}

std::string problem_of(const proxy::post_answer& said) {
  if (said.status == 0) return said.problem;
  if (said.status >= 200 && said.status < 300) return {};
  if (said.status >= 300 && said.status < 400) {
    return fmt::format(
        "the receiver answered {}: redirects are not followed (set alerts.webhook_url "
        "to where it leads)",
        said.status);
  }
  return fmt::format("the receiver answered {}", said.status);
}

}  // namespace

struct webhook::state {
  state(const alert_settings& with, std::vector<delivery> owed, environment around)
      : in(std::move(around)), settings(with) {
    for (delivery& one : owed)
      waiting.push(std::move(one));
  }

  proxy::post_answer post(const alert_settings& with, std::string_view id,
                          const std::string& body) const {
    proxy::post_answer said;
    proxy::post_destination to;
    if (auto wrong = parse_webhook_url(with.webhook_url, to); !wrong.empty()) {
      said.problem = "alerts.webhook_url " + wrong;  // `check` has seen it before
      return said;
    }
    to.ca_file = with.webhook_ca_file.native();
    to.via = with.webhook_proxy;
    to.url_setting = "alerts.webhook_url";
    to.ca_setting = "alerts.webhook_ca_file";
    to.via_setting = "alerts.webhook_proxy";
    std::string key = webhook_key(with.webhook_secret).value_or(std::string());
    const auto seconds =
        std::chrono::floor<std::chrono::seconds>(in.now().time_since_epoch()).count();
    const std::string fields = webhook_fields(key, id, seconds, body);
    OPENSSL_cleanse(key.data(), key.size());
    return proxy::post(to, fields, body, with.webhook_timeout, [this] { return stopping.load(); });
  }

  void work() {
    std::unique_lock lock(mutex);
    while (!stopping) {
      const delivery_time now = in.now();
      const bool may_send = !settings.webhook_url.empty();
      const std::optional<delivery> next = may_send ? waiting.due(now) : std::nullopt;
      if (!next) {
        wait(lock, now);
        continue;
      }
      const alert_settings with = settings;
      lock.unlock();
      const proxy::post_answer said = post(with, message_id(*next), next->body);
      std::optional<delivery_news> news;
      const double chance = in.chance();
      lock.lock();
      if (!stopping) news = settle(*next, said, chance);
      if (!news) continue;
      telling = true;
      lock.unlock();
      in.tell(*news);
      lock.lock();
      telling = false;
      changed.notify_all();
    }
    ended = true;
    changed.notify_all();
  }

  void wait(std::unique_lock<std::mutex>& lock, delivery_time now) {
    constexpr std::chrono::milliseconds longest{60'000}, least{10};
    const auto next = settings.webhook_url.empty() ? std::nullopt : waiting.next_due();
    auto pause = longest;
    if (next) {
      pause = std::clamp(std::chrono::duration_cast<std::chrono::milliseconds>(*next - now), least,
                         longest);
    }
    changed.wait_for(lock, pause);
  }

  // With the lock held.
  std::optional<delivery_news> settle(const delivery& sent, const proxy::post_answer& said,
                                      double chance) {
    const std::string problem = problem_of(said);
    if (problem.empty()) {
      waiting.delivered(sent.id);
      ++counts.delivered;
      return delivery_news{what_came::delivered, sent, {}};
    }
    ++counts.failed;
    const auto again =
        said.status == gone ? delivery_queue::retry::never : delivery_queue::retry::later;
    switch (waiting.failed(sent.id, again, in.now(), chance)) {
      case delivery_queue::fate::waits:
        return delivery_news{what_came::failed, *waiting.find(sent.id), problem};
      case delivery_queue::fate::given_up:
        ++counts.dropped;
        return delivery_news{what_came::dropped, sent, problem};
      case delivery_queue::fate::unknown:
        break;  // it was crowded out meanwhile
    }
    return std::nullopt;
  }

  const environment in;
  mutable std::mutex mutex;
  std::condition_variable changed;
  alert_settings settings;
  delivery_queue waiting;
  admin::delivery_counts counts;
  std::atomic<bool> stopping{false};
  bool telling = false;
  bool ended = false;
};

webhook::webhook(const alert_settings& settings, std::vector<delivery> owed, environment around)
    : state_(std::make_shared<state>(settings, std::move(owed), std::move(around))) {
  std::thread([of = state_] { of->work(); }).detach();
}

void webhook::stop() {
  const std::lock_guard lock(state_->mutex);
  state_->stopping = true;
  state_->changed.notify_all();
}

// A look-up of a name cannot be interrupted: the thread then ends on its own, and touches nothing
// but its state.
webhook::~webhook() {
  stop();
  std::unique_lock lock(state_->mutex);
  state_->changed.wait_for(lock, patience_at_end, [this] { return state_->ended; });
  state_->changed.wait(lock, [this] { return !state_->telling; });
}

void webhook::configure(const alert_settings& settings) {
  const std::lock_guard lock(state_->mutex);
  state_->settings = settings;
  state_->changed.notify_all();
}

std::optional<delivery> webhook::make(std::uint64_t alert, std::string body) const {
  const std::lock_guard lock(state_->mutex);
  if (state_->settings.webhook_url.empty()) return std::nullopt;
  delivery fresh;
  fresh.made = state_->in.now();
  fresh.next_try = fresh.made;
  const auto micros =
      std::chrono::duration_cast<std::chrono::microseconds>(fresh.made.time_since_epoch()).count();
  fresh.id = std::max(state_->waiting.last_id() + 1, static_cast<std::uint64_t>(micros));
  fresh.alert = alert;
  fresh.body = std::move(body);
  return fresh;
}

void webhook::queue(delivery what) {
  std::optional<delivery> crowded_out;
  {
    const std::lock_guard lock(state_->mutex);
    crowded_out = state_->waiting.push(std::move(what));
    if (crowded_out) ++state_->counts.dropped;
    state_->changed.notify_all();
  }
  if (crowded_out) {
    state_->in.tell({what_came::dropped, std::move(*crowded_out), "too many messages wait"});
  }
}

admin::webhook_answer webhook::test(const std::string& body) {
  alert_settings with;
  {
    const std::lock_guard lock(state_->mutex);
    with = state_->settings;
  }
  admin::webhook_answer told;
  told.configured = !with.webhook_url.empty();
  if (!told.configured) return told;
  const auto now =
      std::chrono::duration_cast<std::chrono::microseconds>(state_->in.now().time_since_epoch());
  proxy::post_answer said = state_->post(with, fmt::format("msg_test_{}", now.count()), body);
  told.status = said.status;
  told.problem = problem_of(said);
  told.answer = std::move(said.body);
  return told;
}

admin::delivery_counts webhook::counts() const {
  const std::lock_guard lock(state_->mutex);
  admin::delivery_counts now = state_->counts;
  now.waiting = state_->waiting.size();
  return now;
}

}  // namespace gemkeeper::app
