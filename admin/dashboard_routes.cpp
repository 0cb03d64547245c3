// The dashboard's files, and what it offers for download.
#include "dashboard_files.hpp"
#include "json_output.hpp"
#include "router.hpp"

#include <algorithm>

namespace gemkeeper::admin {
namespace {

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t'))
    text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t'))
    text.remove_suffix(1);
  return text;
}

// Cuts the next member off a list that commas divide.
std::string_view next_member(std::string_view& list) {
  const std::string_view one = list.substr(0, list.find(','));
  list.remove_prefix(std::min(one.size() + 1, list.size()));
  return trimmed(one);
}

bool is_zero(std::string_view weight) {
  return weight.starts_with("0") && weight.find_first_not_of("0.") == weight.npos;
}

// Weak comparison (RFC 9110, section 13.1.2).
bool lists(std::string_view tags, std::string_view etag) {
  while (!tags.empty()) {
    std::string_view one = next_member(tags);
    if (one == "*") return true;
    if (one.starts_with("W/")) one.remove_prefix(2);
    if (one == etag) return true;
  }
  return false;
}

}  // namespace

bool accepts(std::string_view accept_encoding, std::string_view coding) {
  while (!accept_encoding.empty()) {
    const std::string_view one = next_member(accept_encoding);
    const std::size_t mark = std::min(one.find(';'), one.size());
    if (trimmed(one.substr(0, mark)) != coding) continue;
    const std::string_view rest = trimmed(one.substr(std::min(mark + 1, one.size())));
    return !(rest.starts_with("q=") && is_zero(rest.substr(2)));
  }
  return false;
}

answer show_dashboard(context&, const request& asked) {
  const dashboard_file& file = *find_dashboard_file(asked.path);
  answer made;
  made.type = file.type;
  made.as = file.as;
  made.fields.emplace_back("ETag", file.etag);
  made.fields.emplace_back("Vary", "Accept-Encoding");
  if (lists(asked.if_none_match, file.etag)) {
    made.status = 304;
    return made;
  }
  if (!file.brotli.empty() && accepts(asked.accept_encoding, "br")) {
    made.body = file.brotli;
    made.fields.emplace_back("Content-Encoding", "br");
  } else if (!file.gzip.empty() && accepts(asked.accept_encoding, "gzip")) {
    made.body = file.gzip;
    made.fields.emplace_back("Content-Encoding", "gzip");
  } else {
    made.body = file.plain;
  }
  return made;
}

answer show_authority(context& in, const request&) {
  answer made;
  made.body = in.behind.ca_pem();
  if (made.body.empty()) {
    throw refusal(404, "no_ca",
                  "this gemkeeper has no CA: it ends TLS for nobody, or its state directory cannot "
                  "be read (gemkeeper ca path)");
  }
  made.type = "application/x-pem-file";
  made.fields.emplace_back("Content-Disposition", "attachment; filename=\"gemkeeper-ca.pem\"");
  return made;
}

}  // namespace gemkeeper::admin
