// The proxy with a local CA of its own, before an upstream that the test plays.
#pragma once

#include "support/message.hpp"
#include "support/proxy_rig.hpp"
#include "support/raw_upstream.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace gemkeeper::test {

constexpr std::string_view gemini = "generativelanguage.googleapis.com";

class intercept_rig {
  class directory {
   public:
    directory();
    directory(const directory&) = delete;
    directory& operator=(const directory&) = delete;
    ~directory();
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

   private:
    std::filesystem::path path_;
  };

 public:
  explicit intercept_rig(const proxy_rig::adjustment& adjust = {});

  // A client that trusts the local CA, asks for that name and expects it.
  [[nodiscard]] tls_client client_of(std::string_view host) const;
  // Through an open tunnel, before TLS: `opened` by CONNECT to `host` at port 443.
  [[nodiscard]] connection tunnel(std::string_view host = gemini) const;
  // The same with TLS inside.
  [[nodiscard]] connection secured(std::string_view host = gemini) const;
  // Answers the next request at the upstream, which it returns.
  message serve(std::string_view with);

 private:
  directory state_;

 public:
  raw_upstream upstream;
  proxy_rig proxy;
};

}  // namespace gemkeeper::test
