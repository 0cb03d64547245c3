#include "trust_store.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string_view>
#include <system_error>

namespace gemkeeper::app {
namespace {

namespace fs = std::filesystem;
using proxy::root_certificate;

struct system_store {
  std::string_view tool;
  std::string_view needs;      // a directory that only this kind of system has; empty: any
  std::string_view directory;  // where an administrator's own CAs go
  std::string_view extension;
};

constexpr std::array system_stores{
    system_store{"update-ca-trust", "etc/pki/ca-trust/source/anchors",
                 "etc/pki/ca-trust/source/anchors", ".pem"},
    // One certificate for each file, which must end in .crt.
    system_store{"update-ca-certificates", "", "usr/local/share/ca-certificates", ".crt"},
};

std::optional<fs::path> find_tool(const fs::path& root, std::string_view name) {
  std::error_code ignored;
  for (const std::string_view directory : {"usr/sbin", "usr/bin", "sbin", "bin"}) {
    const fs::path path = root / directory / name;
    if (fs::exists(path, ignored)) return path;
  }
  return std::nullopt;
}

// Tells the CAs of several gemkeepers apart.
std::string label_of(const root_certificate& root) {
  return "gemkeeper-" + root.fingerprint.substr(0, 12);
}

std::string last_line(std::string_view output) {
  while (output.ends_with('\n'))
    output.remove_suffix(1);
  const std::size_t at = output.rfind('\n');
  return std::string(at == output.npos ? output : output.substr(at + 1));
}

// Empty: all is well.
std::string run_tool(const trust_machine& machine, const std::vector<std::string>& arguments) {
  const program_result result = machine.run(arguments);
  if (result.status == 0) return {};
  return fmt::format("{} failed with status {}: {}", arguments.front(), result.status,
                     last_line(result.output));
}

std::string write_certificate(const fs::path& file, const std::string& pem) {
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  if (!(out << pem) || !out.flush()) {
    return fmt::format("cannot write \"{}\" (is the file system read-only?)", file.native());
  }
  // Readable by all, whatever the umask.
  fs::permissions(file,
                  fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read |
                      fs::perms::others_read,
                  error);
  return {};
}

bool is_ours(const fs::path& file, const system_store& store,
             const std::vector<root_certificate>& roots) {
  return std::ranges::any_of(roots, [&](const root_certificate& root) {
    return file.filename() == label_of(root) + std::string(store.extension);
  });
}

// Roots that were rotated out, or another gemkeeper's: not ours to judge.
void name_strangers(const fs::path& directory, const system_store& store,
                    const std::vector<root_certificate>& roots, trust_change& change) {
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    const fs::path& file = entry->path();
    if (!file.filename().native().starts_with("gemkeeper-") || is_ours(file, store, roots)) {
      continue;
    }
    change.done.push_back(fmt::format(
        "left \"{}\" alone: it is another gemkeeper's, or was rotated out (then remove it, and run "
        "{})",
        file.native(), store.tool));
  }
}

// A directory of certificates for certutil, which reads them from files.
class scratch_file {
 public:
  explicit scratch_file(std::string_view content) {
    std::string name = (fs::temp_directory_path() / "gemkeeper-ca-XXXXXX").native();
    const int file = ::mkstemp(name.data());
    if (file < 0) return;
    path_ = name;
    whole_ = ::write(file, content.data(), content.size()) == static_cast<ssize_t>(content.size());
    ::close(file);
  }
  scratch_file(const scratch_file&) = delete;
  scratch_file& operator=(const scratch_file&) = delete;
  ~scratch_file() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove(path_, ignored);
  }

  [[nodiscard]] bool written() const { return whole_; }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
  bool whole_ = false;
};

std::vector<fs::path> nss_databases(const fs::path& home) {
  std::vector<fs::path> found;
  std::error_code error;
  const auto add = [&](const fs::path& directory) {
    if (fs::exists(directory / "cert9.db", error)) found.push_back(directory);
  };
  if (home.empty()) return found;
  add(home / ".pki/nssdb");
  for (const std::string_view profiles :
       {".mozilla/firefox", "snap/firefox/common/.mozilla/firefox",
        ".var/app/org.mozilla.firefox/.mozilla/firefox"}) {
    for (fs::directory_iterator entry(home / profiles, error), end; !error && entry != end;
         entry.increment(error)) {
      add(entry->path());
    }
  }
  std::ranges::sort(found);
  return found;
}

}  // namespace

