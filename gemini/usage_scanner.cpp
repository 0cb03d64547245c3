#include "ascii.hpp"
#include "bare_model.hpp"
#include <gemkeeper/gemini/usage_meter.hpp>

#include <algorithm>
#include <charconv>
#include <span>
#include <utility>

namespace gemkeeper::gemini {

using pool::token_usage;
using token = json_token::type;

// Where the scanner stands. What is `elsewhere` is left at once.
enum class usage_scanner::place : std::uint8_t {
  root,
  array,           // around the documents of a JSON-array stream
  document,        // one answer: the whole body, an event's data or an array's element
  interaction,     // `interaction` in an Interactions event
  usage,           // the usage object
  openai_details,  // `prompt_tokens_details`, `completion_tokens_details`
  modalities,      // `promptTokensDetails` and its like, an array of …
  modality,        // … {"modality": "TEXT", "tokenCount": 7}
  responses,       // in a batch's results: one, or an object around them
  response_list,   // an array of them
  elsewhere,
};

// What a name means in its place.
struct usage_scanner::member {
  enum class role : std::uint8_t {
    usage,
    interaction,
    responses,
    error,
    model,
    service,
    status,
    count,
    details,
    kind,
    tokens
  };

  std::string_view name;  // in camelCase
  role means;
  std::uint64_t token_usage::*count = nullptr;
  pool::tokens_by_modality token_usage::*details = nullptr;
  bool openai = false;
};

struct usage_scanner::results {
  std::function<void()> told;  // of each response
  std::uint32_t depth = 0;     // of the response whose usage was read; 0: none
};

usage_scanner::usage_scanner(answer_form form) : text_(form) {}
usage_scanner::usage_scanner(usage_scanner&&) noexcept = default;
usage_scanner& usage_scanner::operator=(usage_scanner&&) noexcept = default;
usage_scanner::~usage_scanner() = default;

void usage_scanner::read_results(std::function<void()> told) {
  results_ = std::make_unique<results>(results{std::move(told), 0});
}

namespace {

// "prompt_token_count" as "promptTokenCount": Google takes and gives both spellings.
std::string_view camel_case(std::string_view name, bounded_text& room) {
  if (name.find('_') == std::string_view::npos) return name;
  for (std::size_t i = 0; i < name.size(); ++i) {
    char c = name[i];
    if (c == '_' && i + 1 < name.size()) {
      c = name[++i];
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    room.append({&c, 1});
  }
  return room.view();
}

std::uint64_t parse_count(std::string_view text) {
  const char* const end = text.data() + text.size();
  std::uint64_t whole = 0;
  if (const auto [at, error] = std::from_chars(text.data(), end, whole);
      error == std::errc() && at == end) {
    return whole <= usage_scanner::max_count ? whole : 0;
  }
  double number = 0;
  const auto [at, error] = std::from_chars(text.data(), end, number);
  const bool credible = error == std::errc() && at == end && number >= 0 &&
                        number <= static_cast<double>(usage_scanner::max_count);
  return credible ? static_cast<std::uint64_t>(number) : 0;
}

// pool::modality_count: one that is not known.
std::size_t parse_modality(std::string_view text) {
  constexpr std::array<std::string_view, pool::modality_count> names{"text", "image", "audio",
                                                                     "video", "document"};
  const auto* found = std::find_if(names.begin(), names.end(),
                                   [&](std::string_view name) { return ascii::equal(text, name); });
  return static_cast<std::size_t>(found - names.begin());
}

// "STANDARD", "flex", OpenAI's "default"; by `trafficType` ON_DEMAND, ON_DEMAND_PRIORITY
// (https://ai.google.dev/api/generate-content#UsageMetadata).
pool::service_tier parse_service(std::string_view word) {
  for (const std::string_view prefix : {"SERVICE_TIER_", "TRAFFIC_TYPE_", "ON_DEMAND_"}) {
    if (ascii::starts_with(word, prefix)) word.remove_prefix(prefix.size());
  }
  for (const std::string_view plain :
       {"", "standard", "default", "auto", "unspecified", "on_demand"}) {
    if (ascii::equal(word, plain)) return pool::service_tier::standard;
  }
  for (const auto tier :
       {pool::service_tier::flex, pool::service_tier::priority, pool::service_tier::batch}) {
    if (ascii::equal(word, pool::to_string(tier))) return tier;
  }
  return pool::service_tier::other;
}

// OpenAI counts reasoning into the completion. Google's compatible endpoint leaves thoughts out of
// it, and at times out of everything but the total: output is what the total has beyond the prompt.
void settle_openai(token_usage& usage) {
  const std::uint64_t beyond = usage.total > usage.prompt ? usage.total - usage.prompt : 0;
  const std::uint64_t output = std::max(usage.candidates, beyond);
  if (usage.thoughts == 0) usage.thoughts = output - usage.candidates;
  usage.thoughts = std::min(usage.thoughts, output);
  usage.candidates = output - usage.thoughts;
}

}  // namespace

const usage_scanner::member* usage_scanner::find(place where, std::string_view name) {
  using role = member::role;
  using u = token_usage;
  static constexpr member in_document[] = {
      {"usageMetadata", role::usage},     {"usage", role::usage},
      {"interaction", role::interaction}, {"error", role::error},
      {"modelVersion", role::model},      {"model", role::model},
      {"serviceTier", role::service},     {"status", role::status},
      {"response", role::responses},
  };
  // Of a batch, and of a line of its file.
  static constexpr member in_responses[] = {
      {"usageMetadata", role::usage},
      {"usage", role::usage},
      {"modelVersion", role::model},
      {"model", role::model},
      {"serviceTier", role::service},
      {"response", role::responses},
      {"inlinedResponses", role::responses},
      {"inlinedEmbedContentResponses", role::responses},
      {"body", role::responses},
  };
  static constexpr member in_interaction[] = {{"usage", role::usage},
                                              {"model", role::model},
                                              {"serviceTier", role::service},
                                              {"status", role::status}};
  static constexpr member in_usage[] = {
      // Native and Live: https://ai.google.dev/api/generate-content#UsageMetadata
      {"promptTokenCount", role::count, &u::prompt},
      {"cachedContentTokenCount", role::count, &u::cached},
      {"candidatesTokenCount", role::count, &u::candidates},
      {"responseTokenCount", role::count, &u::candidates},
      {"thoughtsTokenCount", role::count, &u::thoughts},
      {"toolUsePromptTokenCount", role::count, &u::tool_use},
      {"totalTokenCount", role::count, &u::total},
      {"promptTokensDetails", role::details, nullptr, &u::prompt_by},  // OpenAI's too
      {"cacheTokensDetails", role::details, nullptr, &u::cached_by},
      {"candidatesTokensDetails", role::details, nullptr, &u::candidates_by},
      {"responseTokensDetails", role::details, nullptr, &u::candidates_by},
      {"toolUsePromptTokensDetails", role::details, nullptr, &u::tool_use_by},
      // OpenAI-compatible
      {"promptTokens", role::count, &u::prompt, nullptr, true},
      {"completionTokens", role::count, &u::candidates, nullptr, true},
      {"totalTokens", role::count, &u::total},  // Interactions' too
      {"completionTokensDetails", role::details, nullptr, &u::candidates_by},
      // Interactions
      {"totalInputTokens", role::count, &u::prompt},
      {"totalCachedTokens", role::count, &u::cached},
      {"totalOutputTokens", role::count, &u::candidates},
      {"totalThoughtTokens", role::count, &u::thoughts},
      {"totalToolUseTokens", role::count, &u::tool_use},
      {"inputTokensByModality", role::details, nullptr, &u::prompt_by},
      {"cachedTokensByModality", role::details, nullptr, &u::cached_by},
      {"outputTokensByModality", role::details, nullptr, &u::candidates_by},
      {"toolUseTokensByModality", role::details, nullptr, &u::tool_use_by},
      {"serviceTier", role::service},
      {"trafficType", role::service},
  };
  static constexpr member in_openai_details[] = {
      {"cachedTokens", role::count, &u::cached},
      {"reasoningTokens", role::count, &u::thoughts},
  };
  static constexpr member in_modality[] = {
      {"modality", role::kind},
      {"tokenCount", role::tokens},
      {"tokens", role::tokens},
  };

  std::span<const member> members;
  switch (where) {
    case place::document:
      members = in_document;
      break;
    case place::interaction:
      members = in_interaction;
      break;
    case place::responses:
      members = in_responses;
      break;
    case place::usage:
      members = in_usage;
      break;
    case place::openai_details:
      members = in_openai_details;
      break;
    case place::modality:
      members = in_modality;
      break;
    default:
      break;
  }
  bounded_text room;
  name = camel_case(name, room);
  const auto found = std::ranges::find(members, name, &member::name);
  return found == members.end() ? nullptr : &*found;
}

void usage_scanner::reset(answer_form form) {
  text_.reset(form);
  scanner_.reset();
  member_ = nullptr;
  usage_ = {};
  model_.clear();
  service_ = pool::service_tier::standard;
  seen_ = false;
  error_seen_ = false;
  running_ = false;
  if (results_ != nullptr) results_->depth = 0;
}

void usage_scanner::feed(std::string_view json) {
  for (;;) {
    auto [kind, text] = text_.next(json);
    if (kind == answer_text::piece::type::none) return;
    if (kind == answer_text::piece::type::event_end) {
      scanner_.reset();
      member_ = nullptr;
    }
    for (json_token next = scanner_.next(text); next.kind != token::none;
         next = scanner_.next(text)) {
      read(next);
    }
  }
}

void usage_scanner::read(const json_token& next) {
  switch (next.kind) {
    case token::key:
      member_ = find(places_[scanner_.depth()], next.text);
      return;
    case token::open_object:
    case token::open_array:
      open(next.kind == token::open_object);
      break;
    case token::close:
      close(places_[scanner_.depth() + 1]);
      break;
    default:
      if (member_ != nullptr) value(next);
      break;
  }
  member_ = nullptr;
}

void usage_scanner::open(bool object) {
  const place inner = entered(places_[scanner_.depth() - 1], object);
  if (inner == place::elsewhere) {
    scanner_.leave();
    return;
  }
  places_[scanner_.depth()] = inner;
  if (inner == place::usage) {
    reading_ = {};
    openai_ = false;
  } else if (inner == place::modalities) {
    details_ = member_->details;
    reading_.*details_ = {};
  } else if (inner == place::modality) {
    element_modality_ = pool::modality_count;
    element_tokens_ = 0;
  }
}

usage_scanner::place usage_scanner::entered(place outer, bool object) {
  using role = member::role;
  switch (outer) {
    case place::root:
      return object ? place::document : place::array;
    case place::array:
      return object ? place::document : place::elsewhere;
    case place::modalities:
      return object ? place::modality : place::elsewhere;
    case place::response_list:
      return object ? place::responses : place::elsewhere;
    default:
      break;
  }
  if (member_ == nullptr) return place::elsewhere;
  if (member_->means == role::details) return object ? place::openai_details : place::modalities;
  if (member_->means == role::responses && results_ != nullptr) {
    return object ? place::responses : place::response_list;
  }
  if (!object) return place::elsewhere;
  switch (member_->means) {
    case role::usage:
      return place::usage;
    case role::interaction:
      return place::interaction;
    case role::error:
      error_seen_ = true;
      return place::elsewhere;
    default:
      return place::elsewhere;
  }
}

void usage_scanner::close(place left) {
  if (left == place::modality && element_modality_ < pool::modality_count) {
    (reading_.*details_)[element_modality_] += element_tokens_;
  }
  if (left == place::responses && results_->depth == scanner_.depth() + 1) {
    results_->depth = 0;
    results_->told();
    model_.clear();
    service_ = pool::service_tier::standard;
  }
  if (left != place::usage) return;
  if (openai_) settle_openai(reading_);
  if (reading_.empty()) return;
  usage_ = reading_;
  seen_ = true;
  if (places_[scanner_.depth()] == place::responses) results_->depth = scanner_.depth();
}

void usage_scanner::value(const json_token& next) {
  using role = member::role;
  switch (member_->means) {
    case role::count:
      reading_.*member_->count = parse_count(next.text);
      openai_ = openai_ || member_->openai;
      break;
    case role::tokens:
      element_tokens_ = parse_count(next.text);
      break;
    case role::kind:
      element_modality_ = parse_modality(next.text);
      break;
    case role::model:
      if (next.kind == token::string && !next.text.empty()) model_.assign(bare_model(next.text));
      break;
    case role::status:
      running_ = next.text == "in_progress" || next.text == "queued";
      break;
    case role::service:
      if (next.kind == token::string) service_ = parse_service(next.text);
      break;
    default:
      break;
  }
}

}  // namespace gemkeeper::gemini
