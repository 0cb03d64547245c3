// What a peer that compresses would send.
#pragma once

#include <boost/test/unit_test.hpp>
#include <zlib.h>

#include <string>
#include <string_view>

namespace gemkeeper::test {

// `bits` as for deflateInit2: -15 raw, 15 zlib, 31 gzip.
inline std::string deflated(std::string_view text, int bits) {
  z_stream z{};
  BOOST_REQUIRE(deflateInit2(&z, 6, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string in(text);
  std::string out(deflateBound(&z, in.size()) + 64, '\0');
  z.next_in = reinterpret_cast<Bytef*>(in.data());
  z.avail_in = static_cast<uInt>(in.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  BOOST_REQUIRE(deflate(&z, Z_FINISH) == Z_STREAM_END);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

inline std::string gzip(std::string_view text) {
  return deflated(text, 31);
}

}  // namespace gemkeeper::test
