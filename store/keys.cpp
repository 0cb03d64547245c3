#include "limits.hpp"
#include "sql.hpp"
#include <gemkeeper/store/keys.hpp>
#include <gemkeeper/store/meta.hpp>

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>

namespace gemkeeper::store {
namespace {

std::string joined(const std::vector<pool::model_name>& models) {
  std::string lines;
  for (const auto& model : models)
    lines += model.value + '\n';
  return lines;
}

std::vector<pool::model_name> split(std::string_view lines) {
  std::vector<pool::model_name> models;
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    models.emplace_back(lines.substr(0, end));
    lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
  }
  return models;
}

void check(const stored_key& key) {
  const auto fail = [&](std::string_view what) {
    throw error(fault::input, fmt::format("key {}: {}", key.id.view(), what));
  };
  if (key.name.empty()) fail("it has no name");
  if (key.secret.empty()) fail("it has no sealed secret");
  for (const auto& model : key.models) {
    if (model.value.find('\n') != std::string::npos) fail("a model's name has a line end in it");
  }
}

constexpr std::string_view columns =
    "id,name,secret,proxy,project,weight,priority,models,tier,enabled,source,created,service";

stored_key read_row(session& s, const statement& row) {
  stored_key key;
  key.id = id_of(row.text(0));
  key.name = row.text(1);
  key.secret = row.text(2);
  key.proxy = row.text(3);
  key.project = pool::project_name(row.text(4));
  key.weight = static_cast<std::uint32_t>(row.integer(5));
  key.priority = static_cast<std::int32_t>(row.integer(6));
  key.models = split(row.text(7));
  key.tier = static_cast<pool::tier>(row.integer(8));
  key.enabled = row.integer(9) != 0;
  key.source = row.text(10);
  key.created = row.time(11);
  key.service = row.integer(12) == 1 ? pool::service::vertex : pool::service::gemini;
  key.limits = limits_of(s, "key", row.text(0));
  return key;
}

}  // namespace

pool::key_id id_of(std::string_view text) {
  pool::key_id id;
  std::copy_n(text.begin(), std::min(text.size(), id.hex.size()), id.hex.begin());
  return id;
}

limit_map limits_of(session& s, std::string_view scope, std::string_view owner) {
  limit_map limits;
  statement& asked =
      s.prepare("SELECT name,value FROM limits WHERE scope=? AND owner=?").bind(scope, owner);
  while (asked.next())
    limits.emplace(asked.text(0), asked.count(1));
  return limits;
}

void put_limits(session& s, std::string_view scope, std::string_view owner,
                const limit_map& limits) {
  s.prepare("DELETE FROM limits WHERE scope=? AND owner=?").bind(scope, owner).run();
  for (const auto& [name, value] : limits)
    s.prepare("INSERT INTO limits VALUES(?,?,?,?)").bind(scope, owner, name, value).run();
}

stored_key seal(const pool::key_id& id, const pool::key_spec& spec, std::string_view source,
                pool::time_point created, const sealing_key& master) {
  stored_key key{.id = id,
                 .name = spec.name,
                 .secret = master.seal(id, sealed_field::secret, spec.secret),
                 .proxy = {},
                 .project = spec.project,
                 .weight = spec.weight,
                 .priority = spec.priority,
                 .models = spec.models,
                 .limits = to_map(spec.limits, spec.quota),
                 .tier = spec.tier,
                 .service = spec.service,
                 .enabled = spec.enabled,
                 .source = std::string(source),
                 .created = created};
  if (!spec.proxy.empty()) key.proxy = master.seal(id, sealed_field::proxy, spec.proxy);
  return key;
}

pool::key_spec unseal(const stored_key& key, const sealing_key& master) {
  pool::key_spec spec;
  spec.secret = master.unseal(key.id, sealed_field::secret, key.secret);
  spec.name = key.name;
  spec.project = key.project;
  spec.weight = key.weight;
  spec.priority = key.priority;
  spec.models = key.models;
  spec.limits = limits_in(key.limits);
  spec.quota = quota_in(key.limits);
  spec.tier = key.tier;
  spec.service = key.service;
  spec.enabled = key.enabled;
  if (!key.proxy.empty()) spec.proxy = master.unseal(key.id, sealed_field::proxy, key.proxy);
  return spec;
}

