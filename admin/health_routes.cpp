// Probes of orchestrators: without authentication, hence without anything worth hiding.
#include "json_output.hpp"
#include "router.hpp"

namespace gemkeeper::admin {
namespace {

answer plain(std::string_view text) {
  answer made;
  made.type = "text/plain; charset=utf-8";
  made.body = text;
  return made;
}

}  // namespace

answer live(context&, const request&) {
  return plain("ok\n");
}

answer started(context&, const request&) {
  return plain("ok\n");
}

answer ready(context& in, const request&) {
  const readiness now = in.behind.ready();
  std::vector<std::string_view> problems;
  if (!now.listening) problems.emplace_back("the proxy does not listen");
  if (now.draining) problems.emplace_back("the proxy is stopping");
  if (now.counts.total == 0) {
    problems.emplace_back("no API key is configured");
  } else if (now.counts.healthy + now.counts.cooling + now.counts.exhausted == 0) {
    problems.emplace_back("no API key is usable");
  }
  // Where and why is the log's: this is read without authentication.
  if (!now.storage_works) problems.emplace_back("the storage does not work: see the log");
  json_output json;
  json.begin_object();
  json.member("ready", problems.empty());
  json.key("problems").begin_array();
  for (const std::string_view one : problems)
    json.value(one);
  json.end_array();
  json.end_object();
  answer made;
  made.status = problems.empty() ? 200 : 503;
  made.body = json.text();
  return made;
}

}  // namespace gemkeeper::admin
