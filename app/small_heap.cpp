#include "small_heap.hpp"

#include <malloc.h>

namespace gemkeeper::app {

void keep_heap_small() {
  // Set by hand, they no longer grow with what is freed.
  constexpr int large = 64 * 1024;
  ::mallopt(M_MMAP_THRESHOLD, large);
  ::mallopt(M_TRIM_THRESHOLD, 2 * large);
  ::mallopt(M_ARENA_MAX, 2);
}

}  // namespace gemkeeper::app
