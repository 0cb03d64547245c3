// The life of a client's connection: requests one after the other, then a good end.
#pragma once

#include "net/executor.hpp"

namespace gemkeeper::proxy {

class worker;

awaitable<void> serve_client(worker& w, socket client);

}  // namespace gemkeeper::proxy
