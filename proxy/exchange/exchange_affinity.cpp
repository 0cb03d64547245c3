// What belongs to one project at Google: which of it a request names and where it therefore may go,
// and what its answer tells of owners (docs/affinity.md).
#include "exchange/exchange.hpp"
#include "worker.hpp"

#include <fmt/format.h>

#include <array>
#include <span>
#include <utility>

namespace gemkeeper::proxy {

namespace {

using names = std::array<std::string_view, 2 * gemini::resource_set::max_names>;

// Those of the head, then those of the body.
std::span<const std::string_view> gather(names& into, const gemini::resource_set& head,
                                         const gemini::resource_set& body) {
  std::size_t count = 0;
  for (const gemini::resource_set* set : {&head, &body}) {
    for (std::size_t i = 0; i < set->size(); ++i)
      into[count++] = (*set)[i];
  }
  return std::span(into).first(count);
}

}  // namespace

// An ephemeral token may stand where a key would.
void exchange::read_names() {
  const std::size_t query = target_.find('?');
  const bool names_nothing =
      endpoint_.known && endpoint_.resource.empty() && !endpoint_.upload &&
      (query == std::string::npos || std::string_view(target_).substr(query) == "?alt=sse");
  if (!names_nothing) named_.add_target(target_);  // what most do not
  for (const http::field& f : head_.fields) {
    const bool credential =
        http::iequals(f.name, "x-goog-api-key") || http::iequals(f.name, "Authorization");
    if (credential) named_.add_credential(f.value);
  }
}

// Where a request may go, by all that it names.
exchange::step exchange::place_request() {
  const gemini::resource_set& in_body = request_scanner_.resources();
  // In express mode Vertex AI keeps nothing but sessions: what else is named is for it to refuse.
  if (endpoint_.service == pool::service::vertex && live_ == nullptr) return step::go_on;
  if (named_.empty() && in_body.empty()) {
    if (endpoint_.makes_material) stay_together();
    return step::go_on;
  }
  pool::key_pool& keys = worker_.shared().keys;
  names all;
  pool::affinity_plan plan = worker_.shared().affinity.plan(
      gather(all, named_, in_body),
      [&keys](const pool::project_ref& a, const pool::project_ref& b) {
        return keys.same_project(a, b);
      },
      std::chrono::system_clock::now());
  first_named_ = std::move(plan.first);
  switch (plan.what) {
    case pool::affinity_plan::kind::anywhere:
      break;
    case pool::affinity_plan::kind::pinned:
      traits_.pin = std::move(plan.owner);
      break;
    case pool::affinity_plan::kind::unknown:
      search(plan);
      break;
    case pool::affinity_plan::kind::conflict:
      return place_conflict(plan);
  }
  // Its address says whose it is, whatever was forgotten.
  if (upload_key_ && !traits_.pin) {
    search_ = search_state::none;
    forget_attempts();
    traits_.pin = pool::project_ref{*upload_key_, {}};
  }
  return step::go_on;
}

std::string_view exchange::caller_id() const {
  return caller_ != nullptr ? std::string_view(caller_->id()) : std::string_view{};
}

// What a client makes in a row it may want to use in one request.
void exchange::stay_together() {
  const milliseconds within = settings_->retry.keep_together;
  if (within <= milliseconds::zero()) return;
  traits_.prefer =
      worker_.shared().recent.find(caller_id(), within, std::chrono::system_clock::now());
}

exchange::step exchange::place_conflict(const pool::affinity_plan& plan) {
  return refuse(
      400, "INVALID_ARGUMENT", "RESOURCES_OF_TWO_PROJECTS",
      fmt::format("{} belongs to {}, and {} to {}: no key can use both. Make both anew, one "
                  "right after the other: they will be of one project "
                  "(pool.keep_together).",
                  first_named_, name_of(plan.owner), plan.second, name_of(plan.other)));
}

std::string exchange::name_of(const pool::project_ref& project) const {
  const auto label = worker_.shared().keys.label_of(project.key);
  const pool::project_name& name =
      label && !label->project.empty() ? label->project : project.project;
  if (!name.empty()) return fmt::format("project \"{}\"", name.value);
  if (label) return fmt::format("the project of key \"{}\"", label->name);
  return fmt::format("the project of key {}, which is gone", project.key.view());
}

void exchange::search(const pool::affinity_plan& plan) {
  search_ = search_state::asking;
  for (const pool::project_ref& project : plan.not_in) {
    if (const auto number = worker_.shared().keys.project_number(project)) {
      traits_.tried_projects.push_back(*number);
    }
  }
  traits_.only_untried_projects = true;
}

// Whether the project that was asked has none of what the request names; then the next may have.
bool exchange::note_denial(const pool::verdict& what) {
  search_ = search_state::asking;
  if (what.kind != pool::outcome::client_fault) return false;
  if (what.reason != "permission_denied" && what.reason != "not_found") return false;
  search_ = search_state::denied;
  ++denials_;
  ++uncounted_;
  traits_.only_untried_projects = true;
  shared_state& shared = worker_.shared();
  const auto project = shared.keys.project_of(lease_.id());
  if (!project) return true;
  names all;
  for (const std::string_view name : gather(all, named_, request_scanner_.resources()))
    shared.affinity.deny(name, *project, std::chrono::system_clock::now());
  return true;
}

// Nobody but the owner can serve it: it is not rotated away.
exchange::step exchange::without_owner(const pool::no_key& why) {
  const std::string owner = name_of(*traits_.pin);
  switch (why.reason) {
    case pool::no_key_reason::all_cooling:
    case pool::no_key_reason::queued_behind:
      return refuse_until_recovery(
          "OWNER_COOLING",
          fmt::format("{} belongs to {}, which is {} for now; no other project has it.",
                      first_named_, owner,
                      why.by_limit ? "over a limit that the operator of this gemkeeper set"
                                   : "out of quota"),
          why);
    case pool::no_key_reason::project_gone:
    case pool::no_key_reason::no_keys:
      return refuse(400, "FAILED_PRECONDITION", "OWNER_GONE",
                    fmt::format("{} belongs to {}, of which no key is left: add one, or make the "
                                "resource anew.",
                                first_named_, owner));
    default:
      if (attempts_ != 0) return spent();
      return refuse(503, "UNAVAILABLE", "OWNER_UNUSABLE",
                    fmt::format("{} belongs to {}, and no key of it can serve this request: each "
                                "is rejected by Google, disabled, or not meant for this model. "
                                "gemkeeper's log says why.",
                                first_named_, owner));
  }
}

void exchange::begin_lesson() {
  const bool success = answer_.status >= 200 && answer_.status < 300;
  if (success && gemini::lesson_of(endpoint_) == gemini::lesson::names) {
    lesson_.begin(endpoint_, answer_coding());
  } else if (lesson_.begun()) {
    lesson_.release();
  }
}

// What the request named is this project's, as it was found there; or it is deleted now.
void exchange::learn_from_success() {
  shared_state& shared = worker_.shared();
  if (endpoint_.makes_material) {
    const auto maker = shared.keys.project_of(lease_.id());
    if (maker) shared.recent.note(caller_id(), *maker, std::chrono::system_clock::now());
  }
  if (named_.empty() && !searching()) return;
  if (!named_.empty() && gemini::lesson_of(endpoint_) == gemini::lesson::deletion) {
    for (std::size_t i = 0; i < named_.size(); ++i)
      shared.affinity.forget(named_[i]);
    return;
  }
  const auto owner = searching() ? shared.keys.project_of(lease_.id()) : std::nullopt;
  if (!owner) return;
  const auto now = std::chrono::system_clock::now();
  names all;
  for (const std::string_view name : gather(all, named_, request_scanner_.resources())) {
    const gemini::learned_resource found{std::string(name), {}};
    shared.affinity.learn(name, *owner, gemini::expiry_of(found, lease_.project_tier(), now), now);
  }
}

void exchange::learn_from_answer() {
  const std::vector<gemini::learned_resource> told = lesson_.take();
  if (told.empty()) return;
  shared_state& shared = worker_.shared();
  const auto owner = shared.keys.project_of(lease_.id());
  if (!owner) return;
  const auto now = std::chrono::system_clock::now();
  for (const gemini::learned_resource& one : told) {
    shared.affinity.learn(one.name, *owner, gemini::expiry_of(one, lease_.project_tier(), now),
                          now);
    const bool remembered = endpoint_.usage == gemini::usage_of::earlier &&
                            gemini::kind_of(one.name) == gemini::resource_kind::interaction;
    if (remembered) made_ = one.name;
  }
}

}  // namespace gemkeeper::proxy