void add_key(session& s, const stored_key& key) {
  check(key);
  statement& same =
      s.prepare("SELECT id FROM keys WHERE id=? OR name=?").bind(key.id.view(), key.name);
  if (same.next()) {
    const std::string id = same.text(0);
    same.rewind();
    throw error(
        fault::duplicate,
        id == key.id.view()
            ? fmt::format("key {} is stored already", id)
            : fmt::format("the name \"{}\" is taken by key {}: choose another", key.name, id));
  }
  s.prepare(fmt::format("INSERT INTO keys({}) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)", columns))
      .bind(key.id.view(), key.name, blob{key.secret}, blob{key.proxy}, key.project.value,
            key.weight, key.priority, joined(key.models), static_cast<int>(key.tier), key.enabled,
            key.source, key.created, static_cast<int>(key.service))
      .run();
  put_limits(s, "key", key.id.view(), key.limits);
}

void update_key(session& s, const stored_key& key) {
  check(key);
  statement& same =
      s.prepare("SELECT id FROM keys WHERE name=? AND id<>?").bind(key.name, key.id.view());
  if (same.next()) {
    const std::string id = same.text(0);
    same.rewind();
    throw error(fault::duplicate,
                fmt::format("the name \"{}\" is taken by key {}: choose another", key.name, id));
  }
  s.prepare(
       "UPDATE keys SET name=?,secret=?,proxy=?,project=?,weight=?,priority=?,models=?,tier=?,"
       "enabled=?,source=?,service=? WHERE id=?")
      .bind(key.name, blob{key.secret}, blob{key.proxy}, key.project.value, key.weight,
            key.priority, joined(key.models), static_cast<int>(key.tier), key.enabled, key.source,
            static_cast<int>(key.service), key.id.view())
      .run();
  if (s.changed() == 0) {
    throw error(fault::input, fmt::format("no key {} is stored", key.id.view()));
  }
  put_limits(s, "key", key.id.view(), key.limits);
}

bool remove_key(session& s, const pool::key_id& id) {
  s.prepare("DELETE FROM keys WHERE id=?").bind(id.view()).run();
  const bool there = s.changed() != 0;
  put_limits(s, "key", id.view(), {});
  s.prepare("DELETE FROM quarantines WHERE key=?").bind(id.view()).run();
  s.prepare("DELETE FROM day_counts WHERE key=?").bind(id.view()).run();
  return there;
}

std::vector<stored_key> keys(session& s) {
  std::vector<stored_key> all;
  statement& rows = s.prepare(fmt::format("SELECT {} FROM keys ORDER BY name", columns));
  while (rows.next())
    all.push_back(read_row(s, rows));
  return all;
}

std::optional<stored_key> find_key(session& s, const pool::key_id& id) {
  statement& row =
      s.prepare(fmt::format("SELECT {} FROM keys WHERE id=?", columns)).bind(id.view());
  std::optional<stored_key> key;
  if (row.next()) key = read_row(s, row);
  row.rewind();
  return key;
}

void put_key_changes(session& s, const pool::key_id& id, const field_map& all) {
  s.prepare("DELETE FROM key_changes WHERE key=?").bind(id.view()).run();
  statement& row = s.prepare("INSERT INTO key_changes VALUES(?,?,?)");
  for (const auto& [name, value] : all)
    row.bind(id.view(), name, value).run();
}

std::map<pool::key_id, field_map> key_changes(session& s) {
  std::map<pool::key_id, field_map> all;
  statement& rows = s.prepare("SELECT key,field,value FROM key_changes");
  while (rows.next()) {
    const std::string id = rows.text(0);
    pool::key_id key;
    if (id.size() != key.hex.size()) continue;
    std::ranges::copy(id, key.hex.begin());
    all[key].emplace(rows.text(1), rows.text(2));
  }
  return all;
}

void verify_sealing_key(session& s, const sealing_key& master) {
  const std::string known = meta(s, "sealing.check"), given = master.check_value();
  if (known.empty()) {
    set_meta(s, "sealing.check", given);
  } else if (known != given) {
    throw error(fault::sealing,
                fmt::format("the database's secrets are sealed under master key {}, but the one "
                            "given is {}: give that master key (nothing was changed)",
                            known, given));
  }
}

std::size_t reseal_all(session& s, const sealing_key& from, const sealing_key& to) {
  verify_sealing_key(s, from);
  std::vector<stored_key> all = keys(s);
  for (stored_key& key : all) {
    for (const auto& [sealed, field] : {std::pair(&key.secret, sealed_field::secret),
                                        std::pair(&key.proxy, sealed_field::proxy)}) {
      if (sealed->empty()) continue;
      std::string text = from.unseal(key.id, field, *sealed);
      *sealed = to.seal(key.id, field, text);
      OPENSSL_cleanse(text.data(), text.size());
    }
    update_key(s, key);
  }
  set_meta(s, "sealing.check", to.check_value());
  return all.size();
}

}  // namespace gemkeeper::store
