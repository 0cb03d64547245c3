#include "encoder.hpp"

#include "ascii.hpp"

#include <brotli/encode.h>
#include <zlib.h>

#include <array>
#include <new>

namespace gemkeeper::sandbox {

struct encoder::impl {
  explicit impl(compression what) : coding(what) {
    if (coding == compression::gzip) {
      constexpr int gzip_window = 15 + 16;  // zlib's way to ask for gzip's header
      if (deflateInit2(&deflate_state, Z_BEST_SPEED, Z_DEFLATED, gzip_window, 8,
                       Z_DEFAULT_STRATEGY) != Z_OK) {
        throw std::bad_alloc();
      }
    } else if (coding == compression::brotli) {
      brotli_state = BrotliEncoderCreateInstance(nullptr, nullptr, nullptr);
      if (brotli_state == nullptr) throw std::bad_alloc();
      BrotliEncoderSetParameter(brotli_state, BROTLI_PARAM_QUALITY, 1);
    }
  }
  ~impl() {
    if (coding == compression::gzip) deflateEnd(&deflate_state);
    if (brotli_state != nullptr) BrotliEncoderDestroyInstance(brotli_state);
  }
  impl(const impl&) = delete;
  impl& operator=(const impl&) = delete;

  void append_gzip(std::string& out, std::string_view piece, int how) {
    // zlib's interface is not const-correct: it reads only.
    deflate_state.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
    deflate_state.avail_in = static_cast<uInt>(piece.size());
    do {
      deflate_state.next_out = reinterpret_cast<Bytef*>(buffer.data());
      deflate_state.avail_out = static_cast<uInt>(buffer.size());
      deflate(&deflate_state, how);
      out.append(buffer.data(), buffer.size() - deflate_state.avail_out);
    } while (deflate_state.avail_out == 0);
  }

  void append_brotli(std::string& out, std::string_view piece, BrotliEncoderOperation how) {
    const auto* next = reinterpret_cast<const std::uint8_t*>(piece.data());
    std::size_t left = piece.size();
    do {
      std::size_t no_room = 0;
      BrotliEncoderCompressStream(brotli_state, how, &left, &next, &no_room, nullptr, nullptr);
      std::size_t made = 0;
      const auto* bytes = BrotliEncoderTakeOutput(brotli_state, &made);
      out.append(reinterpret_cast<const char*>(bytes), made);
    } while (left != 0 || BrotliEncoderHasMoreOutput(brotli_state) == BROTLI_TRUE);
  }

  compression coding;
  z_stream deflate_state{};
  BrotliEncoderState* brotli_state = nullptr;
  std::array<char, 16 * 1024> buffer;
};

encoder::encoder(compression coding)
    : impl_(coding == compression::none ? nullptr : std::make_unique<impl>(coding)) {}
encoder::~encoder() = default;
encoder::encoder(encoder&&) noexcept = default;
encoder& encoder::operator=(encoder&&) noexcept = default;

void encoder::append(std::string& out, std::string_view piece, flush how) {
  if (!impl_) {
    out += piece;
  } else if (impl_->coding == compression::gzip) {
    impl_->append_gzip(out, piece, how == flush::end ? Z_FINISH : Z_SYNC_FLUSH);
  } else {
    impl_->append_brotli(out, piece,
                         how == flush::end ? BROTLI_OPERATION_FINISH : BROTLI_OPERATION_FLUSH);
  }
}

std::string_view coding_name(compression coding) {
  switch (coding) {
    case compression::gzip:
      return "gzip";
    case compression::brotli:
      return "br";
    case compression::none:
      break;
  }
  return {};
}

compression negotiate(compression wished, std::string_view accept_encoding) {
  if (wished == compression::none) return compression::none;
  bool gzip = false;
  bool brotli = false;
  for (const std::string_view item : split(accept_encoding, ',')) {
    const auto parameter = item.find(';');
    const std::string_view name = trim(item.substr(0, parameter));
    const bool refused = parameter != std::string_view::npos &&
                         trim(item.substr(parameter + 1)).starts_with("q=0") &&
                         item.find_first_of("123456789", parameter) == std::string_view::npos;
    if (same_ignoring_case(name, "gzip")) gzip = !refused;
    if (same_ignoring_case(name, "br")) brotli = !refused;
  }
  if (wished == compression::brotli && brotli) return compression::brotli;
  return gzip ? compression::gzip : compression::none;
}

}  // namespace gemkeeper::sandbox
