#include "pool/prices/values.hpp"
#include "price_text.hpp"

#include <boost/test/unit_test.hpp>

namespace gemkeeper::pool {
namespace {

constexpr std::string_view whole = R"({
 "schema": 1, "currency": "USD", "updated": "2026-11-24", "note": "n",
 "sources": {"us": {"url": "u", "date": "2026-11-01", "note": "n"}},
 "models": [{
  "names": ["m", "alias"], "suffixes": ["-###"], "note": "n",
  "prices": [
   {"from": "2026-01-01", "until": "2026-06-01", "sources": ["us"], "note": "n",
    "standard": {"sources": ["us"], "note": "n", "input": {"text": "0.30", "audio": "1", "others": "text"},
     "cached": "0.03", "output": {"text": "2.50"}, "thinking": "2.75", "request": "0.08",
     "above": {"prompt_tokens": 200000, "input": "0.60", "cached": "0.06", "output": "5", "thinking": "5.5"}},
    "batch": {"input": "0.15"}},
   {"from": "2026-06-01", "sources": ["us"], "standard": {"input": "0.40"}}]}]
})";

// What parse says of `whole` with one piece of it replaced; "" when it is content.
std::string complaint(std::string_view piece, std::string_view replacement) {
  std::string text(whole);
  const auto where = text.find(piece);
  BOOST_REQUIRE_MESSAGE(where != std::string::npos, piece);
  text.replace(where, piece.size(), replacement);
  try {
    static_cast<void>(price_table::parse(text, "p.json"));
    return "";
  } catch (const price_error& error) {
    return error.what();
  }
}

BOOST_AUTO_TEST_SUITE(price_files)

