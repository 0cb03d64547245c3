#include "upstream/key_probe.hpp"

#include "http/body_reader.hpp"
#include "http/head.hpp"
#include <gemkeeper/gemini/credential.hpp>
#include <gemkeeper/gemini/json_scanner.hpp>
#include <gemkeeper/gemini/judge.hpp>

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <utility>

namespace gemkeeper::proxy {

namespace {

constexpr std::string_view one_model_target = "/v1beta/models?pageSize=1";
constexpr std::string_view all_models_target = "/v1beta/models?pageSize=1000";
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

awaitable<io_result> fetch(stream& io, std::string_view request, http::response_head& head,
                           std::string& head_bytes, std::string& body) {
  io_result got = co_await io.send(request);
  http::head_scanner scanner;
  const http::head_limits limits{};
  while (got == io_result::ok) {
    const http::head_status found =
        io.in().empty() ? http::head_status::incomplete : scanner.scan(io.in().bytes(), limits);
    if (found == http::head_status::complete) break;
    if (found != http::head_status::incomplete) co_return io_result::failed;
    got = co_await io.fill();
  }
  if (got != io_result::ok) co_return got;
  head_bytes.assign(io.in().bytes().substr(0, scanner.size()));
  io.in().consume(scanner.size());
  if (http::parse_response(head_bytes, limits, head) != http::head_status::complete) {
    co_return io_result::failed;
  }
  http::body_reader reader;
  reader.start(http::frame_response(head, http::answers_head::no));
  for (;;) {
    const std::size_t used =
        reader.feed(io.in().bytes(), [&](std::string_view content) { body += content; });
    io.in().consume(used);
    if (reader.done()) co_return io_result::ok;
    if (reader.status() == http::body_reader::state::bad || body.size() > max_probe_answer) {
      co_return io_result::failed;
    }
    got = co_await io.fill();
    if (got != io_result::ok) co_return reader.finish() ? io_result::ok : got;
  }
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

}  // namespace

awaitable<probe_result> probe_key(connection_pool& route, const upstream_settings& upstream,
                                  std::string_view secret, signal& wake, probe_scope scope) {
  open_result opened = co_await route.open(wake);
  if (opened.connection == nullptr) {
    co_return unanswered(opened.failed == leg::proxy ? "upstream_proxy" : "unreachable",
                         std::move(opened.problem));
  }
  const std::string_view probe_target =
      scope == probe_scope::one_model ? one_model_target : all_models_target;
  const gemini::endpoint endpoint = gemini::classify("GET", probe_target);
  std::string request = fmt::format(
      "GET {}{} HTTP/1.1\r\nHost: {}:{}\r\nUser-Agent: gemkeeper\r\n{}{}\r\n"
      "Connection: close\r\n\r\n",
      upstream.path_prefix, probe_target, upstream.host, upstream.port,
      gemini::credential_prefix(endpoint.family), secret);
  wake.expire_after(probe_timeout);
  http::response_head head;
  std::string head_bytes;
  std::string body;
  const io_result got = co_await fetch(*opened.connection->io, request, head, head_bytes, body);
  OPENSSL_cleanse(request.data(), request.size());
  if (got != io_result::ok) {
    co_return unanswered("no_answer", got == io_result::timed_out
                                          ? "no answer in time"
                                          : "connection closed before a whole answer");
  }
  const http::field* content_type = head.find("Content-Type");
  const gemini::answer answer{
      head.status, content_type != nullptr ? content_type->value : std::string_view{}, {}, body};
  probe_result result;
  result.verdict = gemini::judge(answer, endpoint);
  result.status = head.status;
  if (result.verdict.kind == pool::outcome::success) result.models = count_models(body);
  co_return result;
}

}  // namespace gemkeeper::proxy
