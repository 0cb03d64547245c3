#include "upload/upload_address.hpp"

#include "http/head.hpp"

#include <algorithm>

namespace gemkeeper::proxy {

namespace {

constexpr std::string_view scope = "upload";
constexpr std::string_view parameter = "upload_id=";
constexpr std::string_view mark = "gk1.";
constexpr std::string_view google = "generativelanguage.googleapis.com";

// The parameter's value within `target`; npos, 0: it has none.
struct span_of_value {
  std::size_t begin = std::string_view::npos;
  std::size_t size = 0;
};
span_of_value find_upload_id(std::string_view target) {
  std::size_t at = target.find('?');
  while (at != std::string_view::npos) {
    const std::size_t begin = at + 1;
    at = target.find('&', begin);
    const std::string_view text = target.substr(begin, at - begin);
    if (text.starts_with(parameter)) {
      return {begin + parameter.size(), text.size() - parameter.size()};
    }
  }
  return {};
}

// In origin-form; empty: another host's.
std::string_view target_of(std::string_view url, const upstream_settings& upstream) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return url.starts_with('/') ? url : std::string_view();
  url.remove_prefix(scheme + 3);
  const std::size_t slash = std::min(url.find('/'), url.size());
  const std::string_view host = url.substr(0, std::min(slash, url.find(':')));
  if (!http::iequals(host, google) && !http::iequals(host, upstream.host)) return {};
  url.remove_prefix(slash);
  if (!upstream.path_prefix.empty() && url.starts_with(upstream.path_prefix)) {
    url.remove_prefix(upstream.path_prefix.size());
  }
  return url;
}

}  // namespace

std::optional<std::string> own_upload_url(std::string_view secret, std::string_view origin,
                                          const pool::key_id& key, std::string_view url,
                                          const upstream_settings& upstream) {
  const std::string_view target = target_of(url, upstream);
  const span_of_value id = find_upload_id(target);
  if (id.size == 0) return std::nullopt;
  const auto token = pool::seal_page_token(secret, scope, {key, std::string(target)});
  if (!token) return std::nullopt;
  std::string own(origin);
  own += target.substr(0, id.begin);
  own += *token;
  own += target.substr(id.begin + id.size);
  return own;
}

bool bears_upload_token(std::string_view target) {
  const span_of_value id = find_upload_id(target);
  return id.size != 0 && target.substr(id.begin).starts_with(mark);
}

std::optional<upload_place> open_upload_token(std::string_view secret, std::string_view target) {
  const span_of_value id = find_upload_id(target);
  if (id.size == 0) return std::nullopt;
  auto opened = pool::open_page_token(secret, scope, target.substr(id.begin, id.size));
  if (!opened || !opened->token.starts_with('/')) return std::nullopt;
  return upload_place{opened->project, std::move(opened->token)};
}

}  // namespace gemkeeper::proxy
