// Logging in and out of the dashboard.
#include "json_input.hpp"
#include "json_output.hpp"
#include "router.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>

namespace gemkeeper::admin {
namespace {

using std::chrono::steady_clock;

// A script cannot read it, and requests that another site causes do not carry it.
std::string cookie(const request& asked, std::string_view value, std::chrono::seconds age) {
  return fmt::format("{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Strict{}",
                     session_cookie(asked.host), value, age.count(), asked.https ? "; Secure" : "");
}

answer shown(const context& in, bool logged_in) {
  json_output json;
  json.begin_object();
  json.member("version", in.version);
  json.member("needs_token", in.needs_token);
  json.member("logged_in", logged_in || !in.needs_token);
  json.end_object();
  return to_answer(json);
}

}  // namespace

answer show_session(context& in, const request& asked) {
  return shown(in, in.sessions.holds(session_of(asked.cookie, asked.host), steady_clock::now()));
}

answer open_session(context& in, const request& asked) {
  const rapidjson::Document document = parse_object(asked.body);
  members body(document);
  std::optional<std::string> token = body.text("token");
  body.finish();
  if (!token) {
    throw refusal(422, "missing_field", "token is missing: send {\"token\": \"…\"}", "token");
  }
  const bool right = !in.needs_token || in.rules.is_token(*token);
  OPENSSL_cleanse(token->data(), token->size());
  if (!right) {
    answer made = to_answer(
        refusal(401, "wrong_token", "this is not the admin token (admin.token)", "token"));
    made.guessed = true;
    return made;
  }
  answer made = shown(in, true);
  if (!in.needs_token) return made;
  in.sessions.close(session_of(asked.cookie, asked.host));
  made.fields.emplace_back(
      "Set-Cookie", cookie(asked, in.sessions.open(steady_clock::now()), session_store::age_limit));
  note(in, asked, "logged_in", "somebody logged in to the dashboard", {});
  return made;
}

answer close_session(context& in, const request& asked) {
  in.sessions.close(session_of(asked.cookie, asked.host));
  answer made;
  made.status = 204;
  made.fields.emplace_back("Set-Cookie", cookie(asked, "", std::chrono::seconds(0)));
  return made;
}

}  // namespace gemkeeper::admin
