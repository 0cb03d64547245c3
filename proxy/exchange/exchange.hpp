// One request and its answer: the whole life of an exchange, in its order (exchange.cpp).
#pragma once

#include "exchange/answer_head.hpp"
#include "exchange/answer_lesson.hpp"
#include "exchange/attempt_trail.hpp"
#include "exchange/body_store.hpp"
#include "exchange/caller.hpp"
#include "exchange/leak_guard.hpp"
#include "exchange/request_image.hpp"
#include "exchange/result_usage.hpp"
#include "http/body_reader.hpp"
#include "http/head.hpp"
#include "net/signal.hpp"
#include "net/stream.hpp"
#include "tunnel/authority.hpp"
#include "tunnel/tunnel.hpp"
#include "upstream/connection_pool.hpp"
#include "websocket/close_frame.hpp"
#include "websocket/frame_reader.hpp"
#include <gemkeeper/gemini/content_decoder.hpp>
#include <gemkeeper/gemini/endpoint.hpp>
#include <gemkeeper/gemini/error.hpp>
#include <gemkeeper/gemini/first_event.hpp>
#include <gemkeeper/gemini/list_merge.hpp>
#include <gemkeeper/gemini/request_body.hpp>
#include <gemkeeper/gemini/resource.hpp>
#include <gemkeeper/gemini/usage_meter.hpp>
#include <gemkeeper/pool/affinity.hpp>
#include <gemkeeper/pool/page_token.hpp>
#include <gemkeeper/pool/pool.hpp>
#include <gemkeeper/pool/prices.hpp>
#include <gemkeeper/pool/retry.hpp>
#include <gemkeeper/pool/usage_table.hpp>
#include <gemkeeper/proxy/settings.hpp>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gemkeeper::proxy {

class worker;
struct live_session;
namespace websocket {
struct session_end;
}

// Serves the requests of one client connection, one after the other; its memory is reused. Lives
// on its worker's thread.
class exchange final : private interrupter {
 public:
  // The first byte of a ClientHello (RFC 8446, 5.1), and of no request.
  static constexpr char tls_handshake_record = 0x16;

  enum class fate : std::uint8_t {
    keep_alive,
    close,
    linger,  // the client may still be sending: read on for a while, so that it gets the answer
    tunnel,  // `take_tunnel` has it
    abort,   // the answer was cut short: the client must not take it for whole
  };

  exchange(worker& w, stream& client, signal& wake);
  ~exchange();

  // Waits for a request, serves it, logs it.
  awaitable<fate> run();
  // After `fate::tunnel`: the target, and the announcement is with the client.
  opened_tunnel take_tunnel() { return std::move(tunnel_); }

 private:
  // What a step says of the next.
  enum class step : std::uint8_t {
    go_on,
    answered,   // the client has its answer, whole or not
    refused,    // `refusal_` is the answer
    gone,       // the client left, or never sent a request
    more,       // of the body is still to come
    upload,     // the body is to be sent on as it comes
    secure,     // the client begins to speak TLS
    connect,    // a tunnel to `tunnel_target_` is wanted
    intercept,  // and what comes through it is to be served here
    tunnelled,
    secured,  // requests come through TLS now
  };

  // What the answer says of its cost.
  struct told_usage {
    bool metered = false;
    pool::token_usage usage;
    pool::service_tier service = pool::service_tier::standard;
    std::string_view model_version;
    std::optional<pool::cost_estimate> cost{};  // where it is known already
  };

  // The request (exchange_request.cpp).
  void begin();
  void forget_attempts();
  awaitable<step> read_head();
  step admit();
  step start_body();
  step absorb_body();
  void scan_body(std::string_view content);
  awaitable<step> await_body();
  step refuse_body(std::uint64_t most);
  step refuse(int http_status, std::string_view status, std::string_view reason,
              std::string message);

  // Whom it is for (exchange_target.cpp).
  step route_target();
  step check_agreement(std::string_view host);
  step check_origin();
  [[nodiscard]] bool is_upstream(std::string_view host) const;
  step choose_service();
  // The service that it is for.
  [[nodiscard]] const origin& upstream_origin() const {
    return settings_->upstream.of(endpoint_.service);
  }

  // Whose it is (exchange_caller.cpp).
  step identify();
  step identify_tunnel();
  bool take_caller(known_caller& from, std::string_view token);
  step refuse_caller(int http_status, std::string_view remedy);
  step begin_for_caller();
  void settle_caller(const pool::token_usage& usage, std::optional<std::uint64_t> micro_usd);

  // TLS that ends here (exchange_tls.cpp).
  awaitable<step> secure_connection();
  awaitable<step> intercept();
  awaitable<step> shake_hands(ssl_ptr tls);
  void tell_of_tls(std::string_view problem);

  // A tunnel (exchange_tunnel.cpp).
  step admit_tunnel();
  awaitable<step> start_tunnel();
  awaitable<step> announce_tunnel();

