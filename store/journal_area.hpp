// A journal's memory: a header, an append-only dictionary of names, and the ring of records.
//
// One thread appends (names, records), one takes out. `sequence` of a record, `names_used` and
// `drained` are the only words that both touch, atomically: a record is published by a release
// store of its sequence, its room given back by one of `drained`.
#pragma once

#include <gemkeeper/pool/usage.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

namespace gemkeeper::store {

// Integers as the machine has them: a journal is read on the machine that wrote it.
struct journal_header {
  std::uint64_t magic = 0;
  std::uint32_t version = 0;
  std::uint32_t record_size = 0;
  std::uint64_t id = 0;  // random, never 0
  std::uint64_t records = 0;
  std::uint64_t names_size = 0;
  std::uint64_t checksum = 0;  // of the above
  alignas(64) std::uint64_t drained = 0;
  alignas(64) std::uint64_t names_used = 0;  // bytes
};

enum : std::uint64_t {
  entry_key_mask = (std::uint64_t{1} << 48) - 1,
  entry_has_key = std::uint64_t{1} << 48,
  entry_priced = std::uint64_t{1} << 49,
};
constexpr unsigned entry_kind_shift = 56;

struct journal_entry {
  std::uint64_t sequence = 0;  // 0: never written
  std::int64_t time = 0;       // microseconds since 1970
  std::uint64_t key = 0;       // 48 bits of the id, flags, kind
  std::int64_t cost_micros = 0;
  std::uint32_t calls = 0;                           // more than one when merged
  std::uint16_t project = 0, model = 0, client = 0;  // names; 0: empty
  std::uint16_t spare = 0;
  std::uint32_t checksum = 0;
  pool::token_usage tokens;
};
static_assert(sizeof(journal_entry) == 256 && std::is_trivially_copyable_v<journal_entry>);
static_assert(sizeof(pool::token_usage) == 26 * 8, "the version of the journal must change too");

// Of a record in the journal `id`, whatever its `checksum` says.
std::uint32_t checksum_of(const journal_entry& entry, std::uint64_t id);
std::uint32_t checksum_of(std::string_view text, std::uint64_t id);

class journal_area {
 public:
  struct shape {
    std::size_t records = 8192;          // a power of two
    std::size_t names_size = 1U << 20U;  // bytes
  };

  // Makes a file, mode 0600, with all its blocks; an existing one is overwritten. Throws `error`.
  static std::unique_ptr<journal_area> create(const std::filesystem::path& path, const shape& s);
  // Without a file: lost with the process.
  static std::unique_ptr<journal_area> anonymous(const shape& s);
  // Null when the file was never finished; throws `error` when it is damaged or cannot be read.
  static std::unique_ptr<journal_area> open(const std::filesystem::path& path);

  journal_area(const journal_area&) = delete;
  journal_area& operator=(const journal_area&) = delete;
  ~journal_area();

  [[nodiscard]] std::uint64_t id() const { return header_->id; }
  [[nodiscard]] std::uint64_t records() const { return header_->records; }
  journal_entry& at(std::uint64_t sequence) { return ring_[sequence & mask_]; }
  std::atomic_ref<std::uint64_t> drained() { return std::atomic_ref(header_->drained); }
  std::atomic_ref<std::uint64_t> names_used() { return std::atomic_ref(header_->names_used); }
  [[nodiscard]] std::uint64_t names_size() const { return header_->names_size; }
  [[nodiscard]] char* names() { return names_; }

 private:
  journal_area(void* memory, std::size_t size);
  void lay_out(std::uint64_t records, std::uint64_t names_size);
  void begin(const shape& s);

  void* memory_;
  std::size_t size_;
  journal_header* header_;
  char* names_ = nullptr;
  journal_entry* ring_ = nullptr;
  std::uint64_t mask_ = 0;
};

// A name in the dictionary: size and checksum, then the text, padded to 8 bytes.
struct name_head {
  std::uint32_t size = 0;
  std::uint32_t checksum = 0;
};
constexpr std::uint64_t padded_name(std::size_t size) {
  return sizeof(name_head) + (size + 7) / 8 * 8;
}

}  // namespace gemkeeper::store
