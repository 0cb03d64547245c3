#include "fake_backend.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace gemkeeper::test {

using admin::change_error;

pool::key_id id_of(std::string_view secret) {
  return pool::make_key_id("test", secret);
}

pool::key_spec key_of(std::string_view secret, std::string_view name) {
  pool::key_spec key;
  key.secret = secret;
  key.name = name;
  return key;
}

bool fake_backend::knows(const pool::key_id& id) const {
  return std::ranges::any_of(all, [&](const auto& key) { return key.view.id == id; });
}

void fake_backend::note(std::string_view event, std::string_view message, std::string_view subject,
                        std::string_view actor) {
  notes.emplace_back(event);
  admin::audit_entry& one = trail.emplace_back();
  one.id = static_cast<std::int64_t>(trail.size());
  one.actor = actor;
  one.action = event;
  one.subject = subject;
  one.detail = message;
}

std::vector<admin::audit_entry> fake_backend::audit(std::size_t most,
                                                    std::optional<std::int64_t> before) {
  std::vector<admin::audit_entry> found;
  for (auto one = trail.rbegin(); one != trail.rend() && found.size() < most; ++one) {
    if (!before || one->id < *before) found.push_back(*one);
  }
  return found;
}

std::optional<pool::key_label> fake_backend::label_of(const pool::key_id& id) {
  const auto found = std::ranges::find_if(all, [&](const auto& key) { return key.view.id == id; });
  if (found == all.end()) return std::nullopt;
  return pool::key_label{found->view.name, found->view.project};
}

admin::usage_totals fake_backend::totals() {
  if (!problem.empty()) throw admin::store_failed(problem);
  std::map<std::string, pool::usage_counts> keys, models;
  admin::usage_totals made;
  made.since = since;
  for (const auto& [of, counts] : used) {
    made.all += counts;
    keys[std::string(of.first.view())] += counts;
    models[of.second.value] += counts;
  }
  for (const auto& [name, counts] : keys)
    made.by_key.push_back({name, counts});
  for (const auto& [name, counts] : models)
    made.by_model.push_back({name, counts});
  made.by_client.push_back({"", made.all});
  return made;
}

admin::usage_series fake_backend::usage_over_time(const admin::usage_question& what) {
  if (!problem.empty()) throw admin::bad_question(problem);
  asked = what;
  return series;
}

void fake_backend::reset_totals(const std::optional<pool::key_id>& key, pool::time_point now) {
  std::erase_if(used, [&](const auto& one) { return !key || one.first.first == *key; });
  if (!key) since = now;
}

admin::price_list fake_backend::prices() {
  auto table = pool::built_in_prices().overridden_by(
      overrides.empty() ? pool::price_table() : pool::price_table::parse(overrides, "prices"));
  admin::price_list list{
      std::make_shared<const pool::price_table>(std::move(table)), {}, overrides};
  list.origins.assign(list.table->models().size(), "built-in");
  if (!overrides.empty()) list.origins.front() = "admin API";
  return list;
}

void fake_backend::put_prices(const std::string& json) {
  static_cast<void>(pool::price_table::parse(json, "prices"));
  overrides = json;
}

admin::change_result fake_backend::add(pool::key_spec key) {
  if (!storage_works) return {change_error::storage_failed, {}, {}, "the disk is full"};
  for (const auto& one : all) {
    if (one.view.name == key.name) return {change_error::duplicate_name, one.view.id, {}};
  }
  added = key;
  admin::key_info& info = all.emplace_back();
  info.view.id = id_of(key.secret);
  info.view.name = key.name.empty() ? "key-1" : key.name;
  info.view.fingerprint = pool::fingerprint(key.secret);
  info.view.service = key.service;
  info.from_api = true;
  info.origin = "admin API";
  secrets.push_back(key.secret);
  return {change_error::none, info.view.id, {}};
}

admin::change_result fake_backend::change(const pool::key_id& id, const admin::key_changes& what) {
  changed = what;
  return {knows(id) ? change_error::none : change_error::no_such_key, id, {}};
}

admin::change_result fake_backend::remove(const pool::key_id& id) {
  const auto found = std::ranges::find_if(all, [&](const auto& key) { return key.view.id == id; });
  if (found == all.end()) return {change_error::no_such_key, id, {}};
  if (!found->from_api) return {change_error::configured, id, found->origin};
  all.erase(found);
  return {change_error::none, id, {}};
}

