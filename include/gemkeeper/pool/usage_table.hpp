// Calls and tokens by key and model, in memory.
//
// Thread-safety: one `usage_table` per worker is written by that worker alone and read by any
// thread (its own short lock); `total` sums tables.
#pragma once

#include <gemkeeper/pool/ids.hpp>
#include <gemkeeper/pool/string_map.hpp>
#include <gemkeeper/pool/usage.hpp>

#include <cstdint>
#include <cstring>
#include <map>
#include <mutex>
#include <span>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace gemkeeper::pool {

struct usage_counts {
  std::uint64_t calls = 0;      // requests answered with this key and model
  std::uint64_t errors = 0;     // of which with an error
  std::uint64_t cancelled = 0;  // of which the client left early
  std::uint64_t unmetered = 0;  // successes whose usage could not be read
  token_usage tokens;

  usage_counts& operator+=(const usage_counts& other);
};

enum class usage_kind : std::uint8_t { success, error, cancelled, unmetered };

class usage_table {
 public:
  // At most this many distinct models; the rest is counted under "other".
  static constexpr std::size_t max_models = 256;

  void record(const key_id& key, std::string_view model, usage_kind kind,
              const token_usage& tokens);

  using snapshot = std::map<std::pair<key_id, model_name>, usage_counts>;
  [[nodiscard]] snapshot read() const;
  static snapshot total(std::span<const usage_table* const> tables);

 private:
  // Few models, many keys: a model's name is looked up once, in a table that stays in the cache,
  // and a key's row is found without touching a name.
  struct row {
    std::size_t model = 0;  // in `models_`
    usage_counts counts;
  };
  // An id is a hash already.
  struct id_hash {
    std::size_t operator()(const key_id& id) const noexcept {
      std::uint64_t digits = 0;
      std::memcpy(&digits, id.hex.data(), sizeof(digits));
      return digits * 0x9e3779b97f4a7c15;
    }
  };
  std::size_t index_of(std::string_view model);

  mutable std::mutex mutex_;
  std::vector<std::string> models_;
  string_map<std::size_t> indices_;
  std::unordered_map<key_id, std::vector<row>, id_hash> rows_;
};

}  // namespace gemkeeper::pool
