#include "sql.hpp"
#include <gemkeeper/store/meta.hpp>

namespace gemkeeper::store {

std::string meta(session& s, std::string_view name) {
  statement& asked = s.prepare("SELECT value FROM meta WHERE name=?").bind(name);
  std::string value;
  if (asked.next()) value = asked.text(0);
  asked.rewind();
  return value;
}

void set_meta(session& s, std::string_view name, std::string_view value) {
  s.prepare("INSERT INTO meta VALUES(?,?) ON CONFLICT DO UPDATE SET value=excluded.value")
      .bind(name, value)
      .run();
}

}  // namespace gemkeeper::store