admin::change_result fake_backend::rotate(const pool::key_id& id, std::string secret) {
  if (knows(id)) secrets.push_back(std::move(secret));
  return {knows(id) ? change_error::none : change_error::no_such_key, id, {}};
}

std::string fake_backend::check_secret(std::string_view secret) {
  const bool plain = std::ranges::all_of(secret, [](char c) { return c > ' ' && c < 0x7f; });
  return secret.empty() ? "holds no key" : plain ? "" : "holds control characters";
}

std::optional<pool::key_id> fake_backend::find(std::string_view secret) {
  if (std::ranges::find(secrets, secret) == secrets.end()) return std::nullopt;
  return id_of(secret);
}

admin::key_answer fake_backend::validate(std::string_view, pool::service of) {
  validated = of;
  return google;
}

std::optional<admin::key_answer> fake_backend::probe(const pool::key_id& id) {
  if (!knows(id)) return std::nullopt;
  return google;
}

admin::answer api::call(std::string_view method, std::string_view target, std::string_view body) {
  std::optional<admin::method> how;
  for (const auto one : {admin::method::get, admin::method::post, admin::method::put,
                         admin::method::patch, admin::method::del}) {
    if (admin::to_string(one) == method) how = one;
  }
  const std::size_t mark = std::min(target.find('?'), target.size());
  const admin::found_route found = admin::find_route(how, target.substr(0, mark));
  BOOST_REQUIRE_MESSAGE(found.at != nullptr, "no route for " << method << " " << target);
  admin::request asked;
  asked.path = target.substr(0, mark);
  asked.query = target.substr(std::min(mark + 1, target.size()));
  asked.body = body;
  asked.parameter = found.parameter;
  return admin::handle(in, *found.at, asked);
}

rapidjson::Document api::json(std::string_view method, std::string_view target,
                              std::string_view body, int status) {
  const admin::answer made = call(method, target, body);
  BOOST_TEST(made.status == status, made.body);
  rapidjson::Document document;
  document.Parse(made.body.data(), made.body.size());
  BOOST_REQUIRE_MESSAGE(!document.HasParseError(), made.body);
  return document;
}

std::string api::error(std::string_view method, std::string_view target, std::string_view body) {
  const admin::answer made = call(method, target, body);
  rapidjson::Document document;
  document.Parse(made.body.data(), made.body.size());
  if (!document.IsObject() || !document.HasMember("error")) return fmt::format("{}", made.status);
  const auto& what = document["error"];
  BOOST_TEST(what["message"].GetStringLength() > 10U);
  return fmt::format("{} {}{}{}", made.status, what["code"].GetString(),
                     what.HasMember("field") ? " " : "",
                     what.HasMember("field") ? what["field"].GetString() : "");
}

admin::client_change fake_backend::add_client(const admin::client_edit& what) {
  edited = what;
  admin::client_change made;
  made.error = client_error;
  made.id = "c0ffee";
  if (client_error != admin::client_error::none) return made;
  made.token = "gk_the-token-of-a-client";
  admin::client_info& one = all_clients.emplace_back();
  one.view.id = made.id;
  one.view.name = what.name.value_or("");
  one.view.enabled = what.enabled.value_or(true);
  one.limits = what.limits.value_or(pool::limit_set{});
  one.from_api = true;
  one.origin = "admin API";
  return made;
}

admin::client_change fake_backend::change_client(std::string_view id,
                                                 const admin::client_edit& what) {
  edited = what;
  admin::client_change made;
  made.error = client_error;
  made.id = id;
  made.origin = "clients.toml";
  made.problem = "the disk is full";
  return made;
}

admin::client_change fake_backend::remove_client(std::string_view id) {
  return change_client(id, {});
}

admin::client_change fake_backend::rotate_client(std::string_view id) {
  admin::client_change made = change_client(id, {});
  if (made.error == admin::client_error::none) made.token = "gk_another-token";
  return made;
}

admin::client_change fake_backend::change_project(std::string_view name,
                                                  const admin::project_edit& what) {
  admin::client_change made;
  made.error = client_error;
  made.origin = "[[projects]]";
  if (made.error != admin::client_error::none) return made;
  admin::project_info& one = all_projects.emplace_back();
  one.view.spec = {pool::project_name(name), what.limits.value_or(pool::limit_set{}),
                   what.quota.value_or(pool::quota_set{})};
  return made;
}

}  // namespace gemkeeper::test
