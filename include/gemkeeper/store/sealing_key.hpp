// The master key under which secrets lie in the database: AES-256-GCM (NIST SP 800-38D) with a
// random 96-bit nonce for each seal, which is safe for 2^32 seals.
#pragma once

#include <gemkeeper/pool/ids.hpp>

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace gemkeeper::store {

// What a sealed text is for. It is authenticated with the text, so one column's seal is no good in
// another, nor one key's for another key.
enum class sealed_field : std::uint8_t { secret, proxy };

// Thread-safety: const members may be called from any thread. The key is wiped from memory when it
// is destroyed or moved from. All errors are `error` of kind `sealing`; none shows key or text.
class sealing_key {
 public:
  static constexpr std::size_t size = 32;

  // A file of 32 bytes, or of their hex or base64 text; made with mode 0600 and random bytes when
  // there is none. A systemd credential is such a file as well, but is never made: `read`.
  static sealing_key from_file(const std::filesystem::path& path);
  static sealing_key read(const std::filesystem::path& path);
  // `text`: hex or base64 of 32 bytes. `source` names it in errors ("GEMKEEPER_MASTER_KEY").
  static sealing_key from_text(std::string_view text, std::string_view source);
  static sealing_key random();

  sealing_key(sealing_key&& other) noexcept;
  sealing_key& operator=(sealing_key&& other) noexcept;
  sealing_key(const sealing_key&) = delete;
  sealing_key& operator=(const sealing_key&) = delete;
  ~sealing_key();

  // Four bytes of a hash, as hex: which master key this is, and nothing about it.
  [[nodiscard]] std::string check_value() const;

  // 32 bytes for another purpose, always the same ones, which say nothing about the key:
  // HMAC-SHA256 of `purpose`.
  [[nodiscard]] std::string derived(std::string_view purpose) const;

  // Format: version 1 (1 byte), check value (4), nonce (12), tag (16), ciphertext.
  [[nodiscard]] std::string seal(const pool::key_id& id, sealed_field field,
                                 std::string_view text) const;
  // The caller wipes the result when done with it (OPENSSL_cleanse).
  [[nodiscard]] std::string unseal(const pool::key_id& id, sealed_field field,
                                   std::string_view sealed) const;

 private:
  sealing_key() = default;
  [[nodiscard]] std::array<unsigned char, 4> check_bytes() const;

  std::array<unsigned char, size> key_{};
};

}  // namespace gemkeeper::store
