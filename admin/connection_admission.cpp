// What is refused by a request's head alone: a malformed one, somebody who may not, a path or a
// method that is not served, a body of another type.
#include "connection.hpp"

#include <fmt/format.h>

namespace gemkeeper::admin {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using std::chrono::steady_clock;

std::optional<method> method_of(http::verb verb) {
  switch (verb) {
    case http::verb::get:
    case http::verb::head:
      return method::get;
    case http::verb::post:
      return method::post;
    case http::verb::put:
      return method::put;
    case http::verb::patch:
      return method::patch;
    case http::verb::delete_:
      return method::del;
    default:
      return std::nullopt;
  }
}

// "application/json", with parameters or without.
bool is_json(std::string_view type) {
  constexpr std::string_view json = "application/json";
  std::string_view name = type.substr(0, type.find(';'));
  while (name.ends_with(' ') || name.ends_with('\t'))
    name.remove_suffix(1);
  return beast::iequals({name.data(), name.size()}, {json.data(), json.size()});
}

}  // namespace

std::optional<answer> connection::judge_head() {
  const auto& head = parser_->get();
  const auto bad = [](std::string_view message) {
    return refusal_answer(400, "malformed_request", message);
  };
  if (head.count(http::field::host) != 1) return bad("a request needs one Host field");
  const std::size_t codings = head.count(http::field::transfer_encoding);
  if (codings > 1 || (codings == 1 && field(http::field::transfer_encoding) != "chunked")) {
    return bad("no Transfer-Encoding but chunked is known here");
  }
  const std::string_view target = view(head.target());
  if (!target.starts_with('/')) return bad("the target must be a path");
  found_ = find_route(method_of(head.method()), target.substr(0, target.find('?')));
  if (auto refused = judge_access()) return refused;
  if (found_.allow.empty()) {
    return refusal_answer(404, "no_such_path", "there is nothing here: see GET /openapi.json");
  }
  if (found_.at == nullptr) {
    answer made = refusal_answer(405, "method_not_allowed",
                                 fmt::format("this path has {} only", found_.allow));
    made.fields.emplace_back("Allow", found_.allow);
    return made;
  }
  return judge_content();
}

std::optional<answer> connection::judge_access() {
  credentials given;
  given.authorization = field(http::field::authorization);
  given.host = field(http::field::host);
  given.origin = field(http::field::origin);
  const auto& head = parser_->get();
  const auto site = head.find("Sec-Fetch-Site");
  if (site != head.end()) given.fetch_site = view(site->value());
  given.changes = head.method() != http::verb::get && head.method() != http::verb::head;
  given.session = shared_.sessions.holds(session_of(field(http::field::cookie), given.host),
                                         steady_clock::now());
  const audience who = found_.at == nullptr ? audience::operators : found_.at->who;
  const verdict said = shared_.rules.judge(given, who);
  switch (said) {
    case verdict::admitted:
      return std::nullopt;
    case verdict::foreign_host:
      return refusal_answer(403, "foreign_host",
                            "without admin.token the admin API answers to loopback names only: ask "
                            "for localhost or 127.0.0.1, or set admin.token");
    case verdict::foreign_origin:
      return refusal_answer(403, "foreign_origin",
                            "a page of another site may not use the admin API");
    case verdict::wrong_token:
      pause_ = shared_.pauses.failed(source_, steady_clock::now());
      break;
    case verdict::no_token:
      break;
  }
  const bool wrong = said == verdict::wrong_token;
  answer made = refusal_answer(401, wrong ? "wrong_token" : "token_needed",
                               wrong ? "this is not the admin token (admin.token)"
                                     : "send Authorization: Bearer with the admin token "
                                       "(admin.token)");
  made.fields.emplace_back("WWW-Authenticate",
                           wrong ? R"(Bearer realm="gemkeeper admin", error="invalid_token")"
                                 : R"(Bearer realm="gemkeeper admin")");
  return made;
}

std::optional<answer> connection::judge_content() {
  const route& by = *found_.at;
  if (by.how == method::get) return std::nullopt;
  const std::string_view type = field(http::field::content_type);
  const bool has_body = parser_->chunked() || parser_->content_length().value_or(0) != 0;
  const bool may_be_empty = by.body.empty() || by.body == "Empty" || by.body == "ResetCredits";
  if (!has_body && type.empty() && may_be_empty) return std::nullopt;
  if (is_json(type)) return std::nullopt;
  return refusal_answer(415, "unsupported_media_type",
                        "the body must be JSON: send Content-Type: application/json");
}

}  // namespace gemkeeper::admin
