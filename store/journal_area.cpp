#include "journal_area.hpp"

#include "file_access.hpp"
#include <gemkeeper/store/error.hpp>

#include <fmt/format.h>
#include <openssl/rand.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <cstring>

namespace gemkeeper::store {
namespace {

constexpr std::uint64_t journal_magic = 0x31656761'73756b67;  // "gkusage1"
constexpr std::uint32_t journal_version = 1;
constexpr std::size_t page = 4096;
static_assert(sizeof(journal_header) <= page);

constexpr std::uint64_t odd = 0x9e3779b97f4a7c15;

// Four lanes, so that the multiplications overlap.
class mixer {
 public:
  explicit mixer(std::uint64_t seed) : lanes_{seed, seed + odd, seed ^ odd, ~seed} {}
  void add(std::uint64_t word) {
    std::uint64_t& lane = lanes_[at_++ & 3U];
    lane = std::rotl((lane ^ word) * odd, 29);
  }
  // As one by one, but in registers.
  template <std::size_t Size>
  void add_all(const std::array<std::uint64_t, Size>& words) {
    static_assert(Size % 4 == 0);
    auto [a, b, c, d] = lanes_;
    for (std::size_t i = 0; i < Size; i += 4) {
      a = std::rotl((a ^ words[i]) * odd, 29);
      b = std::rotl((b ^ words[i + 1]) * odd, 29);
      c = std::rotl((c ^ words[i + 2]) * odd, 29);
      d = std::rotl((d ^ words[i + 3]) * odd, 29);
    }
    lanes_ = {a, b, c, d};
    at_ += Size;
  }
  [[nodiscard]] std::uint64_t sum() const {
    std::uint64_t all = at_;
    for (const std::uint64_t lane : lanes_) {
      all = (all ^ lane) * odd;
      all ^= all >> 32U;
    }
    return all;
  }

 private:
  std::array<std::uint64_t, 4> lanes_;
  unsigned at_ = 0;
};

std::uint64_t checksum_of(const journal_header& h) {
  mixer m(h.magic);
  for (const std::uint64_t word :
       {std::uint64_t{h.version}, std::uint64_t{h.record_size}, h.id, h.records, h.names_size})
    m.add(word);
  return m.sum();
}

std::size_t size_of(std::uint64_t records, std::uint64_t names_size) {
  return page + names_size + records * sizeof(journal_entry);
}

void check(const journal_area::shape& s) {
  if (std::has_single_bit(s.records) && s.records >= 8 && s.names_size % page == 0 &&
      s.names_size != 0)
    return;
  throw error(fault::input,
              "usage journal: its records must be a power of two from 8 on, the size "
              "of its names a multiple of 4096");
}

}  // namespace

std::uint32_t checksum_of(const journal_entry& entry, std::uint64_t id) {
  std::array<std::uint64_t, sizeof(journal_entry) / 8> words;
  std::memcpy(words.data(), &entry, sizeof(entry));
  std::memset(reinterpret_cast<char*>(words.data()) + offsetof(journal_entry, checksum), 0,
              sizeof(entry.checksum));
  mixer m(id);
  m.add_all(words);
  return static_cast<std::uint32_t>(m.sum() >> 16U);
}

std::uint32_t checksum_of(std::string_view text, std::uint64_t id) {
  mixer m(id);
  m.add(text.size());
  for (; !text.empty(); text.remove_prefix(std::min<std::size_t>(8, text.size()))) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data(), std::min<std::size_t>(8, text.size()));
    m.add(word);
  }
  return static_cast<std::uint32_t>(m.sum() >> 16U);
}

journal_area::journal_area(void* memory, std::size_t size)
    : memory_(memory), size_(size), header_(static_cast<journal_header*>(memory)) {}

journal_area::~journal_area() {
  ::munmap(memory_, size_);
}

void journal_area::lay_out(std::uint64_t records, std::uint64_t names_size) {
  char* const start = static_cast<char*>(memory_);
  names_ = start + page;
  ring_ = reinterpret_cast<journal_entry*>(start + page + names_size);
  mask_ = records - 1;
}

// The memory is zero. The checksum last: a file without it was never begun.
void journal_area::begin(const shape& s) {
  if (RAND_bytes(reinterpret_cast<unsigned char*>(&header_->id), sizeof(header_->id)) != 1) {
    throw error(fault::failed, "the system gives no random bytes");
  }
  // It is a key in SQLite, whose integers are signed.
  header_->id = (header_->id >> 1U) | 1U;
  header_->magic = journal_magic;
  header_->version = journal_version;
  header_->record_size = sizeof(journal_entry);
  header_->records = s.records;
  header_->names_size = s.names_size;
  std::atomic_ref(header_->checksum).store(checksum_of(*header_), std::memory_order_release);
  lay_out(s.records, s.names_size);
}

std::unique_ptr<journal_area> journal_area::create(const std::filesystem::path& path,
                                                   const shape& s) {
  check(s);
  const std::size_t size = size_of(s.records, s.names_size);
  const descriptor file(
      ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (file.value < 0) cannot("make the usage journal", path, errno);
  // Writing into a hole of a full disk would be SIGBUS.
  if (const int problem = ::posix_fallocate(file.value, 0, static_cast<off_t>(size));
      problem != 0) {
    ::unlink(path.c_str());
    cannot("make room for the usage journal", path, problem);
  }
  void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file.value, 0);
  if (memory == MAP_FAILED) cannot("map the usage journal", path, errno);
  std::unique_ptr<journal_area> made(new journal_area(memory, size));
  made->begin(s);
  return made;
}

std::unique_ptr<journal_area> journal_area::anonymous(const shape& s) {
  check(s);
  const std::size_t size = size_of(s.records, s.names_size);
  void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) cannot("map the usage journal", ":memory:", errno);
  std::unique_ptr<journal_area> made(new journal_area(memory, size));
  made->begin(s);
  return made;
}

std::unique_ptr<journal_area> journal_area::open(const std::filesystem::path& path) {
  const descriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (file.value < 0) cannot("open the usage journal", path, errno);
  struct stat status {};
  if (::fstat(file.value, &status) != 0) cannot("read the usage journal", path, errno);
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size < page) return nullptr;
  void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file.value, 0);
  if (memory == MAP_FAILED) cannot("map the usage journal", path, errno);
  std::unique_ptr<journal_area> found(new journal_area(memory, size));
  const journal_header& h = *found->header_;
  if (h.checksum == 0 && h.drained == 0 && h.names_used == 0) return nullptr;
  const bool good = h.magic == journal_magic && h.version == journal_version &&
                    h.record_size == sizeof(journal_entry) && h.checksum == checksum_of(h) &&
                    std::has_single_bit(h.records) && size == size_of(h.records, h.names_size);
  if (!good) {
    throw error(fault::damaged, fmt::format("the usage journal \"{}\" is damaged or of another "
                                            "version of gemkeeper",
                                            path.native()));
  }
  found->lay_out(h.records, h.names_size);
  return found;
}

}  // namespace gemkeeper::store
