// Lists that Google keeps per project, shown as one: `GET /v1beta/files` and the like. Pure
// functions on values; not for the data path of generation.
//
// The projects are asked one after another in the order of `pool::key_pool::projects`, each to its
// end before the next: the items of a merged list stand together by project, in Google's order
// within one. A page holds what the client asked for (`pageSize`, OpenAI's `limit`) unless the list
// ends; what one project leaves of it is asked of the next.
//
// The data path makes one `list_merger` per request, asks what `next` says, each question pinned to
// its project, and answers with `finish`.
#pragma once

#include <gemkeeper/gemini/endpoint.hpp>
#include <gemkeeper/pool/page_token.hpp>
#include <gemkeeper/pool/project_ref.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gemkeeper::gemini {

enum class list_style : std::uint8_t {
  native,  // pageSize, pageToken, nextPageToken
  openai,  // limit, after; data, has_more, first_id, last_id
};

struct list_shape {
  std::string_view items;  // the member that holds them
  list_style style = list_style::native;
  unsigned default_size = 50;  // of a page, where the client does not say
  unsigned max_size = 1000;
};
// Nothing: this is no list of all projects (a store's documents are its own project's).
std::optional<list_shape> mergeable_list(const endpoint& asked);

// What the client asks for. A size of 0, or none that can be read, is as if it had not said.
struct list_request {
  std::optional<unsigned> size;
  std::string place;  // pageToken or after, percent-decoded; empty: from the beginning
};
list_request read_list_request(const list_shape& shape, std::string_view target);

// The same list as asked of one project.
struct list_question {
  pool::project_ref project;
  std::optional<unsigned> size;  // not set: as Google would have it
  std::string place;
};
// Appends `target` with these instead of the client's own size and place.
void append_list_target(std::string& out, const list_shape& shape, std::string_view target,
                        const list_question& question);

class list_merger {
 public:
  // `projects` in order. `from`: where the client's token (`pool::open_page_token`) points, or for
  // OpenAI the owner of the item `after`; nothing: from the beginning. A project that is gone since
  // is passed over.
  list_merger(const list_shape& shape, std::vector<pool::project_ref> projects,
              const std::optional<pool::page_cursor>& from, std::optional<unsigned> size);

  // Whom to ask now, and what. Nothing: the page is complete.
  [[nodiscard]] std::optional<list_question> next() const;
  // The answer to it. False: it is no such list, and nothing is taken.
  bool take(std::string_view body);
  // This project cannot be asked; the list goes on without it.
  void pass_over();

  // The page. Nothing: a token of Google's is too long to be handed on.
  [[nodiscard]] std::optional<std::string> finish(std::string_view secret,
                                                  std::string_view scope) const;

 private:
  void go_on();

  list_shape shape_;
  std::vector<pool::project_ref> projects_;
  std::size_t at_ = 0;    // which is being asked
  std::string place_;     // in it
  bool sized_ = false;    // by the client
  std::size_t size_ = 0;  // of the page
  std::size_t count_ = 0;
  std::string items_;
  std::string first_id_, last_id_;  // as they stand in the answers, with their quotes
};

}  // namespace gemkeeper::gemini
