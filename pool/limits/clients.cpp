#include "../request_window.hpp"
#include "limit_meter.hpp"
#include <gemkeeper/pool/clients.hpp>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace gemkeeper::pool {

token_hash hash_token(std::string_view token) {
  token_hash hash;
  unsigned size = 0;
  if (EVP_Digest(token.data(), token.size(), hash.data(), &size, EVP_sha256(), nullptr) != 1) {
    throw std::runtime_error("OpenSSL cannot compute SHA-256");
  }
  return hash;
}

struct client::usage {
  mutable std::mutex mutex;
  limit_meter meter;
  bool limited = false;
  std::uint32_t in_flight = 0;
  std::uint64_t calls = 0, refused = 0, tokens = 0;
  time_point last_used{};
};

client_pass::client_pass(client_pass&& other) noexcept
    : of_(std::move(other.of_)),
      tokens_(other.tokens_),
      micro_usd_(other.micro_usd_),
      begun_(other.begun_) {}

client_pass& client_pass::operator=(client_pass&& other) noexcept {
  client_pass taken(std::move(other));
  std::swap(of_, taken.of_);
  std::swap(tokens_, taken.tokens_);
  std::swap(micro_usd_, taken.micro_usd_);
  std::swap(begun_, taken.begun_);
  return *this;
}

client_pass::~client_pass() {
  if (of_) settle(std::nullopt, std::nullopt, begun_);
}

void client_pass::settle(std::optional<std::uint64_t> tokens,
                         std::optional<std::uint64_t> micro_usd, time_point now) {
  if (const auto of = std::exchange(of_, nullptr)) of->settle(*this, tokens, micro_usd, now);
}

void client_pass::charge(std::uint64_t tokens, std::optional<std::uint64_t> micro_usd,
                         time_point now) {
  if (of_) of_->charge(tokens, micro_usd, now);
}

client::client(std::string id, std::shared_ptr<const listener> tell)
    : id_(std::move(id)), tell_(std::move(tell)), usage_(std::make_shared<usage>()) {}

client::~client() = default;

std::optional<client_refusal> client::begin(client_pass& into, time_point now) {
  std::vector<limit_event> news;
  {
    usage& u = *usage_;
    const std::lock_guard lock(u.mutex);
    ++u.calls;
    u.last_used = std::max(u.last_used, now);
    if (u.limited) {
      const limit_meter::delay wait = u.meter.next_free(u.in_flight, now);
      if (wait.end.until > now) {
        ++u.refused;
        client_refusal why{wait.which, wait.end.until, wait.end.daily};
        if (wait.end.until == never) why.until.reset();
        return why;
      }
      const usage_hold held = u.meter.begin(now);
      into.tokens_ = held.tokens;
      into.micro_usd_ = held.micro_usd;
      if (u.meter.has_news()) news = take_news(now);
    }
    ++u.in_flight;
  }
  into.of_ = shared_from_this();
  into.begun_ = now;
  tell_news(news);
  return std::nullopt;
}

void client::charge(std::uint64_t tokens, std::optional<std::uint64_t> micro_usd, time_point now) {
  std::vector<limit_event> news;
  {
    const std::lock_guard lock(usage_->mutex);
    news = count({}, tokens, micro_usd, now);
  }
  tell_news(news);
}

void client::settle(const client_pass& pass, std::optional<std::uint64_t> tokens,
                    std::optional<std::uint64_t> micro_usd, time_point now) {
  std::vector<limit_event> news;
  {
    const std::lock_guard lock(usage_->mutex);
    --usage_->in_flight;
    news = count({pass.tokens_, pass.micro_usd_}, tokens, micro_usd, now);
  }
  tell_news(news);
}

std::vector<limit_event> client::count(const usage_hold& held, std::optional<std::uint64_t> tokens,
                                       std::optional<std::uint64_t> micro_usd, time_point now) {
  usage& u = *usage_;
  u.tokens += tokens.value_or(0);
  if (!u.limited) return {};
  u.meter.settle(held, tokens, micro_usd, now);
  return u.meter.has_news() ? take_news(now) : std::vector<limit_event>{};
}