  // A WebSocket (exchange_upgrade.cpp).
  step check_upgrade();
  [[nodiscard]] bool is_websocket_now() const;
  pool::verdict upgraded();
  awaitable<step> relay_websocket();

  // A Live session (exchange_live.cpp).
  step check_live();
  awaitable<step> open_live();
  step take_setup();
  io_result live_interrupted();
  awaitable<pool::verdict> set_up_live();
  std::optional<pool::verdict> read_first_answer(websocket::frame_reader& of_server);
  awaitable<step> relay_live();
  void learn_session(std::string_view name);
  step end_live(const websocket::session_end& end);
  awaitable<step> close_live(websocket::close_reason why);
  awaitable<step> close_live_as_told();
  awaitable<step> close_live_as_refused();
  void leave_live();

  // The keys (exchange_keys.cpp).
  awaitable<step> try_keys();
  std::optional<pool::no_key> take_key();
  void take_lease(pool::lease taken);
  awaitable<std::optional<pool::no_key>> wait_in_queue(pool::no_key why);
  step without_key(const pool::no_key& why);
  step refuse_until_recovery(std::string_view reason, std::string message, const pool::no_key& why);
  [[nodiscard]] bool may_go_on(const pool::verdict& what);
  pool::circuit_breaker& breaker_of_models();
  [[nodiscard]] bool may_repeat() const;
  awaitable<step> back_off();
  void note_wait(steady_time began);
  step spent();

  // What belongs to one project (exchange_affinity.cpp).
  void read_names();
  step place_request();
  void stay_together();
  [[nodiscard]] std::string_view caller_id() const;
  step place_conflict(const pool::affinity_plan& plan);
  void search(const pool::affinity_plan& plan);
  [[nodiscard]] bool searching() const { return search_ != search_state::none; }
  bool note_denial(const pool::verdict& what);
  step without_owner(const pool::no_key& why);
  [[nodiscard]] std::string name_of(const pool::project_ref& project) const;
  void begin_lesson();
  void learn_from_success();
  void learn_from_answer();

  // A list of all projects (exchange_list.cpp).
  step plan_list();
  [[nodiscard]] std::optional<pool::page_cursor> place_after(
      const std::string& item, const std::vector<pool::project_ref>& projects) const;
  awaitable<step> serve_list();
  void begin_question(const gemini::list_question& question);
  awaitable<step> ask_project();
  awaitable<step> take_page();
  awaitable<step> send_list();

  // A resumable upload (exchange_upload.cpp).
  step find_upload();
  void note_origin();
  void own_upload_address();
  void learn_upload(std::string_view address);
  [[nodiscard]] bool streams_upload() const;
  awaitable<step> serve_upload();
  upstream_ptr idle_for_upload();
  awaitable<io_result> stream_body();

  // One attempt (exchange_attempt.cpp).
  awaitable<pool::verdict> ask_upstream();
  void note_attempt();
  void note_end(const pool::verdict& what, const pool::consequence& effect,
                std::chrono::microseconds duration);
  [[nodiscard]] bool route_rests();
  void tell_of_route();
  io_result start_request();
  awaitable<io_result> finish_request();
  [[nodiscard]] bool final_answer_began() const;
  awaitable<io_result> read_answer_head();
  awaitable<pool::verdict> judge_error();
  awaitable<pool::verdict> judge_first_event();
  awaitable<io_result> hold_answer(milliseconds patience, std::size_t most);
  // Reasons of an egress fault that is the proxy's.
  static constexpr std::string_view broken_proxy = "upstream_proxy";
  static constexpr std::string_view resting_route = "upstream_proxy_rests";
  pool::verdict served() const;
  pool::verdict egress_fault(std::string_view reason, std::string problem);
  pool::verdict gone_verdict() const;

  // The answer (exchange_answer.cpp).
  awaitable<step> relay();
  void commit(body_form form);
  void read_along(std::string_view text);
  step end_relay(io_result client_got, io_result upstream_got);
  awaitable<step> send_held();
  awaitable<void> send_refusal();
  void settle(const pool::verdict& what);
  // Something of the upstream's answer is with the client.
  [[nodiscard]] bool committed() const;
  void drop_upstream();
  void keep_upstream();
  answer_marks marks(bool close) const;
  void finish(step how);

  // What it used (exchange_usage.cpp).
  void begin_results();
  void count_once(bool whole);
  void count_turn(const pool::token_usage& turn);
  void confirm_key();
  [[nodiscard]] told_usage told() const;
  [[nodiscard]] pool::cost_estimate price(pool::usage_kind kind, const told_usage& told,
                                          pool::time_point now) const;

  io_result interrupted() override;
  bool gives_place();
  void wait_at_most(milliseconds stage);
  [[nodiscard]] std::optional<milliseconds> deadline_left() const;
  [[nodiscard]] gemini::content_coding answer_coding() const;

  worker& worker_;
  stream& client_;
  signal& wake_;
  std::shared_ptr<const proxy_settings> settings_;

