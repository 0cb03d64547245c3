// The life of a client's connection: requests one after the other, then a good end.
#pragma once

#include "net/executor.hpp"
#include "net/unique_fd.hpp"

namespace gemkeeper::proxy {

class worker;

awaitable<void> serve_client(worker& w, unique_fd accepted);

}  // namespace gemkeeper::proxy
