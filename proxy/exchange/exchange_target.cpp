// Whom a request is for: the target, `Host`, `Origin`, and what the tunnel it came through says.
#include "exchange/exchange.hpp"
#include "exchange/host_rules.hpp"
#include "worker.hpp"
#include <gemkeeper/proxy/host_names.hpp>

#include <fmt/format.h>

namespace gemkeeper::proxy {

namespace {

// Of an absolute-form target ("https://host/path"): authority and origin-form.
struct absolute_target {
  std::string_view authority;
  std::string_view path;
};

std::optional<absolute_target> split_absolute(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (target.size() <= scheme.size()) continue;
    if (!http::iequals(target.substr(0, scheme.size()), scheme)) continue;
    const std::string_view rest = target.substr(scheme.size());
    const std::size_t slash = rest.find_first_of("/?");
    return absolute_target{rest.substr(0, slash), slash == std::string_view::npos
                                                      ? std::string_view{}
                                                      : rest.substr(slash)};
  }
  return std::nullopt;
}

}  // namespace

exchange::step exchange::route_target() {
  if (method_ == "CONNECT") return admit_tunnel();
  // It would send the injected key back.
  if (method_ == "TRACE") {
    return refuse(405, "INVALID_ARGUMENT", "METHOD_NOT_ALLOWED", "TRACE is not served here.");
  }
  if (head_.target.starts_with('/')) {
    target_ = head_.target;
    return step::go_on;
  }
  const auto absolute = split_absolute(head_.target);
  if (!absolute) {
    return refuse(400, "INVALID_ARGUMENT", "MALFORMED_REQUEST",
                  "Malformed HTTP request: the target is no path and no URL.");
  }
  const std::string_view host = host_of_authority(absolute->authority);
  if (const step agreed = check_agreement(host); agreed != step::go_on) return agreed;
  if (!is_upstream(host)) {
    return refuse(403, "PERMISSION_DENIED", "HOST_NOT_SERVED",
                  fmt::format("Requests for the host \"{}\" are not served here.", host));
  }
  to_vertex_host_ = http::iequals(host, vertex_host);
  if (!absolute->path.starts_with('/')) target_ = "/";
  target_ += absolute->path;
  return step::go_on;
}

bool exchange::is_upstream(std::string_view host) const {
  return http::iequals(host, settings_->upstream.host) ||
         is_intercepted(host, settings_->intercept);
}

// Vertex AI's is what its paths or its host say. What lies below a project there wants OAuth, which
// gemkeeper takes away as it does all credentials.
exchange::step exchange::choose_service() {
  if (to_vertex_host_) endpoint_.service = pool::service::vertex;
  traits_.service = endpoint_.service;
  if (!endpoint_.names_project) return step::go_on;
  return refuse(403, "PERMISSION_DENIED", "VERTEX_EXPRESS_ONLY",
                "gemkeeper serves Vertex AI in express mode (…/publishers/google/models/…): what "
                "is below a project takes OAuth, no API key. Let this client go to Vertex AI "
                "itself: without gemkeeper as its base URL, and with aiplatform.googleapis.com in "
                "its NO_PROXY or not in intercept.hosts.");
}

// Inside a tunnel, what was said to open it, what TLS was asked for, and what each request asks for
// are one host, or a client was led astray (RFC 9110, 7.4).
exchange::step exchange::check_agreement(std::string_view host) {
  if (tunnelled_to_.empty()) return step::go_on;
  if (!sni_.empty() && canonical_host_name(sni_) != tunnelled_to_) {
    return refuse(421, "INVALID_ARGUMENT", "MISDIRECTED_REQUEST",
                  fmt::format("The tunnel leads to \"{}\", but its TLS asked for another host.",
                              tunnelled_to_));
  }
  if (canonical_host_name(host) != tunnelled_to_) {
    return refuse(421, "INVALID_ARGUMENT", "MISDIRECTED_REQUEST",
                  fmt::format("The tunnel leads to \"{}\", but the request is for \"{}\".",
                              tunnelled_to_, host));
  }
  return step::go_on;
}

exchange::step exchange::check_origin() {
  const auto& hosts = settings_->client.hosts;
  // In absolute form the target says it, and Host is ignored (RFC 9112, 3.2.2).
  if (const http::field* host = head_.find("Host");
      host != nullptr && head_.target.starts_with('/')) {
    const std::string_view name = host_of_authority(host->value);
    if (name.empty() && !host->value.empty()) {
      return refuse(400, "INVALID_ARGUMENT", "MALFORMED_REQUEST",
                    "Malformed HTTP request: malformed Host.");
    }
    if (const step agreed = check_agreement(name); agreed != step::go_on) return agreed;
    to_vertex_host_ = http::iequals(name, vertex_host);
    if (!name.empty() && !is_trusted_host(name, hosts) && !is_upstream(name)) {
      return refuse(
          403, "PERMISSION_DENIED", "HOST_NOT_SERVED",
          fmt::format("Requests for the host \"{}\" are not served here; if it names this "
                      "gemkeeper, add it to proxy.hosts.",
                      name));
    }
  }
  if (const http::field* origin = head_.find("Origin");
      origin != nullptr && !is_trusted_origin(origin->value, hosts)) {
    return refuse(403, "PERMISSION_DENIED", "ORIGIN_NOT_SERVED",
                  "Web pages of other hosts may not use this gemkeeper; if this one may, add its "
                  "host to proxy.hosts.");
  }
  return step::go_on;
}

}  // namespace gemkeeper::proxy
