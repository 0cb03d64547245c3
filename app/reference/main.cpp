#include "reference.hpp"

#include <cstdio>
#include <cstring>
#include <string>

int main(int argc, char** argv) {
  using namespace gemkeeper::app::reference;
  struct document {
    const char* name;
    std::string (*text)();
  };
  constexpr document all[]{
      {"configuration.md", configuration_page}, {"gemkeeper.1", manual_of_commands},
      {"gemkeeper.toml.5", manual_of_settings}, {"gemkeeper.bash", bash_completion},
      {"_gemkeeper", zsh_completion},           {"gemkeeper.fish", fish_completion}};
  for (const document& one : all) {
    if (argc == 2 && std::strcmp(argv[1], one.name) == 0) {
      return std::fputs(one.text().c_str(), stdout) < 0 ? 1 : 0;
    }
  }
  std::fputs("usage: gemkeeper_reference NAME, which is one of:\n", stderr);
  for (const document& one : all)
    std::fprintf(stderr, "  %s\n", one.name);
  return 2;
}
