// What belongs to one project at Google and not to the others: files, caches, batches and the like,
// by their names. Pure functions on bytes (protocol document, 1.2 to 1.6 and 6).
#pragma once

#include <gemkeeper/gemini/endpoint.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gemkeeper::gemini {

enum class resource_kind : std::uint8_t {
  none,
  file,  // generated ones too
  cached_content,
  tuned_model,
  batch,
  operation,          // "operations/o", "models/m/operations/o"
  file_search_store,  // its documents and operations too
  corpus,
  interaction,
  auth_token,  // a secret: an ephemeral token
  upload,      // a secret: the id of a resumable upload
  session,     // a secret: what resumes a Live session
  agent,
  environment,
  trigger,
  webhook,
  credential,
  voice,
};
// "files", "cachedContents", …; empty for `none`.
std::string_view collection_of(resource_kind kind);
// Of a name as `append_resource` writes it.
resource_kind kind_of(std::string_view name);

// Appends the one name that a resource has here, however it is written: "files/abc" for
// "files/abc", "/v1beta/files/abc:download",
// "https://generativelanguage.googleapis.com/v1/files/abc", "openai/files/files%2Fabc". A part is
// named by its root: "fileSearchStores/s" for "fileSearchStores/s/documents/d". `none`, and nothing
// is appended, for everything else: another host's address, a collection without an id, a model, an
// id that no Google id looks like.
resource_kind append_resource(std::string& out, std::string_view text);
// As above, for an id that stands alone: ("interaction", "v1_x") is "interactions/v1_x". Text that
// names a resource of that kind in full will do too.
resource_kind append_resource(std::string& out, resource_kind kind, std::string_view id);

// The resources that a request or an answer names, each once, in the order they were met. Keeps its
// memory over `clear`. Of a secret kind the names are secrets.
class resource_set {
 public:
  // Further ones are left out, and `overflowed` says so: Google judges them.
  static constexpr std::size_t max_names = 64;

  void clear();
  // As `append_resource`; `none`: it is no resource's name.
  resource_kind add(std::string_view text);
  resource_kind add(resource_kind kind, std::string_view id);

  // What a request line names: its path, and the parameters `name`, `access_token`, `key`,
  // `upload_id`.
  void add_target(std::string_view target);
  // An ephemeral token where an API key would stand: the value of `x-goog-api-key` or
  // `Authorization` as the client sent it. Other credentials are left alone.
  void add_credential(std::string_view value);

  [[nodiscard]] bool empty() const { return ends_.empty(); }
  [[nodiscard]] std::size_t size() const { return ends_.size(); }
  // Valid until the next change.
  [[nodiscard]] std::string_view operator[](std::size_t i) const;
  [[nodiscard]] bool overflowed() const { return overflowed_; }

 private:
  void keep(std::size_t begin);

  std::string text_;                 // all names, one after another
  std::vector<std::uint32_t> ends_;  // where each ends
  bool overflowed_ = false;
};

}  // namespace gemkeeper::gemini
