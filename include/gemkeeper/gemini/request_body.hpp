// What a request's body tells about routing, found in one pass without a document tree.
#pragma once

#include <gemkeeper/gemini/json_scanner.hpp>
#include <gemkeeper/gemini/resource.hpp>

#include <cstdint>
#include <string_view>

namespace gemkeeper::gemini {

// What is looked for in a body.
enum class body_facts : std::uint8_t {
  routing,    // `model` and `stream`
  resources,  // and every resource that it names: the whole body is read
};

// Finds the top-level `model` (or `agent`) and `stream` members of a JSON body fed in order, split
// anywhere; the first of each counts. With `body_facts::resources`, also the resources named where
// the API expects a name, at any depth: fileUri, cachedContent, previous_interaction_id,
// fileSearchStoreNames, fileName, input_file_id and the like, in either case style (the table is in
// gemini/request_fields.hpp). Text that merely speaks of a resource is none; neither is what stands
// in objects whose members the client chose (a function's arguments and answers, schemas,
// metadata).
//
// Long strings are passed over at memchr speed. Allocates for the resources it finds only; never
// throws on any bytes but std::bad_alloc.
class request_scanner {
 public:
  void reset(body_facts wanted = body_facts::routing);  // for the next request

  void feed(std::string_view json);
  // Nothing more can be learned: all is known, the object ended, or there is none.
  [[nodiscard]] bool done() const { return done_; }
  [[nodiscard]] std::string_view model() const { return model_.view(); }  // without "models/"
  [[nodiscard]] bool stream() const { return stream_ == answer::yes; }
  [[nodiscard]] const resource_set& resources() const { return resources_; }

 private:
  enum class answer : std::uint8_t { unknown, no, yes };
  enum class field : std::uint8_t;  // what a member's value may be
  struct fields;

  void read(const json_token& token);
  void read_routing(const json_token& token);
  void enter(const json_token& token);
  void note(field where, std::string_view text);

  json_scanner scanner_;
  bounded_text model_;
  resource_set resources_;
  field member_{};  // the last name read, where it means something
  field list_{};    // of the innermost array that holds names
  std::uint32_t list_depth_ = 0;
  std::uint32_t session_depth_ = 0;  // of an open `sessionResumption`
  body_facts wanted_ = body_facts::routing;
  answer stream_ = answer::unknown;
  bool done_ = false;
};

}  // namespace gemkeeper::gemini
