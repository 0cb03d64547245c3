#include <gemkeeper/gemini/answer_resources.hpp>

#include <algorithm>
#include <charconv>
#include <utility>

namespace gemkeeper::gemini {

using token = json_token::type;

enum class answer_resources::field : std::uint8_t {
  other,
  name,         // of the object that it stands in
  id,           // the same, without a collection
  address,      // of a file
  mention,      // a name in full, of something else
  file,         // OpenAI's: a file's name or id
  expiry,       // of the object that it stands in
  handle,       // what resumes a Live session
  interaction,  // an object with an `id`
  written,      // by a model or the client: not to be looked at
};

namespace {

using std::string_view;

// By route; all methods of a collection that are not singled out name its resources.
constexpr string_view silent_routes[] = {"files.download", "fileSearchStores.download",
                                         "environments.files.get", "openai.files.download",
                                         "openai.videos.download"};
constexpr string_view creating_routes[] = {
    "batchGenerateContent", "asyncBatchEmbedContent", "predictLongRunning", "openai.videos", "live",
    "live.constrained"};
constexpr string_view partial_deletions[] = {"fileSearchStores.documents.delete",
                                             "tunedModels.permissions.delete"};

struct route_ids {
  string_view prefix;
  resource_kind ids;  // what `id` is there
};
constexpr route_ids collections[] = {
    {"files.", resource_kind::none},
    {"cachedContents.", resource_kind::none},
    {"batches.", resource_kind::none},
    {"operations.", resource_kind::none},
    {"fileSearchStores.", resource_kind::none},
    {"tunedModels.", resource_kind::none},
    {"authTokens.", resource_kind::none},
    {"interactions.", resource_kind::interaction},
    {"agents.", resource_kind::agent},
    {"environments.", resource_kind::environment},
    {"triggers.", resource_kind::trigger},
    {"webhooks.", resource_kind::webhook},
    {"credentials.", resource_kind::credential},
    {"voices.", resource_kind::voice},
    {"openai.files.", resource_kind::file},
    {"openai.batches.", resource_kind::batch},
    {"openai.videos", resource_kind::operation},
};

const route_ids* find_collection(string_view route) {
  const auto* found =
      std::find_if(std::begin(collections), std::end(collections),
                   [route](const route_ids& c) { return route.starts_with(c.prefix); });
  return found == std::end(collections) ? nullptr : found;
}

bool is_one_of(string_view route, const auto& routes) {
  return std::find(std::begin(routes), std::end(routes), route) != std::end(routes);
}

}  // namespace

lesson lesson_of(const endpoint& asked) {
  const string_view route = asked.route;
  if (is_one_of(route, creating_routes)) return lesson::names;
  if (find_collection(route) == nullptr || is_one_of(route, silent_routes)) return lesson::nothing;
  if (!route.ends_with(".delete")) return lesson::names;
  return is_one_of(route, partial_deletions) ? lesson::nothing : lesson::deletion;
}

answer_resources::field answer_resources::find(string_view name) {
  static constexpr std::pair<string_view, field> fields[] = {
      {"name", field::name},
      {"id", field::id},
      {"uri", field::address},
      {"fileUri", field::address},
      {"file_uri", field::address},
      {"url", field::address},
      {"responsesFile", field::mention},
      {"responses_file", field::mention},
      {"fileName", field::mention},
      {"file_name", field::mention},
      {"input_file_id", field::file},
      {"output_file_id", field::file},
      {"error_file_id", field::file},
      {"expirationTime", field::expiry},
      {"expiration_time", field::expiry},
      {"expireTime", field::expiry},
      {"expire_time", field::expiry},
      {"expires_at", field::expiry},
      {"newHandle", field::handle},
      {"new_handle", field::handle},
      {"interaction", field::interaction},
      {"candidates", field::written},
      {"choices", field::written},
      {"content", field::written},
      {"contents", field::written},
      {"systemInstruction", field::written},
      {"system_instruction", field::written},
      {"tools", field::written},
      {"input", field::written},
      {"step", field::written},
      {"delta", field::written},
      {"request", field::written},
      {"requests", field::written},
      {"serverContent", field::written},
      {"server_content", field::written},
      {"toolCall", field::written},
      {"tool_call", field::written},
      {"arguments", field::written},
      {"args", field::written},
      {"labels", field::written},
      {"customMetadata", field::written},
      {"inlinedResponses", field::written},
      {"inlined_responses", field::written},
      {"inlinedEmbedContentResponses", field::written},
      {"embedding", field::written},
      {"embeddings", field::written},
  };
  for (const auto& [known, meaning] : fields) {
    if (known == name) return meaning;
  }
  return field::other;
}

void answer_resources::reset(const endpoint& asked) {
  const route_ids* const ids = find_collection(asked.route);
  id_kind_ = ids == nullptr ? resource_kind::none : ids->ids;
  // An upload's last answer is a document, whatever its chunks were.
  text_.reset(asked.form == answer_form::opaque ? answer_form::json : asked.form);
  scanner_.reset();
  member_ = field::other;
  interaction_depth_ = 0;
  open_.clear();
  expiries_.clear();
  found_.clear();
}

void answer_resources::feed(string_view body) {
  for (;;) {
    answer_text::piece piece = text_.next(body);
    if (piece.kind == answer_text::piece::type::none) return;
    if (piece.kind == answer_text::piece::type::event_end) {
      finish();
      continue;
    }
    for (;;) {
      const json_token next = scanner_.next(piece.text);
      if (next.kind == token::none) break;
      read(next);
    }
  }
}

// What was open is taken as it is: its names are true even if the rest is missing.
void answer_resources::finish() {
  for (std::uint32_t depth = json_scanner::max_depth; depth > 0 && !open_.empty(); --depth)
    close_object(depth);
  open_.clear();
  expiries_.clear();
  scanner_.reset();
  member_ = field::other;
  interaction_depth_ = 0;
}

std::vector<learned_resource> answer_resources::take() {
  return std::exchange(found_, {});
}

void answer_resources::read(const json_token& next) {
  switch (next.kind) {
    case token::key:
      member_ = find(next.text);
      if (member_ == field::other || member_ == field::written) scanner_.ignore_string();
      return;
    case token::open_object:
    case token::open_array:
      if (member_ == field::written) {
        scanner_.leave();
      } else if (member_ == field::interaction) {
        interaction_depth_ = scanner_.depth();
      }
      break;
    case token::close:
      close_object(scanner_.depth() + 1);
      if (scanner_.depth() < interaction_depth_) interaction_depth_ = 0;
      break;
    default:
      value(next);
      break;
  }
  member_ = field::other;
}

// The document itself, an element of a list at its top, or an event's interaction: no step, no
// call, no part has the id of a resource.
bool answer_resources::may_hold_id() const {
  const std::uint32_t depth = scanner_.depth();
  if (depth == 1 || (interaction_depth_ != 0 && depth == interaction_depth_)) return true;
  return depth == 3 && id_kind_ != resource_kind::interaction;
}

void answer_resources::value(const json_token& next) {
  const bool text = next.kind == token::string;
  switch (member_) {
    case field::name:
      if (text) note(resource_kind::none, next.text, true);
      break;
    case field::id:
      if (text && may_hold_id()) note(id_kind_, next.text, true);
      break;
    case field::address:
    case field::mention:
      if (text) note(resource_kind::none, next.text, false);
      break;
    case field::file:
      if (text) note(resource_kind::file, next.text, false);
      break;
    case field::handle:
      if (text) note(resource_kind::session, next.text, true);
      break;
    case field::expiry: {
      std::optional<pool::time_point> at;
      std::int64_t seconds = 0;
      const char* const end = next.text.data() + next.text.size();
      if (text) {
        at = parse_timestamp(next.text);
      } else if (const auto [stop, fault] = std::from_chars(next.text.data(), end, seconds);
                 fault == std::errc() && stop == end && seconds > 0 && seconds < 7'258'118'400) {
        at = pool::time_point(std::chrono::seconds(seconds));
      }
      if (at) expiries_.emplace_back(scanner_.depth(), *at);
      break;
    }
    default:
      break;
  }
}

void answer_resources::note(resource_kind kind, string_view text, bool own) {
  if (open_.size() >= max_pending || scanner_.depth() == 0) return;
  std::string name;
  const resource_kind found =
      kind == resource_kind::none ? append_resource(name, text) : append_resource(name, kind, text);
  // A model, a tool, another host's address.
  if (found == resource_kind::none) return;
  open_.push_back({{std::move(name)}, scanner_.depth(), own});
}

void answer_resources::close_object(std::uint32_t depth) {
  std::optional<pool::time_point> expires;
  while (!expiries_.empty() && expiries_.back().first >= depth) {
    if (expiries_.back().first == depth) expires = expiries_.back().second;
    expiries_.pop_back();
  }
  const auto begin = std::find_if(open_.begin(), open_.end(),
                                  [depth](const pending& p) { return p.depth >= depth; });
  for (auto it = begin; it != open_.end(); ++it) {
    learned_resource& resource = it->resource;
    if (it->own) resource.expires = expires;
    // A file's own address says nothing new.
    const bool repeated = !it->own && std::any_of(begin, open_.end(), [&](const pending& other) {
      return other.own && other.resource.name == resource.name;
    });
    const bool again = !found_.empty() && found_.back() == resource;
    if (repeated || again || found_.size() >= max_pending) continue;
    found_.push_back(resource);
  }
  open_.erase(begin, open_.end());
}

}  // namespace gemkeeper::gemini
