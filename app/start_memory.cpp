#include "start_memory.hpp"

#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>

namespace gemkeeper::app {

namespace {

// Pages that nobody may write to stand in the file as they do in memory: the kernel takes them
// back, and brings them again, from its cache, when they are next read or run. Pages with
// relocations are in segments that were writable, and stay.
int release_file_pages(dl_phdr_info* object, std::size_t, void* page_size) {
  const auto page = *static_cast<const std::uintptr_t*>(page_size);
  for (int n = 0; n < object->dlpi_phnum; ++n) {
    const auto& segment = object->dlpi_phdr[n];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
    const std::uintptr_t start = object->dlpi_addr + segment.p_vaddr;
    const std::uintptr_t first = start & ~(page - 1);
    // A refusal leaves things as they are.
    ::madvise(reinterpret_cast<void*>(first), start + segment.p_memsz - first, MADV_DONTNEED);
  }
  return 0;
}

// A debugger's breakpoints are bytes that it has written over the code's: they would be lost.
bool is_traced() {
  std::ifstream status("/proc/self/status");
  constexpr std::string_view name = "TracerPid:\t";
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name)) return line.substr(name.size()) != "0";
  }
  return false;
}

}  // namespace

void release_start_memory() {
  ::malloc_trim(0);
  if (is_traced()) return;
  auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  ::dl_iterate_phdr(release_file_pages, &page);
}

}  // namespace gemkeeper::app
