#include "upstream/key_probe.hpp"

#include "upstream/fetch.hpp"
#include <gemkeeper/gemini/credential.hpp>
#include <gemkeeper/gemini/error.hpp>
#include <gemkeeper/gemini/json_scanner.hpp>
#include <gemkeeper/gemini/judge.hpp>

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <iterator>
#include <utility>

namespace gemkeeper::proxy {

namespace {

constexpr std::string_view one_model_target = "/v1beta/models?pageSize=1";
constexpr std::string_view all_models_target = "/v1beta/models?pageSize=1000";
// Of a model that Vertex AI need not have for its answer to tell about the key.
constexpr std::string_view count_target =
    "/v1/publishers/google/models/gemini-2.5-flash:countTokens";
constexpr std::string_view count_body = R"({"contents":[{"role":"user","parts":[{"text":"a"}]}]})";
constexpr std::chrono::seconds probe_timeout{30};
constexpr std::size_t max_probe_answer = 1024 * 1024;

probe_result unanswered(std::string_view where, std::string problem) {
  probe_result result;
  result.verdict.kind = pool::outcome::egress_fault;
  result.verdict.next = pool::next_step::same_again;
  result.verdict.reason = where;
  result.problem = std::move(problem);
  return result;
}

// The objects in the array "models" at the top.
std::size_t count_models(std::string_view answer) {
  gemini::json_scanner scanner;
  std::size_t models = 0;
  bool listed = false;
  using enum gemini::json_token::type;
  for (gemini::json_token at = scanner.next(answer); at.kind != none; at = scanner.next(answer)) {
    if (at.kind == key && scanner.depth() == 1) listed = at.text == "models";
    if (at.kind == open_object && scanner.depth() == 3 && listed) ++models;
  }
  return models;
}

// Whether it looked for the model, which it does not do for a key that it rejects.
bool misses_the_model(const gemini::answer& what) {
  if (what.status != 404) return false;
  const auto error = gemini::parse_error(what.body);
  return error && error->status == "NOT_FOUND";
}

}  // namespace

awaitable<probe_result> probe_key(connection_pool& route, const origin& to, pool::service service,
                                  std::string_view secret, signal& wake, probe_scope scope) {
  open_result opened = co_await route.open(wake);
  if (opened.connection == nullptr) {
    co_return unanswered(opened.failed == leg::proxy ? "upstream_proxy" : "unreachable",
                         std::move(opened.problem));
  }
  const bool count = service == pool::service::vertex;
  const std::string_view method = count ? "POST" : "GET";
  const std::string_view probe_target = count                             ? count_target
                                        : scope == probe_scope::one_model ? one_model_target
                                                                          : all_models_target;
  const gemini::endpoint endpoint = gemini::classify(method, probe_target);
  std::string request = fmt::format(
      "{} {}{} HTTP/1.1\r\nHost: {}:{}\r\nUser-Agent: gemkeeper\r\n{}{}\r\n"
      "Connection: close\r\n",
      method, to.path_prefix, probe_target, to.host, to.port,
      gemini::credential_prefix(endpoint.family), secret);
  if (count) {
    fmt::format_to(std::back_inserter(request),
                   "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
                   count_body.size(), count_body);
  } else {
    request += "\r\n";
  }
  wake.expire_after(probe_timeout);
  fetched said;
  const io_result got = co_await fetch(*opened.connection->io, request, max_probe_answer, said);
  OPENSSL_cleanse(request.data(), request.size());
  if (got != io_result::ok) {
    co_return unanswered("no_answer", got == io_result::timed_out
                                          ? "no answer in time"
                                          : "connection closed before a whole answer");
  }
  const http::field* content_type = said.head.find("Content-Type");
  const gemini::answer answer{said.head.status,
                              content_type != nullptr ? content_type->value : std::string_view{},
                              {},
                              said.body};
  probe_result result;
  result.verdict = gemini::judge(answer, endpoint);
  result.status = said.head.status;
  if (count && misses_the_model(answer)) result.verdict = {};
  const bool success = result.verdict.kind == pool::outcome::success;
  if (success && !count) result.models = count_models(said.body);
  co_return result;
}

}  // namespace gemkeeper::proxy
