#include "ascii.hpp"
#include <gemkeeper/gemini/content_decoder.hpp>

#define ZLIB_CONST  // next_in points to const bytes
#include <brotli/decode.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <utility>

namespace gemkeeper::gemini {
namespace {

// Memory for brotli, counted. A window of 4 MiB fits, also while it grows from 2, with room for
// tables; one of 8 MiB never does.
class brotli_memory {
 public:
  static void* allocate(void* self, std::size_t size) {
    return static_cast<brotli_memory*>(self)->allocate(size);
  }
  static void free(void* self, void* address) {
    if (address != nullptr) static_cast<brotli_memory*>(self)->free(address);
  }

 private:
  static constexpr std::size_t limit = 8 * 1024 * 1024;
  static constexpr std::size_t header = alignof(std::max_align_t);  // holds the block's size

  void* allocate(std::size_t size) {
    if (size > limit - used_) return nullptr;
    void* block = std::malloc(size + header);
    if (block == nullptr) return nullptr;
    *static_cast<std::size_t*>(block) = size;
    used_ += size;
    return static_cast<std::byte*>(block) + header;
  }
  void free(void* address) {
    void* block = static_cast<std::byte*>(address) - header;
    used_ -= *static_cast<std::size_t*>(block);
    std::free(block);
  }

  std::size_t used_ = 0;
};

// Which of zlib's formats: https://zlib.net/manual.html#Advanced, inflateInit2.
enum class zlib_format : int { raw = -MAX_WBITS, zlib = MAX_WBITS, gzip = MAX_WBITS + 16 };

}  // namespace

// The state of either library and the room for its output.
struct content_decoder::engine {
  enum class result : std::uint8_t { going, ended, broken };

  engine() = default;
  engine(const engine&) = delete;
  engine& operator=(const engine&) = delete;
  ~engine() {
    stop();
    if (zlib_ready) inflateEnd(&zlib);
  }

  bool start_zlib(zlib_format format) {
    const int bits = static_cast<int>(format);
    if (zlib_ready) return inflateReset2(&zlib, bits) == Z_OK;
    zlib_ready = inflateInit2(&zlib, bits) == Z_OK;
    return zlib_ready;
  }

  bool start_brotli() {
    brotli = BrotliDecoderCreateInstance(brotli_memory::allocate, brotli_memory::free, &memory);
    return brotli != nullptr;
  }

  void stop() {
    BrotliDecoderDestroyInstance(std::exchange(brotli, nullptr));
    // zlib frees its window when it is asked for one of another size.
    if (zlib_ready) inflateReset2(&zlib, -8);
  }

  result decode(std::string_view& input) {
    size = 0;
    return brotli != nullptr ? decode_brotli(input) : decode_zlib(input);
  }

  result decode_zlib(std::string_view& input) {
    const auto given = static_cast<uInt>(std::min<std::size_t>(input.size(), 1U << 30));
    zlib.next_in = reinterpret_cast<const Bytef*>(input.data());
    zlib.avail_in = given;
    zlib.next_out = output.data();
    zlib.avail_out = static_cast<uInt>(output.size());
    const int code = inflate(&zlib, Z_NO_FLUSH);
    input.remove_prefix(given - zlib.avail_in);
    size = output.size() - zlib.avail_out;
    if (code == Z_STREAM_END) return result::ended;
    return code == Z_OK || code == Z_BUF_ERROR ? result::going : result::broken;
  }

  result decode_brotli(std::string_view& input) {
    const auto* in = reinterpret_cast<const std::uint8_t*>(input.data());
    std::size_t left = input.size();
    auto* out = output.data();
    std::size_t room = output.size();
    const auto code = BrotliDecoderDecompressStream(brotli, &left, &in, &room, &out, nullptr);
    input.remove_prefix(input.size() - left);
    size = output.size() - room;
    if (code == BROTLI_DECODER_RESULT_SUCCESS) return result::ended;
    return code == BROTLI_DECODER_RESULT_ERROR ? result::broken : result::going;
  }

  [[nodiscard]] std::string_view decoded() const {
    return {reinterpret_cast<const char*>(output.data()), size};
  }

  z_stream zlib{};
  bool zlib_ready = false;
  BrotliDecoderState* brotli = nullptr;
  brotli_memory memory;
  std::array<std::uint8_t, 16 * 1024> output;
  std::size_t size = 0;  // bytes of `output` that are filled
};

content_coding parse_content_coding(std::string_view field_value) {
  constexpr std::string_view blank = " \t";
  const std::size_t first = std::min(field_value.find_first_not_of(blank), field_value.size());
  const std::size_t last = field_value.find_last_not_of(blank);
  const std::string_view name = field_value.substr(first, last + 1 - first);
  if (name.empty() || ascii::equal(name, "identity")) return content_coding::identity;
  if (ascii::equal(name, "gzip") || ascii::equal(name, "x-gzip")) return content_coding::gzip;
  if (ascii::equal(name, "deflate")) return content_coding::deflate;
  if (ascii::equal(name, "br")) return content_coding::br;
  return content_coding::unknown;
}

content_decoder::content_decoder(content_coding coding) {
  reset(coding);
}
content_decoder::~content_decoder() = default;
content_decoder::content_decoder(content_decoder&&) noexcept = default;
content_decoder& content_decoder::operator=(content_decoder&&) noexcept = default;

void content_decoder::reset(content_coding coding) {
  if (engine_ != nullptr) engine_->stop();
  input_ = {};
  total_in_ = 0;
  total_out_ = 0;
  coding_ = coding;
  phase_ = phase::waiting;
  failed_ = coding == content_coding::unknown;
}

void content_decoder::release() {
  reset(content_coding::identity);
  engine_.reset();
}

void content_decoder::begin(std::string_view bytes) {
  input_ = bytes;
  total_in_ += bytes.size();
}

std::string_view content_decoder::next() {
  if (coding_ == content_coding::identity) return std::exchange(input_, {});
  while (!failed_ && start()) {
    const auto result = engine_->decode(input_);
    if (result == engine::result::ended) phase_ = phase::ended;
    total_out_ += engine_->size;
    failed_ = result == engine::result::broken || total_out_ > free_output + max_ratio * total_in_;
    if (engine_->size > 0) return engine_->decoded();
    if (phase_ == phase::decoding) break;
  }
  return {};
}

// False: there is nothing to decode (any more), or `failed_`.
bool content_decoder::start() {
  if (phase_ == phase::decoding) return true;
  if (input_.empty()) return false;
  const auto first = static_cast<unsigned char>(input_.front());
  // A gzip file may have several members (RFC 1952, 2.2), each with this magic number.
  const bool next_member = coding_ == content_coding::gzip && first == 0x1f;
  if (phase_ == phase::ended && !next_member) phase_ = phase::over;
  if (phase_ == phase::over) {
    input_ = {};
    return false;
  }
  phase_ = phase::decoding;
  if (engine_ == nullptr) engine_ = std::make_unique_for_overwrite<engine>();
  switch (coding_) {
    case content_coding::br:
      failed_ = !engine_->start_brotli();
      break;
    case content_coding::deflate: {
      // A zlib header says 8 in its low bits. Raw deflate would begin so only with a stored block
      // that has ones in its padding, which nobody writes.
      const bool wrapped = (first & 0x0f) == Z_DEFLATED;
      failed_ = !engine_->start_zlib(wrapped ? zlib_format::zlib : zlib_format::raw);
      break;
    }
    default:
      failed_ = !engine_->start_zlib(zlib_format::gzip);
      break;
  }
  return !failed_;
}

}  // namespace gemkeeper::gemini