BOOST_AUTO_TEST_CASE(every_member_is_read) {
  using namespace std::chrono;
  const auto table = price_table::parse(whole, "p.json");
  BOOST_REQUIRE(table.models().size() == 1U);
  const model_prices& model = table.models()[0];
  BOOST_TEST(model.names.size() == 2U);
  BOOST_TEST(model.suffixes->front() == "-###");
  BOOST_REQUIRE(model.periods.size() == 2U);
  const price_period& first = model.periods[0];
  BOOST_TEST((first.from == sys_days(2026y / January / 1)));
  BOOST_TEST((first.until == sys_days(2026y / June / 1)));
  BOOST_TEST(first.sources[0].name == "us");
  BOOST_TEST(first.sources[0].url == "u");
  BOOST_TEST(first.sources[0].date == "2026-11-01");
  const service_prices& standard = *first.services[0];
  BOOST_TEST(standard.sources.size() == 1U);
  BOOST_TEST(standard.rates.input[test::in(modality::text)]->value == 300'000U);
  BOOST_TEST(standard.rates.input[test::in(modality::audio)]->value == 1'000'000U);
  BOOST_TEST(standard.rates.input[test::in(modality::video)]->value == 300'000U);
  BOOST_TEST(standard.rates.cached[test::in(modality::image)]->value == 30'000U);
  BOOST_TEST(!standard.rates.output[test::in(modality::image)].has_value());
  BOOST_TEST(standard.rates.thoughts->value == 2'750'000U);
  BOOST_TEST(standard.request.value == 80'000'000'000U);
  BOOST_TEST(standard.beyond->above == 200'000U);
  BOOST_TEST(standard.beyond->rates.thoughts->value == 5'500'000U);
  BOOST_TEST(first.services[1]->sources.empty());
  BOOST_TEST(!first.services[2].has_value());
  BOOST_TEST(!model.periods[1].until.has_value());
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_said_with_its_place_and_a_remedy) {
  struct mistake {
    std::string_view piece, replacement, says;
  };
  const std::string standard = "p.json: models.0.prices.0.standard";
  const mistake mistakes[] = {
      {R"("schema": 1)", R"("schema": 2)", "p.json: schema: must be 1"},
      {R"("schema": 1, )", "", "p.json: lacks \"schema\"; add it"},
      {R"("USD")", R"("EUR")", "p.json: currency: must be \"USD\"; convert the prices"},
      {R"("2026-11-24")", R"("2026-11-31")", "p.json: updated: is no day; write it as YYYY-MM-DD"},
      {R"("note")", R"("comment")", "p.json: comment: unknown member; here may stand schema, "},
      {R"("schema": 1)", R"("schema": 1, "schema": 1)", "p.json: schema: stands there twice"},
      {R"({"url": "u", )", "{", "p.json: sources.us: lacks \"url\""},
      {R"("date": "2026-11-01")", R"("date": "yesterday")", "p.json: sources.us.date: is no day"},
      {R"("url": "u")", R"("url": "")", "p.json: sources.us.url: is empty"},
      {R"(["m", "alias"])", "[]", "p.json: models.0.names: is empty; name at least one"},
      {R"(["m", "alias"])", R"("m")", "p.json: models.0.names: must be an array"},
      {R"(["m", "alias"])", R"(["m", "m"])",
       "p.json: models.0.names.1: \"m\" is listed twice in this file"},
      {R"(["m", "alias"])", R"(["models/m"])", "p.json: models.0.names.0: write it without"},
      {R"(["m", "alias"])", R"(["m m"])", "p.json: models.0.names.0: is no model name"},
      {R"(["-###"])", R"(["*"])", "p.json: models.0.suffixes.0: is no suffix"},
      {R"("from": "2026-01-01", )", "", "p.json: models.0.prices.0: lacks \"from\""},
      {R"("from": "2026-01-01")", R"("from": 2026)", "p.json: models.0.prices.0.from: must be a"},
      {R"("until": "2026-06-01")", R"("until": "2026-01-01")",
       "p.json: models.0.prices.0.until: must be later than from"},
      {R"("until": "2026-06-01")", R"("until": "2026-06-02")",
       "p.json: models.0.prices.1: overlaps the one above it"},
      {R"("until": "2026-06-01", )", "", "p.json: models.0.prices.1: overlaps the one above it"},
      {R"({"from": "2026-06-01")", R"({"from": "2025-06-01")",
       "p.json: models.0.prices.1: begins before the one above it"},
      {R"("sources": ["us"], "note": "n",)", R"("sources": [],)",
       "p.json: models.0.prices.0.sources: is empty"},
      {R"("sources": ["us"], "note": "n",)", "", "p.json: models.0.prices.0: lacks \"sources\""},
      {R"("sources": ["us"], "note": "n",)", R"("sources": ["them"],)",
       "p.json: models.0.prices.0.sources.0: there is no such source"},
      {R"("standard": {"input": "0.40"})", R"("note": "n")",
       "p.json: models.0.prices.1: has no prices; add \"standard\""},
      {R"("standard": {"input": "0.40"})", R"("standart": {"input": "0.40"})",
       "p.json: models.0.prices.1.standart: unknown member"},
      {R"("standard": {"input": "0.40"})", R"("standard": {"output": "0.40"})",
       "p.json: models.0.prices.1.standard: lacks \"input\""},
      {R"("audio": "1")", R"("audio": "-1")", ".standard.input.audio: is no price; write dollars"},
      {R"("audio": "1")", R"("audio": 1)", ".standard.input.audio: is no price; write dollars"},
      {R"("audio": "1")", R"("audio": "1e3")", ".standard.input.audio: is no price"},
      {R"("audio": "1")", R"("sound": "1")", ".standard.input.sound: unknown member"},
      {R"("others": "text")", R"("others": "1")", ".standard.input.others: must be \"text\""},
      {R"("text": "0.30", "audio")", R"("audio")", ".standard.input: has \"others\" but lacks"},
      {R"({"text": "2.50"})", "{}", ".standard.output: is empty"},
      {R"({"text": "2.50"})", "2.5", ".standard.output: must be a price"},
      {R"("thinking": "2.75")", R"("thinking": "+1")", ".standard.thinking: is no price"},
      {R"("request": "0.08")", R"("request": "8c")", ".standard.request: is no price"},
      {R"("request": "0.08")", R"("request": 8)", ".standard.request: is no price"},
      {R"("prompt_tokens": 200000, )", "", ".standard.above: lacks \"prompt_tokens\""},
      {R"("prompt_tokens": 200000)", R"("prompt_tokens": "200k")",
       ".standard.above.prompt_tokens: must be a whole number above 0"},
      {R"("prompt_tokens": 200000)", R"("prompt_tokens": 0)",
       ".standard.above.prompt_tokens: must be a whole number above 0"},
      {R"("cached": "0.06", )", "", ".standard.above: lacks \"cached\""},
      {R"("cached": "0.06", )", R"("cached": "0.06", "above": 1, )",
       ".standard.above.above: unknown member"},
      {R"(, "note": "n",
 "sources")",
       R"(, "note": "n"
 "sources")",
       "p.json:3: is not JSON: "},
  };
  for (const auto& [piece, replacement, says] : mistakes) {
    BOOST_TEST_CONTEXT(piece << " -> " << replacement) {
      const std::string said = complaint(piece, replacement);
      const std::string expected =
          says.starts_with('.') ? standard + std::string(says.substr(9)) : std::string(says);
      BOOST_TEST(said.substr(0, expected.size()) == expected);
    }
  }
  BOOST_TEST(complaint("m", "m") == "");
}

BOOST_AUTO_TEST_CASE(what_is_no_price_file_is_refused) {
  for (const std::string& text :
       {std::string(), std::string("[]"), std::string("1"), std::string("{} {}"),
        std::string("{\"schema\": 1, \"note\": \"\xff\"}"), std::string(1'000'000, '['),
        std::string((std::size_t{4} << 20) + 1, ' ')}) {
    BOOST_CHECK_THROW(static_cast<void>(price_table::parse(text, "p.json")), price_error);
  }
}

BOOST_AUTO_TEST_CASE(prices_are_exact_decimals) {
  using prices::parse_token_price;
  BOOST_TEST(parse_token_price("0.0375")->value == 37'500U);
  BOOST_TEST(parse_token_price("120.00")->value == 120'000'000U);
  BOOST_TEST(parse_token_price("0")->value == 0U);
  BOOST_TEST(parse_token_price("0.000001")->value == 1U);
  BOOST_TEST(parse_token_price("1000000")->value == 1'000'000'000'000U);
  BOOST_TEST(prices::parse_request_price("0.000001")->value == 1'000'000U);
  for (const char* const text : {"", ".", "1.", ".5", "-1", "+1", "1,5", "1e3", " 1", "1 ", "0x1",
                                 "0.0000001", "1000001", "99999999999999999999", "1.2.3", "nan"}) {
    BOOST_TEST_CONTEXT(text) BOOST_TEST(!parse_token_price(text).has_value());
  }
}

BOOST_AUTO_TEST_CASE(days_must_exist) {
  using prices::parse_day;
  BOOST_TEST(parse_day("2028-02-29").has_value());
  for (const char* const text : {"2026-02-29", "2026-13-01", "2026-00-01", "2026-1-1", "26-01-01",
                                 "2026/01/01", "2026-01-01T", "+026-01-01", ""}) {
    BOOST_TEST_CONTEXT(text) BOOST_TEST(!parse_day(text).has_value());
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gemkeeper::pool
