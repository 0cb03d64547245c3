// What never changes of a key. Shared by the pool and the leases: a lease keeps the secret alive
// when its key is removed, renamed, moved or given another proxy meanwhile.
#pragma once

#include <gemkeeper/pool/key.hpp>

#include <openssl/crypto.h>

#include <string>
#include <utility>

namespace gemkeeper::pool::detail {

struct key_entry {
  key_entry(const key_id& i, std::string s, std::string n, std::string p, project_name of)
      : id(i),
        secret(std::move(s)),
        name(std::move(n)),
        proxy(std::move(p)),
        project(std::move(of)) {}
  key_entry(const key_entry&) = delete;
  key_entry& operator=(const key_entry&) = delete;
  ~key_entry() {
    OPENSSL_cleanse(secret.data(), secret.size());
    OPENSSL_cleanse(proxy.data(), proxy.size());
  }

  const key_id id;
  std::string secret;
  const std::string name;
  std::string proxy;
  const project_name project;  // as declared
};

}  // namespace gemkeeper::pool::detail
