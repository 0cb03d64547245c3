// Clients and their tokens, of which only a hash is kept. Within a transaction; throw `error`.
#pragma once

#include <gemkeeper/store/keys.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gemkeeper::store {

struct client_row {
  std::string id;          // unique, never reused
  std::string name;        // unique
  std::string token_hash;  // bytes of a hash of the token
  limit_map limits;
  pool::time_point created{};
  std::optional<pool::time_point> revoked{};
};

void add_client(session& s, const client_row& client);     // `duplicate` by id, name or token
void update_client(session& s, const client_row& client);  // `input`: none such
bool remove_client(session& s, std::string_view id);
std::vector<client_row> clients(session& s);  // by name, revoked ones too

}  // namespace gemkeeper::store
