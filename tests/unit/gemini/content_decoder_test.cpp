#include "../../deflated.hpp"
#include "pieces.hpp"
#include <gemkeeper/gemini/usage_meter.hpp>

#include <boost/test/unit_test.hpp>
#include <brotli/encode.h>

#include <random>
#include <string>

using namespace gemkeeper::gemini;
using gemkeeper::test::deflated;
using gemkeeper::test::every_cut;
using gemkeeper::test::pieces;

namespace {

std::string brotli(const std::string& text, int window_bits = 22) {
  std::string out(BrotliEncoderMaxCompressedSize(text.size()) + 64, '\0');
  std::size_t size = out.size();
  BOOST_REQUIRE(BrotliEncoderCompress(5, window_bits, BROTLI_MODE_TEXT, text.size(),
                                      reinterpret_cast<const std::uint8_t*>(text.data()), &size,
                                      reinterpret_cast<std::uint8_t*>(out.data())));
  out.resize(size);
  return out;
}

struct decoded {
  std::string text;
  bool ok = true;
};

decoded decode(content_decoder& decoder, const pieces& bytes) {
  decoded result;
  for (const std::string_view piece : bytes) {
    const std::vector<char> copy(piece.begin(), piece.end());
    result.ok = decoder.feed({copy.data(), copy.size()}, [&](std::string_view out) {
      BOOST_TEST(out.size() <= 16 * 1024);
      result.text += out;
    });
  }
  return result;
}

decoded decode(content_coding coding, std::string_view bytes) {
  content_decoder decoder(coding);
  return decode(decoder, {bytes});
}

const std::string answer =
    R"({"candidates":[{"content":{"parts":[{"text":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}]}}],)"
    R"("usageMetadata":{"promptTokenCount":7,"candidatesTokenCount":9,"totalTokenCount":16}})";

// Compresses badly, and spans several output pieces and zlib's window.
std::string noise(std::size_t size) {
  std::mt19937 random(1);
  std::string text(size, '\0');
  for (char& c : text)
    c = static_cast<char>('a' + random() % 16);
  return text;
}

struct coded {
  content_coding coding;
  std::string bytes;
};

std::vector<coded> in_every_coding(const std::string& text) {
  return {{content_coding::gzip, deflated(text, 31)},
          {content_coding::deflate, deflated(text, 15)},
          {content_coding::deflate, deflated(text, -15)},
          {content_coding::br, brotli(text)}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(content_decoding)

BOOST_AUTO_TEST_CASE(codings_are_known_by_name) {
  const std::pair<const char*, content_coding> cases[] = {
      {"", content_coding::identity},
      {" identity", content_coding::identity},
      {"gzip", content_coding::gzip},
      {" GZip\t", content_coding::gzip},
      {"x-gzip", content_coding::gzip},
      {"deflate", content_coding::deflate},
      {"br", content_coding::br},
      {"zstd", content_coding::unknown},
      {"gzip, br", content_coding::unknown},
      {"gzip,", content_coding::unknown},
  };
  for (const auto& [name, coding] : cases) {
    BOOST_TEST_CONTEXT(name) BOOST_TEST((parse_content_coding(name) == coding));
  }
}

BOOST_AUTO_TEST_CASE(one_decoder_undoes_every_coding_cut_anywhere) {
  content_decoder decoder(content_coding::identity);
  for (int round = 0; round < 2; ++round) {
    for (const auto& [coding, bytes] : in_every_coding(answer)) {
      for (const auto& cut : every_cut(bytes)) {
        decoder.reset(coding);
        const decoded result = decode(decoder, cut);
        BOOST_TEST(result.ok);
        BOOST_TEST(result.text == answer);
      }
    }
    decoder.release();
  }
}

BOOST_AUTO_TEST_CASE(long_texts_come_out_whole) {
  const std::string text = noise(300'000);
  for (const auto& [coding, bytes] : in_every_coding(text)) {
    content_decoder decoder(coding);
    pieces cut;
    for (std::size_t i = 0; i < bytes.size(); i += 5000) {
      cut.push_back(std::string_view(bytes).substr(i, 5000));
    }
    const decoded result = decode(decoder, cut);
    BOOST_TEST(result.ok);
    BOOST_TEST((result.text == text));
  }
}

BOOST_AUTO_TEST_CASE(identity_passes_through) {
  BOOST_TEST(decode(content_coding::identity, answer).text == answer);
}

BOOST_AUTO_TEST_CASE(gzip_members_follow_one_another_and_what_follows_them_is_ignored) {
  const std::string twice =
      deflated("one ", 31) + deflated("two", 31) + std::string(20, '\0') + deflated("x", 31);
  for (const auto& cut : every_cut(twice)) {
    content_decoder decoder(content_coding::gzip);
    const decoded result = decode(decoder, cut);
    BOOST_TEST(result.ok);
    BOOST_TEST(result.text == "one two");
  }
  for (const auto& [coding, bytes] : in_every_coding(answer)) {
    const decoded result = decode(coding, bytes + "trailing");
    BOOST_TEST(result.ok);
    BOOST_TEST(result.text == answer);
  }
}

BOOST_AUTO_TEST_CASE(a_stream_cut_off_gives_what_it_holds) {
  for (const auto& [coding, bytes] : in_every_coding(answer)) {
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      const decoded result = decode(coding, std::string_view(bytes).substr(0, size));
      BOOST_TEST(result.ok);
      BOOST_TEST(answer.starts_with(result.text));
    }
  }
}

BOOST_AUTO_TEST_CASE(broken_streams_fail_and_stay_failed) {
  for (const content_coding coding :
       {content_coding::gzip, content_coding::deflate, content_coding::br}) {
    content_decoder decoder(coding);
    const std::string bytes(100, '\xff');
    BOOST_TEST(!decode(decoder, {bytes}).ok);
    BOOST_TEST(decode(decoder, {bytes, deflated(answer, 31)}).text.empty());
    BOOST_TEST(decoder.failed());
    decoder.reset(content_coding::gzip);
    BOOST_TEST(decode(decoder, {deflated(answer, 31)}).text == answer);
  }
  BOOST_TEST(!decode(content_coding::unknown, "x").ok);
}

BOOST_AUTO_TEST_CASE(output_out_of_all_proportion_fails) {
  const std::string zeros(64 * 1024 * 1024, '0');
  for (const auto& [coding, bytes] : in_every_coding(zeros)) {
    const decoded result = decode(coding, bytes);
    BOOST_TEST(!result.ok);
    BOOST_TEST(result.text.size() <= content_decoder::free_output +
                                         content_decoder::max_ratio * bytes.size() + 16 * 1024);
  }
}

BOOST_AUTO_TEST_CASE(a_brotli_window_of_4_mib_is_the_largest) {
  const std::string text = noise(9 * 1024 * 1024);
  BOOST_TEST((decode(content_coding::br, brotli(text, 22)).text == text));
  BOOST_TEST(!decode(content_coding::br, brotli(text, 23)).ok);
  BOOST_TEST(!decode(content_coding::br, brotli(text, 24)).ok);
}

BOOST_AUTO_TEST_CASE(a_meter_reads_through_the_coding_and_lets_others_read_along) {
  usage_meter meter(answer_form::json, content_coding::identity);
  for (const auto& [coding, bytes] : in_every_coding(answer)) {
    meter.reset(answer_form::json, coding);
    std::string text;
    meter.feed(bytes, [&](std::string_view piece) { text += piece; });
    BOOST_TEST(!meter.blind());
    BOOST_TEST(meter.result().usage().total == 16);
    BOOST_TEST(text == answer);
  }
}

BOOST_AUTO_TEST_CASE(a_meter_is_blind_to_what_it_cannot_decode) {
  usage_meter meter(answer_form::json, content_coding::unknown);
  meter.feed(answer);
  BOOST_TEST(meter.blind());
  BOOST_TEST(!meter.result().seen());

  meter.reset(answer_form::json, content_coding::gzip);
  std::string bytes = deflated(answer, 31);
  bytes[bytes.size() - 1] ^= 1;  // its length
  meter.feed(bytes);
  BOOST_TEST(meter.blind());
  BOOST_TEST(meter.result().usage().total == 16);

  meter.reset(answer_form::opaque, content_coding::unknown);
  meter.feed(answer);
  BOOST_TEST(!meter.blind());
}

BOOST_AUTO_TEST_SUITE_END()
