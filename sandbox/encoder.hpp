// Content codings, piece by piece: after each piece all that was given can be decoded.
#pragma once

#include <gemkeeper/sandbox/scenario.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace gemkeeper::sandbox {

class encoder {
 public:
  enum class flush : std::uint8_t { piece, end };

  explicit encoder(compression coding);
  ~encoder();
  encoder(encoder&&) noexcept;
  encoder& operator=(encoder&&) noexcept;

  void append(std::string& out, std::string_view piece, flush how);

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

// `wished` if the Accept-Encoding field admits it, else gzip if that, else none.
compression negotiate(compression wished, std::string_view accept_encoding);

// "gzip", "br"; empty for none.
std::string_view coding_name(compression coding);

}  // namespace gemkeeper::sandbox
