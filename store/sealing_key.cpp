#include <gemkeeper/store/error.hpp>
#include <gemkeeper/store/sealing_key.hpp>

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>

namespace gemkeeper::store {
namespace {

namespace fs = std::filesystem;

constexpr unsigned char format_version = 1;
constexpr std::size_t check_size = 4, nonce_size = 12, tag_size = 16;
constexpr std::size_t head_size = 1 + check_size + nonce_size + tag_size;
constexpr std::string_view check_label = "gemkeeper sealing key check, version 1";

struct free_context {
  void operator()(EVP_CIPHER_CTX* c) const { EVP_CIPHER_CTX_free(c); }
};
using context = std::unique_ptr<EVP_CIPHER_CTX, free_context>;

[[noreturn]] void fail(const std::string& message) {
  throw error(fault::sealing, message);
}

void must(bool done) {
  if (!done) fail("OpenSSL cannot do AES-256-GCM (check its configuration and providers)");
}

unsigned char* bytes(char* p) {
  return reinterpret_cast<unsigned char*>(p);
}
const unsigned char* bytes(const char* p) {
  return reinterpret_cast<const unsigned char*>(p);
}

std::string purpose(const pool::key_id& id, sealed_field field) {
  return fmt::format("gemkeeper {} of key {}", field == sealed_field::secret ? "secret" : "proxy",
                     id.view());
}

int value_of_hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool decode_hex(std::string_view text, unsigned char* out) {
  for (std::size_t i = 0; i < sealing_key::size; ++i) {
    const int high = value_of_hex(text[2 * i]), low = value_of_hex(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    out[i] = static_cast<unsigned char>(high * 16 + low);
  }
  return true;
}

// 32 bytes are 43 characters and one of padding, which may be missing; URL-safe ones count too.
bool decode_base64(std::string_view text, unsigned char* out) {
  std::array<char, 44> whole{};
  std::ranges::transform(text, whole.begin(), [](char c) {
    return c == '-' ? '+' : c == '_' ? '/' : c;
  });
  if (text.size() == 43) whole[43] = '=';
  std::array<unsigned char, 33> decoded{};
  const bool good = whole[43] == '=' && whole[42] != '=' &&
                    EVP_DecodeBlock(decoded.data(), bytes(whole.data()), 44) == 33;
  if (good) std::copy_n(decoded.begin(), sealing_key::size, out);
  OPENSSL_cleanse(whole.data(), whole.size());
  OPENSSL_cleanse(decoded.data(), decoded.size());
  return good;
}

bool decode(std::string_view text, unsigned char* out) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' '))
    text.remove_suffix(1);
  if (text.size() == 2 * sealing_key::size) return decode_hex(text, out);
  if (text.size() == 43 || text.size() == 44) return decode_base64(text, out);
  return false;
}

[[noreturn]] void fail_file(std::string_view what, const fs::path& path, int problem) {
  fail(
      fmt::format("cannot {} the master key \"{}\": {} (it must be a file of 32 random bytes that "
                  "the owner alone can read)",
                  what, path.native(), std::strerror(problem)));
}

// Whole or not at all, also when two processes start at once: the second finds the first one's.
void make_file(const fs::path& path) {
  std::array<unsigned char, sealing_key::size> fresh{};
  if (RAND_bytes(fresh.data(), sealing_key::size) != 1) fail("the system gives no random bytes");
  fs::path part = path;
  part += fmt::format(".{}", ::getpid());
  const int file = ::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file < 0) fail_file("make", path, errno);
  const bool done =
      ::write(file, fresh.data(), fresh.size()) == static_cast<ssize_t>(fresh.size()) &&
      ::fsync(file) == 0 && (::link(part.c_str(), path.c_str()) == 0 || errno == EEXIST);
  const int problem = errno;
  ::close(file);
  ::unlink(part.c_str());
  OPENSSL_cleanse(fresh.data(), fresh.size());
  if (!done) fail_file("make", path, problem);
}

}  // namespace

sealing_key sealing_key::read(const fs::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) fail_file("read", path, errno);
  struct stat status {};
  std::array<char, 128> content{};
  const bool told = ::fstat(file, &status) == 0;
  const ssize_t got = ::read(file, content.data(), content.size());
  const int problem = errno;
  ::close(file);
  if (!told || got < 0) fail_file("read", path, problem);
  if ((status.st_mode & S_IRWXO) != 0) {
    OPENSSL_cleanse(content.data(), content.size());
    fail(fmt::format("everybody can read the master key \"{}\": chmod 600 it", path.native()));
  }
  sealing_key key;
  const std::string_view text(content.data(), static_cast<std::size_t>(got));
  bool good = true;
  if (text.size() == size) {
    std::copy_n(bytes(text.data()), size, key.key_.begin());
  } else {
    good = decode(text, key.key_.data());
  }
  OPENSSL_cleanse(content.data(), content.size());
  if (!good) {
    fail(
        fmt::format("the master key \"{}\" is damaged: it should hold 32 bytes, or their hex or "
                    "base64 (restore it; a new one cannot open what this one sealed)",
                    path.native()));
  }
  return key;
}

sealing_key sealing_key::from_file(const fs::path& path) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) make_file(path);
  return read(path);
}

