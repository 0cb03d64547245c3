// What befalls keys and limits, told to the log and to those who listen to the admin API.
#pragma once

#include <gemkeeper/admin/event_hub.hpp>
#include <gemkeeper/app/log.hpp>
#include <gemkeeper/pool/limits.hpp>
#include <gemkeeper/pool/pool.hpp>

namespace gemkeeper::app {

void tell(log& to, const pool::pool_event& event);
void publish(admin::event_hub& to, const pool::pool_event& event);

void tell(log& to, const pool::limit_event& event);
void publish(admin::event_hub& to, const pool::limit_event& event);

// Limits per minute are reached all the time where they do their work: they raise no alert.
bool is_of_a_minute(pool::limit_kind which);

}  // namespace gemkeeper::app
