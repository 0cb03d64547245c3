#include "setting.hpp"
#include "setting_types.hpp"

#include <algorithm>
#include <array>

namespace gemkeeper::app {
namespace {

using namespace types;
using proxy::client_settings;
using proxy::connect_settings;
using proxy::intercept_settings;
using proxy::proxy_settings;
using proxy::retry_settings;
using proxy::tracing_settings;
using proxy::upstream_settings;
using enum effect;

constexpr std::array policies{
    named{"round_robin", pool::policy::round_robin}, named{"weighted", pool::policy::weighted},
    named{"least_used", pool::policy::least_used}, named{"priority", pool::policy::priority}};
constexpr std::array levels{named{"debug", log_level::debug}, named{"info", log_level::info},
                            named{"warn", log_level::warn}, named{"error", log_level::error}};
constexpr std::array formats{named{"auto", log_format::automatic}, named{"text", log_format::text},
                             named{"json", log_format::json}};
constexpr std::array severities{named{"info", admin::severity::info},
                                named{"warning", admin::severity::warning},
                                named{"critical", admin::severity::critical}};
constexpr std::array tiers{named{"unknown", pool::tier::unknown}, named{"free", pool::tier::free},
                           named{"paid", pool::tier::paid}};

constexpr std::array services{named{"gemini", pool::service::gemini},
                              named{"vertex", pool::service::vertex}};

using any_time = duration<zero::allowed>;
using some_time = duration<zero::forbidden>;
constexpr std::int64_t many = 1'000'000;

// `Path`: the members that lead from the Owner to the value.
template <class Owner, class Type, auto... Path>
constexpr field<Owner> make_field(std::string_view name, std::string_view what) {
  return {name, Type::name, what,
          [](const raw_value& value, Owner& into) { return Type::read(value, (into.*....*Path)); },
          [](const Owner& from) { return Type::write((from.*....*Path)); }};
}

template <class Type, auto... Path>
constexpr setting row(std::string_view name, effect when, std::string_view what) {
  return {make_field<config, Type, Path...>(name, what), when};
}
template <class Type, auto... Path>
constexpr setting proxy_row(std::string_view name, effect when, std::string_view what) {
  return row<Type, &config::proxy, Path...>(name, when, what);
}
template <class Type, auto Member>
constexpr setting client_row(std::string_view name, std::string_view what) {
  return proxy_row<Type, &proxy_settings::client, Member>(name, at_once, what);
}
template <class Type, auto Member>
constexpr setting upstream_row(std::string_view name, std::string_view what) {
  return proxy_row<Type, &proxy_settings::upstream, Member>(name, at_start, what);
}
template <class Type, auto Member>
constexpr setting intercept_row(std::string_view name, std::string_view what) {
  return proxy_row<Type, &proxy_settings::intercept, Member>(name, at_start, what);
}
template <class Type, auto Member>
constexpr setting connect_row(std::string_view name, std::string_view what) {
  return proxy_row<Type, &proxy_settings::connect, Member>(name, at_once, what);
}
template <class Type, auto Member>
constexpr setting retry_row(std::string_view name, std::string_view what) {
  return proxy_row<Type, &proxy_settings::retry, Member>(name, at_once, what);
}
template <class Type, auto Member>
constexpr setting pool_row(std::string_view name, std::string_view what) {
  return row<Type, &config::pool, Member>(name, at_once, what);
}
template <class Type, auto Member>
constexpr setting alert_row(std::string_view name, std::string_view what) {
  return row<Type, &config::alerts, Member>(name, at_once, what);
}

// clang-format off
constexpr std::array table{
    proxy_row<addresses, &proxy_settings::listen>("proxy.listen", at_start,
        "host:port, [v6]:port or unix:PATH; beyond this machine only with clients.required; port 0: any free"),
    proxy_row<count<0, 1024>, &proxy_settings::workers>("proxy.workers", at_start,
        "threads that serve; 0: as many as cores, or as the container's CPU quota and memory allow"),
    proxy_row<any_time, &proxy_settings::drain_timeout>("proxy.drain_timeout", at_once,
        "how long requests in flight may go on after SIGTERM"),
    client_row<texts, &client_settings::hosts>("proxy.hosts",
        "more names by which clients reach it; a request for any other name is refused"),
    proxy_row<tls_choice, &proxy_settings::tls>("proxy.tls", at_start,
        "for clients that speak TLS to the proxy: \"auto\" (the local CA), \"off\", or a PEM file with certificate and key"),
    client_row<some_time, &client_settings::head_timeout>("proxy.head_timeout",
        "from the first byte of a request to the end of its head"),
    client_row<some_time, &client_settings::body_timeout>("proxy.body_timeout",
        "between two pieces of a request's body"),
    client_row<some_time, &client_settings::idle_timeout>("proxy.idle_timeout",
        "between two requests of a connection"),
    client_row<some_time, &client_settings::write_timeout>("proxy.write_timeout",
        "for a client that does not read its answer"),
    client_row<count<0, many>, &client_settings::max_connections>("proxy.max_connections",
        "per worker; beyond, new ones wait for a place, also for that of one that idles; 0: 10000, or as the container's memory allows"),

    row<addresses, &config::admin, &admin_settings::listen>("admin.listen", at_start,
        "where the admin API listens, in the forms of proxy.listen; []: nowhere"),
    row<secret, &config::admin, &admin_settings::token>("admin.token", at_start,
        "secret that admin requests must bear; needed to listen beyond this machine"),
    row<path, &config::admin, &admin_settings::token_file>("admin.token_file", at_start,
        "file whose only line is that secret; empty: none"),
    row<flag, &config::admin, &admin_settings::insecure_plaintext>("admin.insecure_plaintext", at_start,
        "let the admin API listen beyond this machine without TLS"),
    row<tls_choice, &config::admin, &admin_settings::tls>("admin.tls", at_start,
        "\"off\", \"auto\" (the local CA; for this machine's names only), or a PEM file with certificate and key; not on unix:PATH"),
    row<path, &config::admin, &admin_settings::ca_file>("admin.ca_file", at_once,
        "PEM file of the CAs by which commands know that certificate; empty: the local CA, or the file of admin.tls"),

    proxy_row<base_url, &proxy_settings::upstream>("upstream.base_url", at_start,
        "where requests go: http:// or https://, a path prefix is allowed"),
    upstream_row<base_url, &upstream_settings::vertex>("upstream.vertex_base_url",
        "where requests for Vertex AI in express mode go, with keys whose service is \"vertex\""),
    upstream_row<path, &upstream_settings::ca_file>("upstream.ca_file",
        "PEM file of the CAs to trust; empty: the system's"),
    upstream_row<proxy_url, &upstream_settings::proxy>("upstream.proxy",
        "proxy on the way to the upstream: http://, https:// or socks5://[USER:PASSWORD@]HOST[:PORT]; empty: straight"),
    upstream_row<path, &upstream_settings::proxy_ca_file>("upstream.proxy_ca_file",
        "PEM file of the CAs to trust for https:// proxies; empty: the system's"),
    upstream_row<some_time, &upstream_settings::connect_timeout>("upstream.connect_timeout",
        "for one address; all together get three times as much"),
    upstream_row<some_time, &upstream_settings::tls_timeout>("upstream.tls_timeout",
        "for the TLS handshake"),
    upstream_row<some_time, &upstream_settings::first_byte_timeout>("upstream.first_byte_timeout",
        "until the head of an answer: thinking models are silent for minutes"),
    upstream_row<some_time, &upstream_settings::idle_timeout>("upstream.idle_timeout",
        "between two pieces of an answer, and while a request is sent"),
    upstream_row<some_time, &upstream_settings::dns_refresh>("upstream.dns_refresh",
        "how often the host's addresses are looked up"),
    upstream_row<count<0, many>, &upstream_settings::max_idle_connections>("upstream.max_idle_connections",
        "kept open for reuse, per worker and way out"),
    upstream_row<any_time, &upstream_settings::max_idle_time>("upstream.max_idle_time",
        "an unused connection is closed after this"),
    upstream_row<some_time, &upstream_settings::max_lifetime>("upstream.max_lifetime",
        "a connection is not used again after this"),

    intercept_row<host_names, &intercept_settings::hosts>("intercept.hosts",
        "more hosts whose TLS the forward proxy terminates, to be served by the upstream; \"*.example.com\": all below it; \"aiplatform.googleapis.com\": Vertex AI in express mode"),
    intercept_row<path, &intercept_settings::ca_cert>("intercept.ca_cert",
        "PEM file of a CA to sign with, and of its chain; empty: one is made in the state directory"),
    intercept_row<path, &intercept_settings::ca_key>("intercept.ca_key",
        "PEM file of that CA's key"),

    connect_row<tunnel_hosts<proxy::tunnel_list::allow>, &connect_settings::allow>("connect.allow",
        "hosts that CONNECT may tunnel to: names, \"*.example.com\", \"*\", addresses, CIDR blocks; [] for none"),
    connect_row<tunnel_hosts<proxy::tunnel_list::deny>, &connect_settings::deny>("connect.deny",
        "hosts that it may not, in the same forms; stronger than connect.allow"),
    connect_row<ports, &connect_settings::ports>("connect.ports",
        "ports that it may tunnel to"),
    connect_row<flag, &connect_settings::through_proxy>("connect.through_proxy",
        "tunnels go through upstream.proxy too"),
    connect_row<some_time, &connect_settings::timeout>("connect.timeout",
        "to look the host up and to connect to it"),
    connect_row<some_time, &connect_settings::idle_timeout>("connect.idle_timeout",
        "a tunnel without a byte in either direction is closed after this"),

    pool_row<choice<policies>, &pool::pool_settings::policy>("pool.policy",
        "which key goes next: round_robin, weighted, least_used or priority"),
    row<path, &config::keys_dir>("pool.keys_dir", at_once,
        "directory with one key per file, the file's name being the key's; empty: none"),
    row<text, &config::keys_credential>("pool.keys_credential", at_once,
        "the same, from systemd: X for LoadCredential=X:DIRECTORY; empty: none"),
    retry_row<count<1, 1000>, &retry_settings::max_attempts>("pool.max_attempts",
        "upstream tries for one request"),
    retry_row<any_time, &retry_settings::max_wait>("pool.max_wait",
        "how long a request may wait for a key when none is free; 0s: it is answered at once"),
    retry_row<any_time, &retry_settings::keep_together>("pool.keep_together",
        "a file, cache or store that a client makes so soon after the last goes to the same project, as no "
        "key can use two projects' in one request; 0s: to the next key"),
    retry_row<ratio, &retry_settings::retry_budget>("pool.retry_budget",
        "retries per request over all requests, a guard against storms; negative: no limit"),
    retry_row<count<0, many>, &retry_settings::retry_reserve>("pool.retry_reserve",
        "retries that the budget holds at the start"),
    pool_row<some_time, &pool::pool_settings::minute_cool_down>("pool.minute_cool_down",
        "after a per-minute quota's 429 that names no delay"),
    pool_row<some_time, &pool::pool_settings::unknown_cool_down_min>("pool.unknown_cool_down_min",
        "after a 429 that names nothing; doubles up to the next setting"),
    pool_row<some_time, &pool::pool_settings::unknown_cool_down_max>("pool.unknown_cool_down_max",
        "the longest of these"),
    pool_row<some_time, &pool::pool_settings::no_access_cool_down>("pool.no_access_cool_down",
        "after a quota of 0: the project cannot use the model"),
    pool_row<some_time, &pool::pool_settings::exhausted_cool_down>("pool.exhausted_cool_down",
        "after credits or the spend cap are used up"),
    pool_row<some_time, &pool::pool_settings::probe_interval_min>("pool.probe_interval_min",
        "until a rejected key is tried again; doubles up to the next setting"),
    pool_row<some_time, &pool::pool_settings::probe_interval_max>("pool.probe_interval_max",
        "the longest of these"),
    pool_row<count<1, 4096>, &pool::pool_settings::max_models>("pool.max_models",
        "models whose quotas are tracked one by one"),

    client_row<size<1024>, &client_settings::max_head>("limits.max_head",
        "of a request: its line and fields together; 431 beyond"),
    client_row<count<8, many>, &client_settings::max_fields>("limits.max_fields",
        "header fields of a request; 431 beyond"),
    client_row<size<0>, &client_settings::max_request_body>("limits.max_request_body",
        "413 beyond"),
    client_row<size<0>, &client_settings::max_upload_body>("limits.max_upload_body",
        "the same for uploads of files"),
    client_row<size<0>, &client_settings::replay_memory>("limits.replay_memory",
        "of a body kept for another attempt; beyond, it goes to an unlinked temporary file"),
    client_row<size<0>, &client_settings::replay_memory_total>("limits.replay_memory_total",
        "of all bodies so kept in memory; beyond, they go to files, or have to wait (503) where files are in memory too; 0: no limit, or as the container's memory allows"),

    client_row<flag, &client_settings::token_required>("clients.required",
        "only clients with a token may use the proxy; needed to listen beyond this machine"),

    row<storage, &config::storage_path>("storage.path", at_start,
        "file that holds the state; \":memory:\": nothing is written; empty: in the state directory"),
    row<path, &config::sealing_key, &sealing_key_settings::file>("storage.sealing_key_file", at_start,
        "the master key that seals stored keys; made when missing; empty: in the state directory"),
    row<text, &config::sealing_key, &sealing_key_settings::credential>(
        "storage.sealing_key_credential", at_start, "the same, from a systemd credential"),
    row<text, &config::sealing_key, &sealing_key_settings::env>("storage.sealing_key_env", at_start,
        "the same, in hex or base64, from the environment variable of this name"),

    row<path, &config::prices, &price_settings::file>("prices.file", at_once,
        "JSON file with prices that override the built-in ones, model by model; empty: none"),

    alert_row<webhook_address, &alert_settings::webhook_url>("alerts.webhook_url",
        "secret; where alerts are sent to, by POST: https://… or http://…; empty: nowhere"),
    alert_row<webhook_secret, &alert_settings::webhook_secret>("alerts.webhook_secret",
        "secret that signs what is sent (Standard Webhooks): \"whsec_\" and base64 of 24 to 64 bytes"),
    alert_row<some_time, &alert_settings::webhook_timeout>("alerts.webhook_timeout",
        "for one delivery, look-up and connection included"),
    alert_row<proxy_url, &alert_settings::webhook_proxy>("alerts.webhook_proxy",
        "proxy on the way there, in the form of upstream.proxy; empty: straight, whatever upstream.proxy is"),
    alert_row<path, &alert_settings::webhook_ca_file>("alerts.webhook_ca_file",
        "PEM file of the CAs to trust there; empty: the system's"),
    alert_row<choice<severities>, &alert_settings::min_severity>("alerts.min_severity",
        "of what the webhook is told: info, warning or critical; the log and the admin API tell all"),
    alert_row<percents, &alert_settings::thresholds>("alerts.thresholds",
        "percent of a limit at which there is an alert"),
    alert_row<any_time, &alert_settings::key_age>("alerts.key_age",
        "a key that was first seen so long ago should be replaced; 0s: never"),

    row<choice<levels>, &config::log, &log_settings::level>("log.level", at_once,
        "debug, info, warn or error"),
    row<choice<formats>, &config::log, &log_settings::format>("log.format", at_start,
        "text, json, or auto: text on a terminal"),
    row<path, &config::log, &log_settings::file>("log.file", at_start,
        "opened again on SIGHUP; empty: standard error"),
    row<flag, &config::log, &log_settings::access>("log.access", at_once,
        "one line for every request, at level info"),

    row<flag, &config::metrics, &admin::metrics_settings::per_key>("metrics.per_key", at_start,
        "/metrics tells keys apart; false: a series for all, for pools of very many keys"),
    row<count<1, 4096>, &config::metrics, &admin::metrics_settings::max_models>("metrics.max_models", at_start,
        "models that it tells apart; the rest is \"other\""),

    proxy_row<flag, &proxy_settings::tracing, &tracing_settings::pass_traceparent>("tracing.pass_traceparent", at_once,
        "traceparent and tracestate (W3C Trace Context) go on to the upstream; false: they are removed"),
};

constexpr std::array sections{
    section{"proxy", "Where applications connect."},
    section{"admin", "The admin API."},
    section{"upstream", "Where answers come from."},
    section{"intercept", "The forward proxy."},
    section{"connect", "Tunnels to other hosts."},
    section{"pool", "How keys are chosen, and how long they rest."},
    section{"limits", "What a request may measure."},
    section{"clients", "Client tokens."},
    section{"storage", "Where state is kept."},
    section{"prices", "What tokens cost."},
    section{"alerts", "What the operator is told of, and where (docs/alerts.md)."},
    section{"log", "Operational lines, and one line for every request."},
    section{"metrics", "What /metrics tells apart."},
    section{"tracing", "The trace that a request is of; its id is in the log either way."},
};

template <class Type, auto... Path>
constexpr field<pool::key_spec> key_row(std::string_view name, std::string_view what) {
  return make_field<pool::key_spec, Type, Path...>(name, what);
}
template <class Owner, class Type, auto... Path>
constexpr field<Owner> subject_row(std::string_view name, std::string_view what) {
  return make_field<Owner, Type, Path...>(name, what);
}
constexpr std::int64_t most_requests = std::numeric_limits<std::uint32_t>::max();
constexpr std::int64_t most = 1'000'000'000'000'000;

constexpr std::array key_table{
    key_row<text, &pool::key_spec::name>("name",
        "unique; \"key-1\", \"key-2\" … when there is none"),
    key_row<choice<services>, &pool::key_spec::service>("service",
        "\"gemini\", or \"vertex\": a key of Vertex AI in express mode"),
    key_row<text, &pool::key_spec::project>("project",
        "its Google Cloud project: keys of one project share its quota"),
    key_row<count<1, many>, &pool::key_spec::weight>("weight",
        "its share under the policy weighted"),
    key_row<count<-many, many>, &pool::key_spec::priority>("priority",
        "under the policy priority; higher goes first"),
    key_row<models, &pool::key_spec::models>("models",
        "that it may serve; a trailing * matches any rest; empty: all"),
    key_row<choice<tiers>, &pool::key_spec::tier>("tier",
        "free, paid or unknown"),
    key_row<flag, &pool::key_spec::enabled>("enabled",
        "false: it stays known and is not used"),
    key_row<proxy_url, &pool::key_spec::proxy>("proxy",
        "its own way to the upstream, as upstream.proxy, or \"direct\"; empty: that of all"),
    subject_row<pool::key_spec, count<0, most>, &pool::key_spec::limits, &pool::limit_set::requests_in_flight>("limits.requests_in_flight",
        "over all models, at one time; 0: no limit"),
    subject_row<pool::key_spec, count<0, most>, &pool::key_spec::limits, &pool::limit_set::requests_per_minute>("limits.requests_per_minute",
        "over all models, within any 60 seconds; 0: no limit"),
    subject_row<pool::key_spec, count<0, most>, &pool::key_spec::limits, &pool::limit_set::requests_per_day>("limits.requests_per_day",
        "over all models, until midnight in Los Angeles; 0: no limit"),
    subject_row<pool::key_spec, count<0, most>, &pool::key_spec::limits, &pool::limit_set::tokens_per_minute>("limits.tokens_per_minute",
        "over all models, within any 60 seconds; 0: no limit"),
    subject_row<pool::key_spec, count<0, most>, &pool::key_spec::limits, &pool::limit_set::tokens_per_day>("limits.tokens_per_day",
        "over all models, until midnight in Los Angeles; 0: no limit"),
    subject_row<pool::key_spec, count<0, most>, &pool::key_spec::limits, &pool::limit_set::tokens_per_month>("limits.tokens_per_month",
        "over all models, until the month ends in Los Angeles; 0: no limit"),
    subject_row<pool::key_spec, usd, &pool::key_spec::limits, &pool::limit_set::usd_per_day>("limits.usd_per_day",
        "over all models, in US dollars, a decimal; 0: no limit"),
    subject_row<pool::key_spec, usd, &pool::key_spec::limits, &pool::limit_set::usd_per_month>("limits.usd_per_month",
        "over all models, in US dollars, a decimal; 0: no limit"),
    subject_row<pool::key_spec, count<0, most_requests>, &pool::key_spec::quota, &pool::quota_set::requests_per_minute>("quota.requests_per_minute",
        "Google's quota per model, where you know it; 0: unknown"),
    subject_row<pool::key_spec, count<0, most_requests>, &pool::key_spec::quota, &pool::quota_set::requests_per_day>("quota.requests_per_day",
        "the same, until midnight in Los Angeles; 0: unknown"),
    subject_row<pool::key_spec, count<0, most>, &pool::key_spec::quota, &pool::quota_set::tokens_per_minute>("quota.tokens_per_minute",
        "the same, of input tokens; 0: unknown"),
};

constexpr std::array client_table{
    subject_row<pool::client_spec, text, &pool::client_spec::name>("name",
        "unique; its usage is shown under it"),
    subject_row<pool::client_spec, flag, &pool::client_spec::enabled>("enabled",
        "false: its token is refused"),
    subject_row<pool::client_spec, count<0, most>, &pool::client_spec::limits, &pool::limit_set::requests_in_flight>("limits.requests_in_flight",
        "over all models, at one time; 0: no limit"),
    subject_row<pool::client_spec, count<0, most>, &pool::client_spec::limits, &pool::limit_set::requests_per_minute>("limits.requests_per_minute",
        "over all models, within any 60 seconds; 0: no limit"),
    subject_row<pool::client_spec, count<0, most>, &pool::client_spec::limits, &pool::limit_set::requests_per_day>("limits.requests_per_day",
        "over all models, until midnight in Los Angeles; 0: no limit"),
    subject_row<pool::client_spec, count<0, most>, &pool::client_spec::limits, &pool::limit_set::tokens_per_minute>("limits.tokens_per_minute",
        "over all models, within any 60 seconds; 0: no limit"),
    subject_row<pool::client_spec, count<0, most>, &pool::client_spec::limits, &pool::limit_set::tokens_per_day>("limits.tokens_per_day",
        "over all models, until midnight in Los Angeles; 0: no limit"),
    subject_row<pool::client_spec, count<0, most>, &pool::client_spec::limits, &pool::limit_set::tokens_per_month>("limits.tokens_per_month",
        "over all models, until the month ends in Los Angeles; 0: no limit"),
    subject_row<pool::client_spec, usd, &pool::client_spec::limits, &pool::limit_set::usd_per_day>("limits.usd_per_day",
        "over all models, in US dollars, a decimal; 0: no limit"),
    subject_row<pool::client_spec, usd, &pool::client_spec::limits, &pool::limit_set::usd_per_month>("limits.usd_per_month",
        "over all models, in US dollars, a decimal; 0: no limit"),
};

constexpr std::array project_table{
    subject_row<pool::project_spec, text, &pool::project_spec::name>("name",
        "as keys declare it, or as Google does: \"projects/123\""),
    subject_row<pool::project_spec, count<0, most>, &pool::project_spec::limits, &pool::limit_set::requests_in_flight>("limits.requests_in_flight",
        "over all models, at one time; 0: no limit"),
    subject_row<pool::project_spec, count<0, most>, &pool::project_spec::limits, &pool::limit_set::requests_per_minute>("limits.requests_per_minute",
        "over all models, within any 60 seconds; 0: no limit"),
    subject_row<pool::project_spec, count<0, most>, &pool::project_spec::limits, &pool::limit_set::requests_per_day>("limits.requests_per_day",
        "over all models, until midnight in Los Angeles; 0: no limit"),
    subject_row<pool::project_spec, count<0, most>, &pool::project_spec::limits, &pool::limit_set::tokens_per_minute>("limits.tokens_per_minute",
        "over all models, within any 60 seconds; 0: no limit"),
    subject_row<pool::project_spec, count<0, most>, &pool::project_spec::limits, &pool::limit_set::tokens_per_day>("limits.tokens_per_day",
        "over all models, until midnight in Los Angeles; 0: no limit"),
    subject_row<pool::project_spec, count<0, most>, &pool::project_spec::limits, &pool::limit_set::tokens_per_month>("limits.tokens_per_month",
        "over all models, until the month ends in Los Angeles; 0: no limit"),
    subject_row<pool::project_spec, usd, &pool::project_spec::limits, &pool::limit_set::usd_per_day>("limits.usd_per_day",
        "over all models, in US dollars, a decimal; 0: no limit"),
    subject_row<pool::project_spec, usd, &pool::project_spec::limits, &pool::limit_set::usd_per_month>("limits.usd_per_month",
        "over all models, in US dollars, a decimal; 0: no limit"),
    subject_row<pool::project_spec, count<0, most_requests>, &pool::project_spec::quota, &pool::quota_set::requests_per_minute>("quota.requests_per_minute",
        "Google's quota per model, where you know it; 0: unknown"),
    subject_row<pool::project_spec, count<0, most_requests>, &pool::project_spec::quota, &pool::quota_set::requests_per_day>("quota.requests_per_day",
        "the same, until midnight in Los Angeles; 0: unknown"),
    subject_row<pool::project_spec, count<0, most>, &pool::project_spec::quota, &pool::quota_set::tokens_per_minute>("quota.tokens_per_minute",
        "the same, of input tokens; 0: unknown"),
};
// clang-format on

}  // namespace

std::span<const setting> all_settings() {
  return table;
}

const setting* find_setting(std::string_view name) {
  const auto* found = std::ranges::find(table, name, &setting::name);
  return found == table.end() ? nullptr : found;
}

std::span<const field<pool::key_spec>> key_fields() {
  return key_table;
}

std::span<const field<pool::client_spec>> client_fields() {
  return client_table;
}

std::span<const field<pool::project_spec>> project_fields() {
  return project_table;
}

std::span<const section> all_sections() {
  return sections;
}

}  // namespace gemkeeper::app
