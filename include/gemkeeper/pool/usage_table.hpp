// Calls and tokens by key and model, in memory.
//
// Thread-safety: one `usage_table` per worker is written by that worker alone and read by any
// thread (its own short lock); `total` sums tables.
#pragma once

#include <gemkeeper/pool/breakable_mutex.hpp>
#include <gemkeeper/pool/ids.hpp>
#include <gemkeeper/pool/string_map.hpp>
#include <gemkeeper/pool/usage.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace gemkeeper::pool {

struct usage_counts {
  std::uint64_t calls = 0;       // requests answered with this key and model
  std::uint64_t errors = 0;      // of which with an error
  std::uint64_t cancelled = 0;   // of which the client left early
  std::uint64_t unmetered = 0;   // successes whose usage could not be read
  std::uint64_t unpriced = 0;    // calls of unknown cost, which `cost_micros` lacks
  std::int64_t cost_micros = 0;  // 10^-6 USD
  token_usage tokens;

  usage_counts& operator+=(const usage_counts& other);
  friend bool operator==(const usage_counts&, const usage_counts&) = default;
};

enum class usage_kind : std::uint8_t { success, error, cancelled, unmetered };

class usage_table {
 public:
  // At most this many distinct models; the rest is counted under "other".
  static constexpr std::size_t max_models = 256;

  // `slot`: the key's, as its lease said. `cost_micros`: nothing: not known. `calls`: 0 for more of
  // a call that was recorded before.
  void record(std::uint32_t slot, const key_id& key, std::string_view model, usage_kind kind,
              const token_usage& tokens, std::optional<std::int64_t> cost_micros,
              std::uint32_t calls = 1);

  // `record` is about to come for this slot: among many keys its row has left the caches. From the
  // writing thread.
  void fetch_ahead(std::uint32_t slot) const {
    if (slot >= places_.size()) return;
    const place& p = places_[slot];
    __builtin_prefetch(&p, 1);
    __builtin_prefetch(&p.first.counts.tokens, 1);
  }

  using snapshot = std::map<std::pair<key_id, model_name>, usage_counts>;
  [[nodiscard]] snapshot read() const;
  static snapshot total(std::span<const usage_table* const> tables);

 private:
  struct row {
    std::uint32_t model = 0;  // in `models_`
    usage_counts counts;
  };
  // Few models, many keys: a model's name is looked up once, in a table that stays in the cache,
  // and a key's row is found by its place alone, without a name and without a hash.
  struct place {
    key_id key;  // the last one here
    row first;
    std::vector<row> more;  // of further models
  };
  // What was recorded, row by row, each once.
  using rows = std::vector<std::pair<key_id, row>>;
  void read_rows(rows& into, std::vector<std::string>& models) const;
  std::uint32_t index_of(std::string_view model);
  usage_counts& counts_of(std::uint32_t slot, const key_id& key, std::uint32_t model);

  mutable breakable_mutex mutex_;
  std::vector<std::string> models_;
  string_map<std::uint32_t> indices_;
  std::vector<place> places_;                   // by slot
  std::vector<std::pair<key_id, row>> former_;  // of keys whose slot another has now
};

}  // namespace gemkeeper::pool
