// GET /api/v1/audit.
#include "json_output.hpp"
#include "query.hpp"
#include "router.hpp"

namespace gemkeeper::admin {

answer show_audit(context& in, const request& asked) {
  std::size_t limit = 100;
  if (const std::string_view text = query_value(asked.query, "limit"); !text.empty()) {
    limit = read_page_size(text);
  }
  std::optional<std::int64_t> before;
  if (const std::string_view text = query_value(asked.query, "before"); !text.empty()) {
    std::int64_t id = 0;
    if (!read_number(text, id) || id < 1) {
      throw refusal(400, "invalid_field", "before must be the id of an entry", "before");
    }
    before = id;
  }
  const std::vector<audit_entry> found = in.behind.audit(limit, before);
  json_output json;
  json.begin_object();
  json.key("audit").begin_array();
  for (const audit_entry& one : found) {
    json.begin_object();
    json.member("id", static_cast<std::uint64_t>(one.id));
    json.member("time", one.time);
    json.member("actor", one.actor);
    json.member("action", one.action);
    json.key("subject");
    one.subject.empty() ? json.null() : json.value(one.subject);
    json.member("detail", one.detail);
    json.end_object();
  }
  json.end_array();
  // To ask for more with ?before=.
  json.key("next");
  if (found.size() == limit) {
    json.value(static_cast<std::uint64_t>(found.back().id));
  } else {
    json.null();
  }
  json.end_object();
  return to_answer(json);
}

}  // namespace gemkeeper::admin
