#include "sql.hpp"
#include <gemkeeper/store/alerts.hpp>

#include <algorithm>

namespace gemkeeper::store {

void put_alert(session& s, const alert_row& a) {
  s.prepare(
       "INSERT OR REPLACE INTO alerts(id,time,kind,subject,message,resolved,severity,updated,"
       "count,until) VALUES(?,?,?,?,?,?,?,?,?,?)")
      .bind(a.id, a.time, a.kind, a.subject, a.message, a.resolved, a.severity, a.updated, a.count,
            a.until)
      .run();
}

std::vector<alert_row> alerts(session& s, std::size_t most) {
  std::vector<alert_row> all;
  statement& rows = s.prepare(
                         "SELECT id,time,kind,subject,message,resolved,severity,updated,count,"
                         "until FROM alerts ORDER BY resolved IS NOT NULL, id DESC LIMIT ?")
                        .bind(most);
  while (rows.next()) {
    all.push_back({rows.integer(0), rows.time(1), rows.text(2), rows.text(3), rows.text(4),
                   rows.maybe_time(5), static_cast<std::uint8_t>(rows.integer(6)), rows.time(7),
                   rows.count(8), rows.maybe_time(9)});
  }
  return all;
}

void put_delivery(session& s, const delivery_row& d) {
  s.prepare("INSERT OR REPLACE INTO deliveries VALUES(?,?,?,?,?,?)")
      .bind(d.id, d.alert, d.body, d.made, d.attempts, d.next_try)
      .run();
}

void remove_delivery(session& s, std::int64_t id) {
  s.prepare("DELETE FROM deliveries WHERE id=?").bind(id).run();
}

std::vector<delivery_row> deliveries(session& s) {
  std::vector<delivery_row> all;
  statement& rows =
      s.prepare("SELECT id,alert,body,made,attempts,next_try FROM deliveries ORDER BY id").bind();
  while (rows.next()) {
    all.push_back({rows.integer(0), rows.integer(1), rows.text(2), rows.time(3),
                   static_cast<std::uint32_t>(rows.integer(4)), rows.time(5)});
  }
  return all;
}

void put_key_age(session& s, const key_age_row& row) {
  s.prepare("INSERT OR REPLACE INTO key_ages VALUES(?,?,?)")
      .bind(row.key.view(), row.fingerprint, row.since)
      .run();
}

std::vector<key_age_row> key_ages(session& s) {
  std::vector<key_age_row> all;
  statement& rows = s.prepare("SELECT key,fingerprint,since FROM key_ages").bind();
  while (rows.next()) {
    key_age_row& row = all.emplace_back();
    const std::string id = rows.text(0);
    std::copy_n(id.begin(), std::min(id.size(), row.key.hex.size()), row.key.hex.begin());
    row.fingerprint = rows.text(1);
    row.since = rows.time(2);
  }
  return all;
}

}  // namespace gemkeeper::store
