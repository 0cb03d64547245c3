// What befalls keys, told to the log and to those who listen to the admin API.
#pragma once

#include <gemkeeper/admin/event_hub.hpp>
#include <gemkeeper/app/log.hpp>
#include <gemkeeper/pool/pool.hpp>

namespace gemkeeper::app {

void tell(log& to, const pool::pool_event& event);
void publish(admin::event_hub& to, const pool::pool_event& event);

}  // namespace gemkeeper::app