  // How the client's requests come here.
  std::string tunnelled_to_;    // the host of the tunnel that was intercepted; empty: none was
  std::string sni_;             // of the last layer
  known_caller bearer_;         // of the last request
  known_caller tunnel_bearer_;  // of the tunnel

  // Who asks: null where nobody need say so, and did not.
  std::shared_ptr<pool::client> caller_;  // shared with the table
  pool::client_pass pass_;
  bool bore_token_ = false;

  // The client's request.
  enum class phase : std::uint8_t {
    idle,
    receiving,
    working,
    connecting,  // a tunnel: what the client says meanwhile is for the target
    answering,
    upgraded,  // to a WebSocket: both sides are watched by the relay
  } phase_ = phase::idle;
  http::head_scanner scanner_;
  http::request_head head_;  // valid until `admit` is through
  http::framing framing_;
  http::body_reader body_reader_;
  std::array<char, 16> request_id_{};
  std::string method_;
  std::string target_;  // origin-form; `endpoint_` points into it
  gemini::endpoint endpoint_;
  std::string model_;
  std::string_view trace_id_;  // in `image_`
  gemini::request_scanner request_scanner_;
  gemini::content_coding body_coding_ = gemini::content_coding::identity;
  std::optional<gemini::content_decoder> body_decoder_;  // since a body was compressed
  std::uint64_t inflated_ = 0;                           // bytes of this one
  body_store body_;
  request_image image_;
  bool http10_ = false;
  bool to_vertex_host_ = false;  // by its name
  bool to_head_ = false;
  bool to_websocket_ = false;
  bool probed_ = false;  // a half-closed client was asked whether it lives
  fate fate_ = fate::keep_alive;
  fate after_body_ = fate::keep_alive;
  gemini::own_error refusal_;
  authority tunnel_target_;
  opened_tunnel tunnel_;

  std::unique_ptr<live_session> live_;  // for a Live session only
  // What it names that belongs to one project.
  enum class search_state : std::uint8_t {
    none,
    asking,  // nobody knows the owner: the projects are asked in turn
    denied,  // the last one that was asked has no such resource
  } search_ = search_state::none;
  gemini::resource_set named_;  // by its head; what the body names is with `request_scanner_`
  std::string first_named_;     // fit to be shown
  unsigned denials_ = 0;
  struct merged_list {
    gemini::list_shape shape;
    std::string target;  // without credentials
    gemini::list_merger merger;
  };
  std::unique_ptr<merged_list> list_;  // of all projects, which is being asked for
  std::string page_;                   // of one of them

  // A resumable upload.
  std::string origin_;                      // where the client that begins one reaches gemkeeper
  std::string own_address_;                 // of the upload, for the client
  std::optional<pool::key_id> upload_key_;  // that began the one that is continued
  bool streaming_ = false;                  // the body is not kept: it can be sent once

  // The attempts.
  pool::request_traits traits_;
  pool::lease lease_;
  unsigned attempts_ = 0;
  unsigned uncounted_ = 0;  // of them, which pool.max_attempts does not limit
  unsigned egress_faults_ = 0;
  pool::key_id last_key_{};
  std::uint32_t last_slot_ = 0;
  std::string last_key_name_;
  std::string last_project_;  // as it was declared
  pool::tier last_tier_ = pool::tier::unknown;
  pool::verdict last_verdict_;
  std::string egress_problem_;
  attempt_trail trail_;
  std::chrono::microseconds waiting_{};  // before the next attempt
  bool queued_ = false;                  // so the lease came by the pool's queue
  bool request_sent_ = false;

  // The upstream's answer.
  std::shared_ptr<connection_pool> route_;  // of the lease; shared with the worker's table
  upstream_ptr upstream_;
  http::response_head answer_;  // views into the upstream's buffer, or into `held_head_`
  http::framing answer_framing_;
  http::body_reader answer_reader_;
  std::size_t fed_ = 0;  // bytes of the upstream's buffer that were read but not relayed
  gemini::usage_meter meter_{gemini::answer_form::json, gemini::content_coding::identity};
  gemini::first_event first_event_{gemini::answer_form::json};
  std::optional<leak_guard> guard_;  // since an error in it
  answer_lesson lesson_;
  result_usage results_;
  std::string made_;         // the interaction that this answer is of
  bool left_out_ = false;    // the usage that it tells was counted before, or is none
  std::string answer_head_;  // bytes of the upstream's head
  bool held_ = false;        // an error answer is kept whole
  std::string held_body_;
  std::string last_secret_;  // to be masked in the held answer; the lease is settled by then

  std::string out_;
  int status_sent_ = 0;
  std::uint64_t bytes_out_ = 0;
  steady_time started_;  // while it idles: since when
  steady_time upstream_started_;
  std::chrono::microseconds upstream_time_{};
  std::chrono::microseconds first_byte_{};
  std::chrono::microseconds receiving_{};  // waiting for the body
  std::chrono::microseconds waited_{};     // for keys, and between attempts
};

}  // namespace gemkeeper::proxy
