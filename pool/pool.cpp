#include "key_entry.hpp"
#include "pool_state.hpp"
#include "waiting.hpp"
#include <gemkeeper/pool/pool.hpp>

#include <utility>

namespace gemkeeper::pool {

lease::lease(lease&&) noexcept = default;

lease& lease::operator=(lease&& other) noexcept {
  lease taken(std::move(other));
  std::swap(entry_, taken.entry_);
  std::swap(pool_, taken.pool_);
  std::swap(ticket_, taken.ticket_);
  std::swap(tier_, taken.tier_);
  std::swap(service_, taken.service_);
  return *this;
}

lease::~lease() {
  if (!entry_) return;
  const time_point taken = ticket_.taken;
  pool_->settle(std::move(*this), verdict{.kind = outcome::cancelled}, {}, taken, std::nullopt);
}

std::string_view lease::secret() const {
  return entry_->secret;
}
const key_id& lease::id() const {
  return entry_->id;
}
const std::string& lease::key_name() const {
  return entry_->name;
}
std::string_view lease::proxy() const {
  return entry_->proxy;
}
std::uint32_t lease::project() const {
  return ticket_.project;
}
const project_name& lease::declared_project() const {
  return entry_->project;
}
tier lease::project_tier() const {
  return tier_;
}

waiter::waiter(std::function<void()> wake)
    : queued_(std::make_shared<detail::queued>(std::move(wake))) {}

waiter::~waiter() {
  if (queued_->pool != nullptr) queued_->pool->leave(*queued_);
  queued_->end();
}

key_pool::key_pool(const pool_settings& settings, std::string hash_key)
    : state_(std::make_unique<detail::pool_state>(settings, std::move(hash_key))) {}
key_pool::~key_pool() = default;

apply_report key_pool::apply(std::vector<key_spec> keys, time_point now) {
  return state_->apply(std::move(keys), now);
}

void key_pool::declare(std::vector<project_spec> projects, time_point now) {
  state_->declare(std::move(projects), now);
}

void key_pool::count_at_least(const key_id& key, const past_usage& day, const past_usage& month,
                              time_point now) {
  state_->count_at_least(key, day, month, now);
}

void key_pool::count_at_least(const project_name& project, const past_usage& day,
                              const past_usage& month, time_point now) {
  state_->count_at_least(project, day, month, now);
}

void key_pool::configure(const pool_settings& settings) {
  state_->configure(settings);
}

void key_pool::on_event(std::function<void(const pool_event&)> listener) {
  state_->on_event(std::move(listener));
}

void key_pool::on_limit(std::function<void(const limit_event&)> listener) {
  state_->on_limit(std::move(listener));
}

void key_pool::tell_limits_at(const limit_shares& shares) {
  state_->tell_limits_at(shares);
}

std::variant<lease, no_key> key_pool::acquire(const request_traits& traits, time_point now) {
  return state_->acquire(traits, now);
}

std::variant<lease, no_key> key_pool::acquire(const request_traits& traits, waiter& w,
                                              time_point now) {
  return state_->acquire(traits, w, now);
}

void key_pool::wait(std::string_view model, waiter& w) {
  state_->wait({.model = model}, w);
}

void key_pool::wait(const request_traits& traits, waiter& w) {
  state_->wait(traits, w);
}

consequence key_pool::settle(lease&& used, const verdict& what, const token_usage& usage,
                             time_point now, std::optional<std::uint64_t> micro_usd) {
  return state_->settle(std::move(used), what, usage, now, micro_usd);
}

void key_pool::charge(const key_id& key, std::uint64_t micro_usd, time_point now) {
  if (micro_usd != 0 && state_->counts_money()) state_->charge(key, micro_usd, now);
}

void key_pool::confirm(const lease& running, time_point now) {
  state_->confirm(running, now);
}

void key_pool::charge(lease& running, const token_usage& part,
                      std::optional<std::uint64_t> micro_usd, time_point now) {
  state_->charge(running, part, micro_usd, now);
}

std::optional<lease> key_pool::next_probe(time_point now) {
  return state_->next_probe(now);
}

void key_pool::settle_probe(lease&& probed, const verdict& what, time_point now) {
  state_->settle_probe(std::move(probed), what, now);
}

std::optional<time_point> key_pool::next_probe_due() const {
  return state_->next_probe_due();
}

bool key_pool::reset(const key_id& id, time_point now) {
  return state_->reset(id, now);
}

std::optional<project_ref> key_pool::project_of(const key_id& key) const {
  return state_->project_of(key);
}

std::optional<std::uint32_t> key_pool::project_number(const project_ref& project) const {
  return state_->project_number(project);
}

bool key_pool::same_project(const project_ref& a, const project_ref& b) const {
  const auto first = state_->project_number(a);
  return first && first == state_->project_number(b);
}

std::vector<project_ref> key_pool::projects() const {
  return state_->projects();
}

std::uint64_t key_pool::health_version() const {
  return state_->health_version();
}

kept_health key_pool::health(time_point now) const {
  return state_->health(now);
}

void key_pool::restore_health(const kept_health& kept, time_point now) {
  state_->restore_health(kept, now);
}

pool_counts key_pool::counts(time_point now) const {
  return state_->counts(now);
}

std::vector<key_view> key_pool::keys(time_point now) const {
  return state_->keys(now);
}

std::vector<project_view> key_pool::projects(time_point now) const {
  return state_->projects(now);
}

std::optional<key_label> key_pool::label_of(const key_id& id) const {
  return state_->label_of(id);
}

}  // namespace gemkeeper::pool
