// Which resources an answer makes or names: they belong to the project whose key was used.
#pragma once

#include <gemkeeper/gemini/answer_text.hpp>
#include <gemkeeper/gemini/json_scanner.hpp>
#include <gemkeeper/gemini/resource.hpp>
#include <gemkeeper/pool/key.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gemkeeper::gemini {

// What a successful answer of a route tells of resources.
enum class lesson : std::uint8_t {
  nothing,   // it need not be read: generation, embeddings, models, downloads
  names,     // it names resources: fed to `answer_resources`
  deletion,  // what the request line names is gone
};
lesson lesson_of(const endpoint& asked);

// Of RFC 3339: "2026-11-26T00:00:00.25Z", "…+01:00". Nothing: it is none.
std::optional<pool::time_point> parse_timestamp(std::string_view text);

struct learned_resource {
  std::string name;                           // as `append_resource` writes it
  std::optional<pool::time_point> expires{};  // as the answer tells it

  friend bool operator==(const learned_resource&, const learned_resource&) = default;
};

// When Google forgets a resource: as told, else by its kind (protocol document, 6): files 48 hours,
// caches 1 hour, batches and operations 48 hours, ephemeral tokens 30 minutes, interactions 55
// days, or 1 day on the free tier. time_point::max(): when it is deleted.
pool::time_point expiry_of(const learned_resource& what, pool::tier tier, pool::time_point now);

// Fed with the decoded bytes of an answer in order, split anywhere: one document, SSE events, a
// JSON array; each message of a Live session is a document, too. Looks at names, ids and addresses
// where Google's answers have them, never at what a model wrote. Bounded: what was found waits for
// `take`, at most `max_pending` of them. Builds no tree; never throws on any bytes but
// std::bad_alloc.
//
// An upload's start answers with a header: give the value of X-Goog-Upload-URL to
// `resource_set::add_target`.
class answer_resources {
 public:
  static constexpr std::size_t max_pending = 1024;

  // For the answer to `asked`, whose lesson is `names`.
  void reset(const endpoint& asked);
  void feed(std::string_view body);
  void finish();  // the answer ended, or a Live message did
  // Those found since, complete ones only; the same one may come again.
  [[nodiscard]] std::vector<learned_resource> take();

 private:
  enum class field : std::uint8_t;
  struct pending {
    learned_resource resource;
    std::uint32_t depth;  // of its object
    bool own;             // it names the object, rather than something in it
  };

  static field find(std::string_view name);
  void read(const json_token& token);
  void value(const json_token& token);
  void note(resource_kind kind, std::string_view text, bool own);
  void close_object(std::uint32_t depth);
  [[nodiscard]] bool may_hold_id() const;

  answer_text text_{answer_form::json};
  json_scanner scanner_;
  resource_kind id_kind_ = resource_kind::none;
  field member_{};
  std::uint32_t interaction_depth_ = 0;  // of an open `interaction` object
  std::vector<pending> open_;            // by object, the innermost last
  std::vector<std::pair<std::uint32_t, pool::time_point>> expiries_;  // by depth
  std::vector<learned_resource> found_;
};

}  // namespace gemkeeper::gemini
