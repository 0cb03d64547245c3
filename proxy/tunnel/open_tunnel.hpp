// Connects to the target of a CONNECT request, if it may be connected to.
#pragma once

#include "net/executor.hpp"
#include "net/signal.hpp"
#include "net/stream.hpp"
#include "tunnel/address_guard.hpp"
#include "tunnel/authority.hpp"
#include "tunnel/tunnel_rules.hpp"
#include "upstream/addresses.hpp"
#include <gemkeeper/gemini/error.hpp>

#include <memory>

namespace gemkeeper::proxy {

class worker;

struct tunnel_opening {
  // Connected, and past any handshake of an egress proxy; nullptr: it failed.
  std::shared_ptr<stream> target;
  bool cancelled = false;   // the client left or the worker stops: nobody wants an answer
  gemini::own_error error;  // else why: 403 refused, 502 not reached, 504 not in time
};

// How a target is reached that may be reached by what its text says. Bounded by the deadline and
// the interrupter of `wake`.
using tunnel_dialer = awaitable<tunnel_opening> (*)(worker& w, const authority& target,
                                                    signal& wake);

// Looks the name up, drops the addresses that the rules or the guard refuse, and connects to one of
// those that are left, and to no other: there is no second look-up that could say otherwise.
awaitable<tunnel_opening> dial_direct(worker& w, const authority& target, signal& wake);

// By upstream.proxy, which looks the name up itself: which address that gives is for it to judge.
awaitable<tunnel_opening> dial_through_proxy(worker& w, const authority& target, signal& wake);

// Judges the target by its text, and dials. `wake` has the deadline (connect.timeout).
awaitable<tunnel_opening> open_tunnel(worker& w, const authority& target, signal& wake,
                                      tunnel_dialer dial = &dial_direct);

// Those of a target's addresses that may be connected to, in their order.
endpoint_list admitted(const endpoint_list& found, const authority& target,
                       const tunnel_rules& rules, address_guard& guard);

}  // namespace gemkeeper::proxy
