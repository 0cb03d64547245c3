#include <gemkeeper/pool/counted_results.hpp>

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>

namespace gemkeeper::pool {
namespace {

// Never 0, which is an empty place.
std::uint64_t hash_of(std::string_view name) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(name.data(), name.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
    throw std::runtime_error("OpenSSL cannot compute SHA-256");
  }
  std::uint64_t hash = 0;
  std::memcpy(&hash, digest.data(), sizeof(hash));
  return std::max<std::uint64_t>(hash, 1);
}

}  // namespace

counted_results::counted_results() : own_(words), memory_(own_) {}

counted_results::counted_results(std::span<std::uint64_t> memory) : memory_(memory) {
  if (memory.size() != words) throw std::runtime_error("counted results: memory of another size");
  for (const std::uint64_t hash : memory_.subspan(1)) {
    if (hash != 0) known_.insert(hash);
  }
}

// The count goes first: a process that dies in between leaves a place that was not taken, and no
// name that the next one would overwrite.
bool counted_results::first_time(std::string_view name) {
  const std::uint64_t hash = hash_of(name);
  const std::lock_guard lock(mutex_);
  if (!known_.insert(hash).second) return false;
  std::atomic_ref<std::uint64_t> came(memory_[0]);
  const std::uint64_t before = came.load(std::memory_order_relaxed);
  came.store(before + 1, std::memory_order_release);
  std::uint64_t& place = memory_[1 + before % capacity];
  if (place != 0) known_.erase(place);
  std::atomic_ref(place).store(hash, std::memory_order_release);
  news_.store(true, std::memory_order_relaxed);
  return true;
}

}  // namespace gemkeeper::pool