sealing_key sealing_key::from_text(std::string_view text, std::string_view source) {
  sealing_key key;
  if (!decode(text, key.key_.data())) {
    fail(
        fmt::format("{}: not 32 bytes in hex (64 digits) or base64 (44 characters); "
                    "`openssl rand -hex 32` makes such a key",
                    source));
  }
  return key;
}

sealing_key sealing_key::random() {
  sealing_key key;
  if (RAND_bytes(key.key_.data(), size) != 1) fail("the system gives no random bytes");
  return key;
}

sealing_key::sealing_key(sealing_key&& other) noexcept : key_(other.key_) {
  OPENSSL_cleanse(other.key_.data(), size);
}

sealing_key& sealing_key::operator=(sealing_key&& other) noexcept {
  if (this == &other) return *this;
  key_ = other.key_;
  OPENSSL_cleanse(other.key_.data(), size);
  return *this;
}

sealing_key::~sealing_key() {
  OPENSSL_cleanse(key_.data(), size);
}

std::array<unsigned char, 4> sealing_key::check_bytes() const {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  must(HMAC(EVP_sha256(), key_.data(), static_cast<int>(size), bytes(check_label.data()),
            check_label.size(), digest.data(), nullptr) != nullptr);
  return {digest[0], digest[1], digest[2], digest[3]};
}

std::string sealing_key::derived(std::string_view purpose) const {
  const std::string text = "gemkeeper derived key\n" + std::string(purpose);
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned length = 0;
  must(HMAC(EVP_sha256(), key_.data(), static_cast<int>(size), bytes(text.data()), text.size(),
            mac.data(), &length) != nullptr);
  return {mac.begin(), mac.begin() + length};
}

std::string sealing_key::check_value() const {
  const auto b = check_bytes();
  return fmt::format("{:02x}{:02x}{:02x}{:02x}", b[0], b[1], b[2], b[3]);
}

std::string sealing_key::seal(const pool::key_id& id, sealed_field field,
                              std::string_view text) const {
  std::string sealed(head_size + text.size(), '\0');
  unsigned char* const out = bytes(sealed.data());
  unsigned char* const nonce = out + 1 + check_size;
  out[0] = format_version;
  const auto check = check_bytes();
  std::ranges::copy(check, out + 1);
  must(RAND_bytes(nonce, nonce_size) == 1);
  const std::string aad = purpose(id, field);
  const context c(EVP_CIPHER_CTX_new());
  int length = 0;
  must(c != nullptr &&
       EVP_EncryptInit_ex(c.get(), EVP_aes_256_gcm(), nullptr, key_.data(), nonce) == 1 &&
       EVP_EncryptUpdate(c.get(), nullptr, &length, bytes(aad.data()),
                         static_cast<int>(aad.size())) == 1 &&
       EVP_EncryptUpdate(c.get(), out + head_size, &length, bytes(text.data()),
                         static_cast<int>(text.size())) == 1 &&
       EVP_EncryptFinal_ex(c.get(), out + head_size + length, &length) == 1 &&
       EVP_CIPHER_CTX_ctrl(c.get(), EVP_CTRL_GCM_GET_TAG, tag_size, nonce + nonce_size) == 1);
  return sealed;
}

std::string sealing_key::unseal(const pool::key_id& id, sealed_field field,
                                std::string_view sealed) const {
  const unsigned char* const in = bytes(sealed.data());
  if (sealed.size() < head_size || in[0] != format_version) {
    fail(
        fmt::format("key {}: its sealed text is damaged or of a newer format (restore a backup, "
                    "or add the key again)",
                    id.view()));
  }
  const auto check = check_bytes();
  if (!std::ranges::equal(
          check, std::string_view(sealed).substr(1, check_size),
          [](unsigned char a, char b) { return a == static_cast<unsigned char>(b); })) {
    fail(fmt::format(
        "key {}: sealed under master key {:02x}{:02x}{:02x}{:02x}, but the one given is "
        "{} (give that master key; nothing was changed)",
        id.view(), in[1], in[2], in[3], in[4], check_value()));
  }
  const unsigned char* const nonce = in + 1 + check_size;
  std::array<unsigned char, tag_size> tag{};
  std::copy_n(nonce + nonce_size, tag_size, tag.begin());
  std::string text(sealed.size() - head_size, '\0');
  const std::string aad = purpose(id, field);
  const context c(EVP_CIPHER_CTX_new());
  int length = 0;
  must(c != nullptr &&
       EVP_DecryptInit_ex(c.get(), EVP_aes_256_gcm(), nullptr, key_.data(), nonce) == 1);
  const bool good = EVP_DecryptUpdate(c.get(), nullptr, &length, bytes(aad.data()),
                                      static_cast<int>(aad.size())) == 1 &&
                    EVP_DecryptUpdate(c.get(), bytes(text.data()), &length, in + head_size,
                                      static_cast<int>(text.size())) == 1 &&
                    EVP_CIPHER_CTX_ctrl(c.get(), EVP_CTRL_GCM_SET_TAG, tag_size, tag.data()) == 1 &&
                    EVP_DecryptFinal_ex(c.get(), bytes(text.data()) + length, &length) == 1;
  if (!good) {
    OPENSSL_cleanse(text.data(), text.size());
    fail(fmt::format("key {}: its sealed text was changed (restore a backup, or add the key again)",
                     id.view()));
  }
  return text;
}

}  // namespace gemkeeper::store
