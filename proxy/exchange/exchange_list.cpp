// Lists that Google keeps per project, shown as one: the projects are asked in turn, each with a
// key of its own, until the client's page is full (gemini/list_merge.hpp, docs/affinity.md).
#include "exchange/exchange.hpp"
#include "worker.hpp"
#include <gemkeeper/gemini/credential.hpp>
#include <gemkeeper/gemini/list_merge.hpp>

#include <fmt/format.h>

#include <array>
#include <utility>

namespace gemkeeper::proxy {

namespace {

constexpr std::size_t max_page = 16 * 1024 * 1024;
// A page that takes more ends early, and its token leads on. OpenAI's lists have no such token.
constexpr unsigned max_questions = 64;

std::string scope_of(const gemini::list_shape& shape, std::string_view target) {
  std::string scope;
  gemini::append_list_target(scope, shape, target, {});
  return scope;
}

}  // namespace

// Whether the request is for such a list, and where in it.
exchange::step exchange::plan_list() {
  if (method_ != "GET" || traits_.pin || searching()) return step::go_on;
  if (endpoint_.service != pool::service::gemini) return step::go_on;
  const auto shape = gemini::mergeable_list(endpoint_);
  if (!shape) return step::go_on;
  shared_state& shared = worker_.shared();
  std::string target;
  gemini::append_target_without_credentials(target, target_);
  const gemini::list_request asked = gemini::read_list_request(*shape, target);
  std::vector<pool::project_ref> projects = shared.keys.projects();
  const bool openai = shape->style == gemini::list_style::openai;
  const bool ours = !openai && asked.place.starts_with("gk1.");
  if (projects.size() < 2 && !ours) return step::go_on;

  std::optional<pool::page_cursor> from;
  if (!asked.place.empty()) {
    from = openai
               ? place_after(asked.place, projects)
               : pool::open_page_token(shared.token_secret, scope_of(*shape, target), asked.place);
    if (!from && openai) {
      return refuse(400, "INVALID_ARGUMENT", "UNKNOWN_AFTER",
                    "after: no project is known that has this item. Begin the list anew.");
    }
    if (!from) {
      return refuse(400, "INVALID_ARGUMENT", "BAD_PAGE_TOKEN",
                    "pageToken: it is none of this list with these parameters. Begin the list "
                    "anew, without it.");
    }
  }
  list_ = std::make_unique<merged_list>(
      merged_list{*shape, std::move(target), {*shape, std::move(projects), from, asked.size}});
  return step::go_on;
}

// OpenAI's `after` is the last item that the client has: the list goes on where that is.
std::optional<pool::page_cursor> exchange::place_after(
    const std::string& item, const std::vector<pool::project_ref>& projects) const {
  shared_state& shared = worker_.shared();
  const auto same = [&keys = shared.keys](const pool::project_ref& a, const pool::project_ref& b) {
    return keys.same_project(a, b);
  };
  std::string name;
  const auto kind = endpoint_.route.starts_with("openai.files") ? gemini::resource_kind::file
                                                                : gemini::resource_kind::batch;
  gemini::append_resource(name, kind, item);
  const std::array<std::string_view, 1> names{name};
  const pool::affinity_plan plan =
      shared.affinity.plan(names, same, std::chrono::system_clock::now());
  if (plan.what != pool::affinity_plan::kind::pinned) return std::nullopt;
  for (const pool::project_ref& project : projects) {
    if (same(project, plan.owner)) return pool::page_cursor{project.key, item};
  }
  return std::nullopt;
}

awaitable<exchange::step> exchange::serve_list() {
  phase_ = phase::working;
  client_.watch();
  worker_.shared().budget.deposit();
  gemini::list_merger& merger = list_->merger;
  const bool openai = list_->shape.style == gemini::list_style::openai;
  bool answered = false;
  unsigned questions = 0;
  for (auto question = merger.next(); question; question = merger.next()) {
    if (!openai && ++questions > max_questions) break;
    begin_question(*question);
    const step got = co_await ask_project();
    if (got == step::more) {
      answered = true;
      if (!merger.take(page_)) {
        co_return refuse(
            502, "UNAVAILABLE", "UPSTREAM_LIST_UNREADABLE",
            fmt::format("{} answered with something else than a list.", settings_->upstream.host));
      }
    } else if (got == step::go_on) {
      merger.pass_over();
    } else if (got == step::answered) {
      co_return co_await send_held();
    } else {
      co_return got;
    }
  }
  if (!answered && held_) co_return co_await send_held();
  if (!answered && attempts_ == 0) {
    co_return refuse(503, "UNAVAILABLE", "NO_USABLE_KEY",
                     "No key of gemkeeper can serve this request: each is rejected by Google or "
                     "disabled. Its log says why.");
  }
  co_return co_await send_list();
}

void exchange::begin_question(const gemini::list_question& question) {
  std::string target;
  gemini::append_list_target(target, list_->shape, list_->target, question);
  image_.retarget(target, settings_->upstream);
  forget_attempts();
  traits_.pin = question.project;
  first_named_ = "A part of this list";
  uncounted_ = attempts_;
}

// `more`: its page is in `page_`; `go_on`: it has none, the list goes on without it; `answered`:
// what Google said is the client's to see.
awaitable<exchange::step> exchange::ask_project() {
  for (;;) {
    std::optional<pool::no_key> none = take_key();
    if (none) none = co_await wait_in_queue(*none);
    if (none) {
      if (wake_.interrupted() == io_result::cancelled) co_return step::gone;
      const bool rests = none->reason == pool::no_key_reason::all_cooling ||
                         none->reason == pool::no_key_reason::queued_behind;
      if (!rests) co_return step::go_on;
      co_return without_owner(*none);
    }
    last_verdict_ = co_await ask_upstream();
    if (last_verdict_.next == pool::next_step::relay) co_return co_await take_page();

    settle(last_verdict_);
    if (last_verdict_.kind == pool::outcome::cancelled) co_return step::gone;
    if (!may_go_on(last_verdict_)) {
      const bool denied = held_ && (answer_.status == 403 || answer_.status == 404);
      if (denied) co_return step::go_on;
      co_return spent();
    }
    if (const step waited = co_await back_off(); waited != step::go_on) co_return waited;
  }
}

awaitable<exchange::step> exchange::take_page() {
  page_.clear();
  const io_result whole = co_await hold_answer(settings_->upstream.idle_timeout, max_page);
  if (whole != io_result::ok) {
    last_verdict_ = whole == io_result::cancelled
                        ? gone_verdict()
                        : egress_fault("cut_short", "a list ended early, or is too long");
    settle(last_verdict_);
    if (whole == io_result::cancelled) co_return step::gone;
    co_return spent();
  }
  gemini::content_decoder decoder(answer_coding());
  decoder.feed(held_body_, [this](std::string_view text) {
    if (page_.size() < max_page) page_ += text;
  });
  held_body_.clear();
  if (lesson_.begun()) {
    lesson_.feed(page_);
    lesson_.finish();
    learn_from_answer();
  }
  keep_upstream();
  settle(last_verdict_);
  co_return step::more;
}

awaitable<exchange::step> exchange::send_list() {
  const auto page =
      list_->merger.finish(worker_.shared().token_secret, scope_of(list_->shape, list_->target));
  if (!page) {
    co_return refuse(502, "UNAVAILABLE", "PAGE_TOKEN_TOO_LONG",
                     "Google's page token is too long to be handed on: ask for a larger page.");
  }
  phase_ = phase::answering;
  if (worker_.draining()) fate_ = fate::close;
  out_.clear();
  append_own_answer(out_, *page, marks(fate_ != fate::keep_alive));
  status_sent_ = 200;
  bytes_out_ = page->size();
  first_byte_ = since(started_);
  wake_.expire_after(settings_->client.write_timeout);
  const io_result sent = co_await client_.send(out_);
  if (sent != io_result::ok) fate_ = fate::close;
  co_return sent == io_result::ok ? step::answered : step::gone;
}

}  // namespace gemkeeper::proxy
