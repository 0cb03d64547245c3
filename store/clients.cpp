#include "limits.hpp"
#include "sql.hpp"
#include <gemkeeper/store/clients.hpp>

#include <fmt/format.h>

namespace gemkeeper::store {
namespace {

void check(session& s, const client_row& client, std::string_view own_id) {
  if (client.id.empty() || client.name.empty() || client.token_hash.empty()) {
    throw error(fault::input, "a client needs an id, a name and the hash of a token");
  }
  statement& same =
      s.prepare("SELECT id,name FROM clients WHERE (id=? OR name=? OR token_hash=?) AND id<>?")
          .bind(client.id, client.name, blob{client.token_hash}, own_id);
  if (!same.next()) return;
  const std::string id = same.text(0), name = same.text(1);
  same.rewind();
  throw error(fault::duplicate,
              name == client.name
                  ? fmt::format("the name \"{}\" is taken by client {}: choose another", name, id)
                  : fmt::format("client {} has the same {}", id,
                                id == client.id ? "id" : "token: make a new one"));
}

}  // namespace

void add_client(session& s, const client_row& client) {
  check(s, client, "");
  s.prepare("INSERT INTO clients VALUES(?,?,?,?,?)")
      .bind(client.id, client.name, blob{client.token_hash}, client.created, client.revoked)
      .run();
  put_limits(s, "client", client.id, client.limits);
}

void update_client(session& s, const client_row& client) {
  check(s, client, client.id);
  s.prepare("UPDATE clients SET name=?,token_hash=?,revoked=? WHERE id=?")
      .bind(client.name, blob{client.token_hash}, client.revoked, client.id)
      .run();
  if (s.changed() == 0) throw error(fault::input, fmt::format("no client {} is stored", client.id));
  put_limits(s, "client", client.id, client.limits);
}

bool remove_client(session& s, std::string_view id) {
  s.prepare("DELETE FROM clients WHERE id=?").bind(id).run();
  const bool there = s.changed() != 0;
  put_limits(s, "client", id, {});
  return there;
}

std::vector<client_row> clients(session& s) {
  std::vector<client_row> all;
  statement& rows =
      s.prepare("SELECT id,name,token_hash,created,revoked FROM clients ORDER BY name");
  while (rows.next()) {
    all.push_back({rows.text(0), rows.text(1), rows.text(2), limits_of(s, "client", rows.text(0)),
                   rows.time(3), rows.maybe_time(4)});
  }
  return all;
}

}  // namespace gemkeeper::store
