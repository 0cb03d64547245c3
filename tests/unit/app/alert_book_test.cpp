#include "../../../app/alerts/alert_book.hpp"

#include <boost/test/unit_test.hpp>

namespace gemkeeper::app {
namespace {

using namespace std::chrono_literals;
using admin::severity;
using step = alert_change::step;

const alert_time noon{std::chrono::seconds(1'790'000'000)};

condition of(std::string subject, std::string message = "m", severity level = severity::warning) {
  return {"kind", std::move(subject), level, std::move(message)};
}

BOOST_AUTO_TEST_SUITE(alert_books)

BOOST_AUTO_TEST_CASE(what_stands_is_raised_once_and_resolved_once) {
  alert_book book;
  const auto raised = book.look({"kind"}, {of("a"), of("b")}, noon);
  BOOST_REQUIRE(raised.size() == 2U);
  BOOST_TEST((raised[0].what == step::raised));
  BOOST_TEST(raised[0].alert.id != raised[1].alert.id);
  for (int i = 1; i < 5; ++i)
    BOOST_TEST(book.look({"kind"}, {of("a"), of("b")}, noon + 1s * i).empty());
  const auto gone = book.look({"kind"}, {of("b")}, noon + 9s);
  BOOST_REQUIRE(gone.size() == 1U);
  BOOST_TEST((gone[0].what == step::resolved));
  BOOST_TEST(gone[0].alert.subject == "a");
  BOOST_TEST(gone[0].alert.id == raised[0].alert.id);
  BOOST_TEST((gone[0].alert.resolved == noon + 9s));
  BOOST_TEST(book.look({"kind"}, {of("b")}, noon + 10s).empty());
  const auto again = book.look({"kind"}, {of("a"), of("b")}, noon + 11s);
  BOOST_REQUIRE(again.size() == 1U);
  BOOST_TEST(again[0].alert.id != raised[0].alert.id);  // another one
}

BOOST_AUTO_TEST_CASE(a_look_ends_only_what_it_looked_for) {
  alert_book book;
  book.look({"kind"}, {of("a")}, noon);
  BOOST_TEST(book.look({"other"}, {}, noon + 1s).empty());
  BOOST_TEST(book.stands("kind"));
}

BOOST_AUTO_TEST_CASE(worse_is_told_apart_from_otherwise) {
  alert_book book;
  book.look({"kind"}, {of("a", "one")}, noon);
  const auto other = book.look({"kind"}, {of("a", "two")}, noon + 1s);
  BOOST_REQUIRE(other.size() == 1U);
  BOOST_TEST((other[0].what == step::updated));
  const auto worse = book.look({"kind"}, {of("a", "three", severity::critical)}, noon + 2s);
  BOOST_TEST((worse.at(0).what == step::worsened));
  BOOST_TEST((worse[0].alert.raised == noon && worse[0].alert.updated == noon + 2s));
}

BOOST_AUTO_TEST_CASE(what_comes_and_goes_is_one_alert_while_it_lingers) {
  alert_book book;
  condition flapping = of("a");
  flapping.linger = 60s;
  book.look({"kind"}, {flapping}, noon);
  for (int i = 1; i <= 5; ++i) {
    BOOST_TEST(book.look({"kind"}, {}, noon + 30s * (2 * i - 1)).empty());
    const auto back = book.look({"kind"}, {flapping}, noon + 30s * (2 * i));
    BOOST_REQUIRE(back.size() == 1U);
    BOOST_TEST((back[0].what == step::updated));
    BOOST_TEST(back[0].alert.count == static_cast<unsigned>(i) + 1U);
  }
  BOOST_TEST(book.look({"kind"}, {}, noon + 301s).empty());
  BOOST_TEST((book.look({"kind"}, {}, noon + 361s).at(0).what == step::resolved));
}

BOOST_AUTO_TEST_CASE(what_happens_is_counted_until_its_end_and_told_once) {
  alert_book book;
  condition one = of("limit 50%");
  one.until = noon + 1h;
  BOOST_TEST((book.happened(one, 3, noon)->what == step::raised));
  const auto more = book.happened(one, 4, noon + 1min);
  BOOST_TEST((more->what == step::updated));
  BOOST_TEST(more->alert.count == 7U);
  BOOST_TEST(book.expire(noon + 59min).empty());
  const auto over = book.expire(noon + 1h);
  BOOST_TEST((over.at(0).what == step::resolved));
  one.until = noon + 2h;
  BOOST_TEST((book.happened(one, 1, noon + 61min)->what == step::raised));
  // A longer end is the same alert.
  one.until = noon + 3h;
  BOOST_TEST((book.happened(one, 1, noon + 62min)->what == step::updated));
  BOOST_TEST(book.expire(noon + 2h).empty());
}

BOOST_AUTO_TEST_CASE(after_a_restart_what_stands_is_not_raised_anew) {
  alert_book before;
  before.look({"kind"}, {of("a"), of("b")}, noon);
  before.look({"kind"}, {of("a")}, noon + 1s);
  alert_book after;
  after.restore(before.list());
  BOOST_TEST(after.list().size() == 2U);
  BOOST_TEST(after.raised().empty());
  BOOST_TEST(after.look({"kind"}, {of("a")}, noon + 2s).empty());
  // Ids stay unique although the clock was set back.
  const auto fresh = after.look({"kind"}, {of("a"), of("c")}, noon - 1h);
  BOOST_TEST(fresh.at(0).alert.id > before.list().at(0).id);
}

BOOST_AUTO_TEST_CASE(resolved_ones_are_kept_in_bounds) {
  alert_book book;
  for (std::size_t i = 0; i < alert_book::max_resolved + 50; ++i) {
    book.look({"kind"}, {of(std::to_string(i))}, noon + 1s * static_cast<int>(i));
  }
  const auto all = book.list();
  BOOST_TEST(all.size() == alert_book::max_resolved + 1);
  BOOST_TEST(!all[0].resolved.has_value());
  BOOST_TEST(all[1].subject == std::to_string(alert_book::max_resolved + 48));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gemkeeper::app