std::vector<limit_event> client::take_news(time_point now) const {
  std::vector<limit_event> news;
  for (const auto& one : usage_->meter.take_news(now)) {
    news.push_back(
        {limit_scope::client, id_, name_, one.which, one.percent, one.used, one.limit, one.ends});
  }
  return news;
}

void client::tell_news(const std::vector<limit_event>& news) const {
  if (!tell_ || !*tell_) return;
  for (const limit_event& one : news)
    (*tell_)(one);
}

client_view client::view(time_point now) const {
  usage& u = *usage_;
  const std::lock_guard lock(u.mutex);
  client_view v;
  v.id = id_;
  v.name = name_;
  v.enabled = enabled_;
  v.in_flight = u.in_flight;
  v.calls = u.calls;
  v.refused = u.refused;
  v.tokens = u.tokens;
  if (u.calls != 0) v.last_used = u.last_used;
  if (!u.limited) return v;
  v.limits = u.meter.view(u.in_flight, now);
  const time_point until = u.meter.exhausted(now).end.until;
  if (until > now) v.exhausted_until = until;
  return v;
}

client_table::client_table() = default;
client_table::~client_table() = default;

bool client_table::equal_hash::operator()(const token_hash& a, const token_hash& b) const {
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::size_t client_table::first_bytes::operator()(const token_hash& h) const {
  std::size_t first = 0;
  std::memcpy(&first, h.data(), sizeof first);
  return first;
}

void client_table::on_limit(client::listener listener) {
  const std::lock_guard lock(mutex_);
  listener_ = std::make_shared<const client::listener>(std::move(listener));
}

void client_table::tell_limits_at(const limit_shares& shares) {
  const std::lock_guard lock(mutex_);
  shares_ = shares;
  for (const auto& [hash, one] : by_token_) {
    const std::lock_guard usage_lock(one->usage_->mutex);
    one->usage_->meter.tell_at(shares);
  }
}

void client_table::apply(const std::vector<client_spec>& clients) {
  const std::lock_guard lock(mutex_);
  std::unordered_map<std::string_view, std::shared_ptr<client>> known;
  for (const auto& [hash, one] : by_token_)
    known.emplace(one->id(), one);
  decltype(by_token_) next;
  for (const client_spec& spec : clients) {
    auto one = std::make_shared<client>(spec.id, listener_);
    one->name_ = spec.name;
    one->enabled_ = spec.enabled;
    if (const auto before = known.find(spec.id); before != known.end()) {
      one->usage_ = before->second->usage_;
    }
    {
      client::usage& u = *one->usage_;
      const std::lock_guard usage_lock(u.mutex);
      u.meter.tell_at(shares_);
      // A meter stays: it knows what was used of a day.
      u.limited = u.limited || !spec.limits.empty();
      if (u.limited && u.meter.limits() != spec.limits) u.meter.configure(spec.limits);
    }
    next.emplace(spec.token, std::move(one));
  }
  by_token_.swap(next);
  size_ = by_token_.size();
  generation_.fetch_add(1, std::memory_order_release);
}

void client_table::count_at_least(std::string_view id, const past_usage& day,
                                  const past_usage& month, time_point now) {
  const std::lock_guard lock(mutex_);
  for (const auto& [hash, one] : by_token_) {
    if (one->id() != id) continue;
    const std::lock_guard usage_lock(one->usage_->mutex);
    if (one->usage_->limited) one->usage_->meter.count_at_least(day, month, now);
  }
}

std::shared_ptr<client> client_table::find(std::string_view token) const {
  if (token.empty() || empty()) return nullptr;
  const token_hash hash = hash_token(token);
  const std::lock_guard lock(mutex_);
  const auto found = by_token_.find(hash);
  return found == by_token_.end() ? nullptr : found->second;
}

std::vector<client_view> client_table::clients(time_point now) const {
  const std::lock_guard lock(mutex_);
  std::vector<client_view> all;
  for (const auto& [hash, one] : by_token_)
    all.push_back(one->view(now));
  std::ranges::sort(all, {}, &client_view::name);
  return all;
}

}  // namespace gemkeeper::pool
