#include "admin_client.hpp"
#include "config/setting.hpp"
#include <gemkeeper/app/admin_commands.hpp>
#include <gemkeeper/app/check.hpp>

#include <fmt/format.h>
#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>

namespace gemkeeper::app {
namespace {

using question = health_command::question;

// Probes wait no longer: Kubernetes gives them a second unless it is told otherwise.
constexpr std::chrono::seconds patience{5};
constexpr int well = 200;
constexpr int ill = 503;

struct verdict {
  bool good = false;
  std::vector<std::string> problems;
};

// Of /readyz: {"ready": false, "problems": [...]}.
std::vector<std::string> problems_in(const std::string& body) {
  std::vector<std::string> all;
  rapidjson::Document document;
  document.Parse(body.data(), body.size());
  if (document.HasParseError() || !document.IsObject()) return all;
  const auto found = document.FindMember("problems");
  if (found == document.MemberEnd() || !found->value.IsArray()) return all;
  for (const auto& one : found->value.GetArray()) {
    if (one.IsString()) all.emplace_back(one.GetString(), one.GetStringLength());
  }
  return all;
}

verdict ask(const admin_settings& where, question about) {
  admin_call call;
  call.target = about == question::live ? "/livez" : about == question::ready ? "/readyz" : "/startupz";
  call.patience = patience;
  const admin_reply reply = ask_admin(where, call);
  if (reply.status == well) return {true, {}};
  verdict bad;
  if (reply.status == 0) {
    bad.problems.push_back(reply.problem);
  } else if (reply.status == ill) {
    bad.problems = problems_in(reply.body);
  }
  if (bad.problems.empty()) {
    bad.problems.push_back(fmt::format("the admin API answered with status {}", reply.status));
  }
  return bad;
}

std::string to_json(std::string_view name, const verdict& found) {
  rapidjson::StringBuffer text;
  rapidjson::Writer<rapidjson::StringBuffer> writer(text);
  writer.StartObject();
  writer.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
  writer.Bool(found.good);
  writer.Key("problems");
  writer.StartArray();
  for (const std::string& one : found.problems)
    writer.String(one.data(), static_cast<rapidjson::SizeType>(one.size()));
  writer.EndArray();
  writer.EndObject();
  return std::string(text.GetString(), text.GetSize()) + "\n";
}

}  // namespace

admin_report run_health(const health_command& what, const load_result& loaded) {
  std::vector<problem> in_our_way;
  std::ranges::copy_if(loaded.problems, std::back_inserter(in_our_way), [](const problem& one) {
    return section_of(one.setting) == "admin";
  });
  if (!in_our_way.empty()) return {exit_usage, {}, describe(in_our_way)};

  const verdict found = ask(loaded.admin, what.about);
  const std::string_view name = what.about == question::live    ? "live"
                                : what.about == question::ready ? "ready"
                                                                : "started";
  const int exit_code = found.good ? exit_done : exit_failed;
  if (what.json) return {exit_code, to_json(name, found), {}};
  if (found.good) return {exit_code, fmt::format("{}\n", name), {}};
  return {exit_code, {},
          fmt::format("gemkeeper: not {}: {}\n", name, fmt::join(found.problems, "; "))};
}

}  // namespace gemkeeper::app
