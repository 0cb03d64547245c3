// What can go wrong with storage, told so that the operator knows what to change.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace gemkeeper::store {

enum class fault : std::uint8_t {
  cannot_open,    // no such directory, no permission, not a database of gemkeeper
  in_use,         // another gemkeeper has it open
  newer_version,  // written by a newer gemkeeper
  damaged,        // not readable as a database
  disk_full,
  read_only,
  locked,      // another program holds a lock on it for longer than the busy timeout
  input,       // what was to be stored or asked for makes no sense
  duplicate,   // it is there already
  sealing,     // the master key is missing, malformed, or not the one that sealed
  overloaded,  // the queue of changes is full
  failed,      // reading or writing failed otherwise
};
std::string_view to_string(fault);

// `what()` names the file or the field and the remedy, and never a secret.
class error : public std::runtime_error {
 public:
  error(fault f, const std::string& message) : std::runtime_error(message), fault_(f) {}
  [[nodiscard]] fault kind() const { return fault_; }

 private:
  fault fault_;
};

}  // namespace gemkeeper::store
