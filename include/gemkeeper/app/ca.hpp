// `gemkeeper ca`: shows, rotates and installs the local CA.
#pragma once

#include <gemkeeper/app/command_line.hpp>
#include <gemkeeper/app/config.hpp>

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace gemkeeper::app {

struct program_result {
  int status = 0;      // exit status; 128 + the number of the signal that ended it
  std::string output;  // standard output and error
};

// Runs a program to its end: its path and arguments, no shell. Status 127: it cannot be started.
program_result run_program(const std::vector<std::string>& arguments);

// The machine that `ca install` changes, so that tests give it another.
struct trust_machine {
  std::filesystem::path root = "/";   // where the trust stores and their tools are looked for
  std::filesystem::path home;         // whose browsers' databases; empty: nobody's
  bool privileged = false;            // may write to the system's trust store
  std::string program = "gemkeeper";  // this program, as a shell is told to run it
  std::function<program_result(const std::vector<std::string>&)> run = run_program;
};
trust_machine this_machine(const environment& variables);

struct ca_report {
  int exit_code = exit_done;
  std::string out;
  std::string err;  // no private key is ever in either
};

ca_report run_ca(const ca_command& what, const load_result& loaded, const environment& variables,
                 const trust_machine& machine, std::chrono::system_clock::time_point now);

}  // namespace gemkeeper::app