trust_change change_system_store(trust how, const std::vector<root_certificate>& roots,
                                 const trust_machine& machine, const std::string& again) {
  trust_change change;
  std::error_code ignored;
  for (const system_store& store : system_stores) {
    const auto tool = find_tool(machine.root, store.tool);
    if (!tool || !fs::exists(machine.root / store.needs, ignored)) continue;
    change.found_any = true;
    if (!machine.privileged) {
      change.problems.push_back(fmt::format("the system's trust store needs root: sudo {}", again));
      return change;
    }
    const fs::path directory = machine.root / store.directory;
    for (const root_certificate& root : roots) {
      const fs::path file = directory / (label_of(root) + std::string(store.extension));
      if (how == trust::install) {
        if (auto wrong = write_certificate(file, root.pem); !wrong.empty()) {
          change.problems.push_back(std::move(wrong));
          return change;
        }
        change.done.push_back(fmt::format("wrote \"{}\" ({})", file.native(), root.name));
      } else if (fs::remove(file, ignored)) {
        change.done.push_back(fmt::format("removed \"{}\" ({})", file.native(), root.name));
      }
    }
    std::vector<std::string> arguments{tool->native()};
    // Debian's links stay behind without it; Alpine's tool knows no such option and needs none.
    const bool alpine = fs::exists(machine.root / "etc/alpine-release", ignored);
    if (how == trust::remove && store.tool == "update-ca-certificates" && !alpine) {
      arguments.emplace_back("--fresh");
    }
    auto wrong = run_tool(machine, arguments);
    if (wrong.empty()) {
      change.done.push_back(fmt::format("ran {}", fmt::join(arguments, " ")));
    } else {
      change.problems.push_back(std::move(wrong));
    }
    name_strangers(directory, store, roots, change);
    return change;
  }
  return change;
}

trust_change change_nss_stores(trust how, const std::vector<root_certificate>& roots,
                               const trust_machine& machine) {
  trust_change change;
  const std::vector<fs::path> databases = nss_databases(machine.home);
  if (databases.empty()) return change;
  change.found_any = true;
  const auto certutil = find_tool(machine.root, "certutil");
  if (!certutil) {
    change.done.push_back(
        fmt::format("left the browsers' database \"{}\" alone: there is no certutil (install "
                    "libnss3-tools or nss-tools, and run this again)",
                    databases.front().native()));
    return change;
  }
  for (const fs::path& database : databases) {
    for (const root_certificate& root : roots) {
      const scratch_file pem(root.pem);
      const std::string label = label_of(root);
      std::vector<std::string> arguments{certutil->native(), "-d", "sql:" + database.native(), "-n",
                                         label};
      const std::vector<std::string> more =
          how == trust::install
              ? std::vector<std::string>{"-A", "-t", "C,,", "-i", pem.path().native()}
              : std::vector<std::string>{"-D"};
      if (how == trust::remove) {
        // One that is not there is no failure.
        std::vector<std::string> ask = arguments;
        ask.emplace_back("-L");
        if (machine.run(ask).status != 0) continue;
      } else if (!pem.written()) {
        change.problems.emplace_back("cannot write a temporary file (make room in $TMPDIR)");
        return change;
      }
      arguments.insert(arguments.end(), more.begin(), more.end());
      if (auto wrong = run_tool(machine, arguments); !wrong.empty()) {
        change.problems.push_back(fmt::format("\"{}\": {}", database.native(), wrong));
      } else {
        change.done.push_back(fmt::format("{} \"{}\" as {} ({})",
                                          how == trust::install ? "added to" : "removed from",
                                          database.native(), label, root.name));
      }
    }
  }
  return change;
}

}  // namespace gemkeeper::app
