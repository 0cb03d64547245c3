#include "store_thread.hpp"

#include <algorithm>
#include <exception>

namespace gemkeeper::store {
namespace {

constexpr std::chrono::hours retention_interval{1};

error as_error(const std::exception& e) {
  if (const auto* known = dynamic_cast<const error*>(&e)) return *known;
  return {fault::failed, std::string("storage: a change failed: ") + e.what()};
}

}  // namespace

store_thread::store_thread(const database_settings& settings, std::unique_ptr<session> writer)
    : settings_(settings), writer_(std::move(writer)), retention_(settings.retention) {}

store_thread::~store_thread() {
  stop();
}

usage_journal& store_thread::add_journal(std::unique_ptr<journal_area> area) {
  journals_.push_back(std::make_unique<worker_journal>(std::move(area), &wake_));
  return *journals_.back()->writer;
}

void store_thread::start() {
  thread_ = std::thread([this] { run(); });
}

bool store_thread::queue(queued_change&& change) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || queue_.size() >= settings_.max_queued) return false;
    queue_.push_back(std::move(change));
  }
  wake_.notify();
  return true;
}

void store_thread::set_retention(const retention_settings& r) {
  const std::lock_guard lock(mutex_);
  retention_ = r;
}

void store_thread::with_writer(const std::function<void(session&)>& f) {
  const std::lock_guard lock(writer_mutex_);
  f(*writer_);
}

void store_thread::run() {
  for (bool last = false; !last;) {
    wake_.wait_for(settings_.commit_interval);
    {
      const std::lock_guard lock(mutex_);
      last = stopping_;
    }
    commit_all();
  }
}

void store_thread::give_usage_back() {
  names_.forget();
  for (auto& j : journals_)
    j->reader.give_back();
}

std::optional<error> store_thread::take_usage() {
  writer_->run("SAVEPOINT usage");
  std::optional<error> failure;
  try {
    usage_batch batch;
    for (auto& j : journals_) {
      if (!j->reader.has_more()) continue;
      j->reader.read(*writer_, names_, batch);
      j->reader.commit_in(*writer_);
    }
    batch.apply(*writer_);
  } catch (const std::exception& e) {
    failure = as_error(e);
    if (!writer_->in_transaction()) throw;
    writer_->run("ROLLBACK TO usage");
    give_usage_back();
  }
  writer_->run("RELEASE usage");
  return failure;
}

void store_thread::make_changes(std::vector<queued_change>& changes,
                                std::vector<std::optional<error>>& failures) {
  for (std::size_t i = 0; i < changes.size(); ++i) {
    writer_->run("SAVEPOINT change");
    try {
      if (changes[i].what) changes[i].what(*writer_);
    } catch (const std::exception& e) {
      failures[i] = as_error(e);
      // A full disk may have ended the whole transaction, and with it the others' changes.
      if (!writer_->in_transaction()) throw;
      writer_->run("ROLLBACK TO change");
    }
    writer_->run("RELEASE change");
  }
}

void store_thread::keep_retention(pool::time_point now) {
  // A clock that was set back starts the hour anew.
  if (last_retention_ && now < *last_retention_) last_retention_ = now;
  if (last_retention_ && now - *last_retention_ < retention_interval) return;
  last_retention_ = now;
  retention_settings r;
  {
    const std::lock_guard lock(mutex_);
    r = retention_;
  }
  apply_retention(*writer_, r, now);
}

void store_thread::commit_all() {
  std::vector<queued_change> changes;
  {
    const std::lock_guard lock(mutex_);
    changes.swap(queue_);
  }
  std::vector<std::optional<error>> failures(changes.size());
  std::optional<error> failure, usage_failure;
  const pool::time_point now = settings_.now();
  const bool usage =
      std::ranges::any_of(journals_, [](const auto& j) { return j->reader.has_more(); });
  const bool retention =
      !last_retention_ || now < *last_retention_ || now - *last_retention_ >= retention_interval;
  if (!usage && !retention && changes.empty()) return;
  {
    const std::lock_guard lock(writer_mutex_);
    try {
      transaction all(*writer_);
      step("begun");
      // First usage, so that a change that resets totals finds what was before it.
      usage_failure = take_usage();
      step("applied");
      make_changes(changes, failures);
      keep_retention(now);
      all.commit();
      step("committed");
      for (auto& j : journals_)
        j->reader.release();
      step("released");
    } catch (const std::exception& e) {
      failure = as_error(e);
      give_usage_back();
    }
  }
  if (!failure) {
    // Who asked for no change asked for usage.
    for (std::size_t i = 0; i < changes.size(); ++i) {
      if (!changes[i].what) failures[i] = usage_failure;
    }
  }
  const auto by_the_disk = [](const std::optional<error>& f) {
    return f && (f->kind() == fault::disk_full || f->kind() == fault::read_only ||
                 f->kind() == fault::locked || f->kind() == fault::damaged ||
                 f->kind() == fault::failed);
  };
  if (!failure && !usage_failure) {
    const auto refused = std::ranges::find_if(failures, by_the_disk);
    if (refused != failures.end()) usage_failure = *refused;
  }
  {
    const std::lock_guard lock(mutex_);
    problem_ = failure ? failure->what() : usage_failure ? usage_failure->what() : "";
    if (problem_.empty()) last_commit_ = now;
    torn_ = 0;
    for (const auto& j : journals_)
      torn_ += j->reader.torn();
  }
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const error* told = failures[i] ? &*failures[i] : failure ? &*failure : nullptr;
    if (changes[i].done) changes[i].done(told);
  }
}

closing_report store_thread::stop() {
  if (!thread_.joinable()) return {};
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify();
  thread_.join();
  // What was merged in memory goes through the ring, a ringful at a time.
  closing_report report;
  for (auto& j : journals_) {
    usage_journal& writer = *j->writer;
    do {
      writer.settle_backlog();
      commit_all();
    } while (writer.counts().backlog != 0 && writer.counts().waiting == 0);
    report.kept += writer.counts().waiting;
    report.lost += writer.counts().backlog;
  }
  const std::lock_guard lock(mutex_);
  report.problem = problem_;
  return report;
}

storage_health store_thread::health() const {
  storage_health h;
  {
    const std::lock_guard lock(mutex_);
    h.problem = problem_;
    h.last_commit = last_commit_;
    h.queued = queue_.size();
    h.torn_records = torn_;
  }
  for (const auto& j : journals_) {
    const journal_counts c = j->writer->counts();
    h.journals.appended += c.appended;
    h.journals.waiting += c.waiting;
    h.journals.merged += c.merged;
    h.journals.backlog += c.backlog;
    h.journals.folded += c.folded;
    h.journals.lost += c.lost;
  }
  return h;
}

}  // namespace gemkeeper::store
