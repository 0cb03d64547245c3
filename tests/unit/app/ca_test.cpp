// `gemkeeper ca`, on a machine in a temporary directory with tools of the test's own.
#include "temporary_directory.hpp"
#include <gemkeeper/app/ca.hpp>
#include <gemkeeper/proxy/certificate_authority.hpp>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>
#include <rapidjson/document.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace gemkeeper::app {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using action = ca_command::action;
using strings = std::vector<std::string>;

struct ca_fixture {
  test::temporary_directory files;
  environment variables{{"STATE_DIRECTORY", (files.path() / "state").native()}};
  std::chrono::system_clock::time_point now =
      std::chrono::sys_days(std::chrono::year(2026) / 11 / 24) + 12h;
  trust_machine machine;
  strings sets;
  strings ran;  // the command lines of tools
  int tool_status = 0;
  fs::path bundle = files.path() / "state/ca/ca.pem";

  ca_fixture() {
    machine.root = files.path() / "root";
    machine.home = files.path() / "home";
    machine.privileged = true;
    machine.program = "/opt/gem keeper/gemkeeper";
    machine.run = [this](const strings& arguments) {
      ran.push_back(fmt::format("{}", fmt::join(arguments, " ")));
      return program_result{tool_status, "first\nlast words\n"};
    };
  }

  ca_report run(const ca_command& what) {
    const ca_report report =
        run_ca(what, load_config({std::nullopt, sets, variables}), variables, machine, now);
    for (const std::string& text : {report.out, report.err})
      BOOST_TEST(text.find("PRIVATE KEY") == text.npos);
    return report;
  }
  ca_report run(action what) { return run(ca_command{what}); }
  ca_report install(const std::optional<fs::path>& file = {}) {
    ca_command what{action::install_ca};
    what.file = file;
    return run(what);
  }
  ca_report uninstall() {
    ca_command what{action::install_ca};
    what.uninstall = true;
    return run(what);
  }

  void make(const fs::path& below_root) const {
    const fs::path path = machine.root / below_root;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << "";
  }
  std::string label() {
    return "gemkeeper-" + proxy::read_roots(bundle).at(0).fingerprint.substr(0, 12);
  }
  [[nodiscard]] strings all_in(const fs::path& below_root) const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(machine.root / below_root))
      names.insert(entry.path().filename().native());
    return {names.begin(), names.end()};
  }
};

bool mentions(const std::string& text, const std::string& what) {
  return text.find(what) != text.npos;
}

BOOST_FIXTURE_TEST_SUITE(ca_commands, ca_fixture)

BOOST_AUTO_TEST_CASE(path_makes_the_ca_and_prints_where_its_roots_are) {
  const ca_report report = run(action::show_ca_path);
  BOOST_TEST(report.exit_code == exit_done);
  BOOST_TEST(report.out == bundle.native() + "\n");
  BOOST_TEST(report.err == "");
  BOOST_TEST(test::content_of(bundle).starts_with("-----BEGIN CERTIFICATE-----\n"));
  ca_command as_json{action::show_ca_path};
  as_json.json = true;
  BOOST_TEST(run(as_json).out == "{\"path\":\"" + bundle.native() + "\"}\n");
}

BOOST_AUTO_TEST_CASE(print_prints_the_roots) {
  const ca_report pem = run(action::print_ca);
  BOOST_TEST(pem.exit_code == exit_done);
  BOOST_TEST(pem.out == test::content_of(bundle));

  run(action::rotate_ca);
  ca_command as_json{action::print_ca};
  as_json.json = true;
  rapidjson::Document json;
  json.Parse(run(as_json).out.c_str());
  BOOST_REQUIRE(!json.HasParseError());
  BOOST_TEST(json["path"].GetString() == bundle.native());
  BOOST_REQUIRE(json["roots"].Size() == 2U);
  const auto& current = json["roots"][0];
  const auto& next = json["roots"][1];
  BOOST_TEST(current["role"].GetString() == "current");
  BOOST_TEST(current["signs_from"].IsNull());
  BOOST_TEST(current["pem"].GetString() == pem.out);
  BOOST_TEST(current["not_after"].GetString() == "2036-11-23T12:00:00Z");
  BOOST_TEST(next["role"].GetString() == "next");
  BOOST_TEST(next["signs_from"].GetString() == "2026-12-01T12:00:00Z");
  BOOST_TEST(next["sha256"].GetStringLength() == 64U);
}

BOOST_AUTO_TEST_CASE(rotate_says_when_the_next_one_signs) {
  run(action::show_ca_path);
  ca_command rotate{action::rotate_ca};
  rotate.after = 36h;
  const ca_report first = run(rotate);
  BOOST_TEST(first.exit_code == exit_done);
  BOOST_TEST(first.out.starts_with("a new CA was made: gemkeeper CA "), first.out);
  BOOST_TEST(mentions(first.out, "It signs from 2026-11-26 00:00:00 UTC on; until then"),
             first.out);
  BOOST_TEST(mentions(first.out, bundle.native() + " holds the old root and the new"), first.out);
  const ca_report second = run(rotate);
  BOOST_TEST(second.out.starts_with("the next CA was made before: "), second.out);
  rotate.now = true;
  BOOST_TEST(mentions(run(rotate).out, "It signs from now on; a running proxy notices."));
  rotate.json = true;
  rapidjson::Document json;
  json.Parse(run(rotate).out.c_str());
  BOOST_REQUIRE(!json.HasParseError());
  BOOST_TEST(json["made"].GetBool());
  BOOST_TEST(json["next"]["role"].GetString() == "current");
  BOOST_TEST(json["roots"].Size() == 2U);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_done_is_told_with_the_remedy) {
  sets = {"storage.path=:memory:"};
  const ca_report in_memory = run(action::show_ca_path);
  BOOST_TEST(in_memory.exit_code == exit_failed);
  BOOST_TEST(in_memory.out == "");
  BOOST_TEST(in_memory.err.starts_with("gemkeeper: nothing is written here (storage.path is"),
             in_memory.err);
  sets = {"pool.policy=best"};
  const ca_report invalid = run(action::print_ca);
  BOOST_TEST(invalid.exit_code == exit_usage);
  BOOST_TEST(invalid.err.starts_with("--set pool.policy: "), invalid.err);
  sets.clear();
  variables.clear();
  const ca_report nowhere = run(action::print_ca);
  BOOST_TEST(nowhere.exit_code == exit_failed);
  BOOST_TEST(nowhere.err.starts_with("gemkeeper: no state directory: none of"), nowhere.err);
}

BOOST_AUTO_TEST_CASE(a_host_that_the_ca_does_not_admit_is_warned_of) {
  run(action::show_ca_path);
  sets = {"intercept.hosts=api.example.com"};
  const ca_report report = run(action::show_ca_path);
  BOOST_TEST(report.exit_code == exit_done);
  BOOST_TEST(report.err ==
             "warning: the CA does not admit \"api.example.com\", so TLS for it cannot end here "
             "(run gemkeeper ca rotate --now, and have clients trust the new root)\n");
  ca_command rotate{action::rotate_ca};
  rotate.now = true;
  BOOST_TEST(run(rotate).err == "");
}

BOOST_AUTO_TEST_CASE(a_ca_given_by_file_is_shown_and_not_rotated) {
  run(action::show_ca_path);
  fs::path signer;
  for (const auto& entry : fs::directory_iterator(bundle.parent_path())) {
    if (entry.path().filename().native().starts_with("signer-")) signer = entry.path();
  }
  const std::string root = test::content_of(bundle);
  const auto given = files.write("company.pem", test::content_of(signer));
  fs::remove_all(bundle.parent_path());
  sets = {"intercept.ca_cert=" + given.native(), "intercept.ca_key=" + given.native()};
  BOOST_TEST(run(action::show_ca_path).out == given.native() + "\n");
  BOOST_TEST(run(action::print_ca).out == root);
  const ca_report rotation = run(action::rotate_ca);
  BOOST_TEST(rotation.exit_code == exit_failed);
  BOOST_TEST(rotation.err.starts_with("gemkeeper: the CA is given by file (intercept.ca_cert)"),
             rotation.err);
  BOOST_TEST(!fs::exists(bundle.parent_path()));

  fs::permissions(given, fs::perms::others_read, fs::perm_options::add);
  const auto loaded = load_config({std::nullopt, sets, {{"GEMINI_API_KEY", "k"}}});
  BOOST_REQUIRE(loaded.value);
  BOOST_TEST(
      loaded.value->warnings == strings{"intercept.ca_key: every user of this machine can read \"" +
                                        given.native() + "\" (chmod 600)"},
      boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(debian_ubuntu_and_alpine_get_a_file_and_their_tool) {
  make("usr/sbin/update-ca-certificates");
  const ca_report report = install();
  const std::string file =
      (machine.root / "usr/local/share/ca-certificates" / (label() + ".crt")).native();
  BOOST_TEST(report.exit_code == exit_done);
  BOOST_TEST(report.err == "");
  BOOST_TEST(test::content_of(file) == test::content_of(bundle));
  BOOST_TEST(((fs::status(file).permissions() & fs::perms::others_read) != fs::perms::none));
  const std::string tool = (machine.root / "usr/sbin/update-ca-certificates").native();
  BOOST_TEST(ran == strings{tool}, boost::test_tools::per_element());
  BOOST_TEST(report.out.starts_with("wrote \"" + file + "\" (gemkeeper CA "), report.out);
  BOOST_TEST(mentions(report.out, ")\nran " + tool +
                                      "\nto undo it: '/opt/gem keeper/gemkeeper' ca "
                                      "install --file " +
                                      bundle.native() + " --uninstall\n"),
             report.out);

  const ca_report undone = uninstall();
  BOOST_TEST(undone.exit_code == exit_done);
  BOOST_TEST(!fs::exists(file));
  BOOST_TEST(ran.back() == tool + " --fresh");
  make("etc/alpine-release");
  uninstall();
  BOOST_TEST(ran.back() == tool);
}

BOOST_AUTO_TEST_CASE(fedora_has_another_place) {
  make("usr/bin/update-ca-trust");
  fs::create_directories(machine.root / "etc/pki/ca-trust/source/anchors");
  BOOST_TEST(install().exit_code == exit_done);
  BOOST_TEST(all_in("etc/pki/ca-trust/source/anchors") == strings{label() + ".pem"},
             boost::test_tools::per_element());
  BOOST_TEST(ran == strings{(machine.root / "usr/bin/update-ca-trust").native()},
             boost::test_tools::per_element());
  BOOST_TEST(uninstall().exit_code == exit_done);
  BOOST_TEST(all_in("etc/pki/ca-trust/source/anchors").empty());
}

BOOST_AUTO_TEST_CASE(without_root_the_command_for_root_is_told) {
  make("usr/sbin/update-ca-certificates");
  machine.privileged = false;
  const ca_report report = install();
  BOOST_TEST(report.exit_code == exit_failed);
  BOOST_TEST(report.err ==
             "gemkeeper: the system's trust store needs root: sudo '/opt/gem "
             "keeper/gemkeeper' ca install --file " +
                 bundle.native() + "\n");
  BOOST_TEST(mentions(uninstall().err, bundle.native() + " --uninstall\n"));
  BOOST_TEST(ran.empty());

  // As root it needs neither the user's configuration nor a CA of root's.
  machine.privileged = true;
  variables = {{"STATE_DIRECTORY", (files.path() / "of-root").native()}};
  sets = {"pool.policy=best"};
  BOOST_TEST(install(bundle).exit_code == exit_done);
  BOOST_TEST(all_in("usr/local/share/ca-certificates") == strings{label() + ".crt"},
             boost::test_tools::per_element());
  BOOST_TEST(!fs::exists(files.path() / "of-root"));
}

BOOST_AUTO_TEST_CASE(under_sudo_no_ca_of_roots_own_is_made_and_installed) {
  make("usr/sbin/update-ca-certificates");
  variables["SUDO_USER"] = "me";
  const ca_report report = install();
  BOOST_TEST(report.exit_code == exit_failed);
  BOOST_TEST(report.err.starts_with("gemkeeper: under sudo there is no CA yet"), report.err);
  BOOST_TEST(!fs::exists(bundle));
  BOOST_TEST(ran.empty());
  run(action::show_ca_path);  // root's own proxy has one
  BOOST_TEST(install().exit_code == exit_done);
}

BOOST_AUTO_TEST_CASE(both_roots_of_a_rotation_are_installed_and_others_left_alone) {
  make("usr/sbin/update-ca-certificates");
  make("usr/local/share/ca-certificates/gemkeeper-0123456789ab.crt");
  make("usr/local/share/ca-certificates/company.crt");
  run(action::rotate_ca);
  const ca_report report = install();
  BOOST_TEST(all_in("usr/local/share/ca-certificates").size() == 4U);
  BOOST_TEST(mentions(report.out, "left \"" +
                                      (machine.root /
                                       "usr/local/share/ca-certificates/gemkeeper-0123456789ab.crt")
                                          .native() +
                                      "\" alone"),
             report.out);
  BOOST_TEST(!mentions(report.out, "company"));
  uninstall();
  BOOST_TEST(all_in("usr/local/share/ca-certificates") ==
                 (strings{"company.crt", "gemkeeper-0123456789ab.crt"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(browsers_databases_are_changed_by_certutil) {
  make("usr/bin/certutil");
  for (const std::string name : {".pki/nssdb", ".mozilla/firefox/a.default",
                                 "snap/firefox/common/.mozilla/firefox/b.default"}) {
    fs::create_directories(machine.home / name);
    std::ofstream(machine.home / name / "cert9.db") << "";
  }
  fs::create_directories(machine.home / ".mozilla/firefox/no-database");
  machine.privileged = false;  // needs no root
  const ca_report report = install();
  BOOST_TEST(report.exit_code == exit_done);
  BOOST_REQUIRE(ran.size() == 3U);
  const std::string certutil = (machine.root / "usr/bin/certutil").native();
  BOOST_TEST(ran[0].starts_with(
                 certutil + " -d sql:" + (machine.home / ".mozilla/firefox/a.default").native() +
                 " -n " + label() + " -A -t C,, -i /"),
             ran[0]);
  BOOST_TEST(mentions(report.out,
                      "added to \"" + (machine.home / ".pki/nssdb").native() + "\" as " + label()),
             report.out);
  ran.clear();
  const ca_report undone = uninstall();
  BOOST_TEST(undone.exit_code == exit_done);
  BOOST_REQUIRE(ran.size() == 6U);
  BOOST_TEST(ran[0].ends_with(label() + " -L"), ran[0]);
  BOOST_TEST(ran[1].ends_with(label() + " -D"), ran[1]);
  tool_status = 255;  // it is in none of them
  ran.clear();
  BOOST_TEST(uninstall().exit_code == exit_done);
  BOOST_TEST(ran.size() == 3U);
}

BOOST_AUTO_TEST_CASE(a_tool_that_fails_is_told_with_its_words) {
  make("usr/sbin/update-ca-certificates");
  tool_status = 3;
  const ca_report report = install();
  BOOST_TEST(report.exit_code == exit_failed);
  BOOST_TEST(report.err ==
             "gemkeeper: " + (machine.root / "usr/sbin/update-ca-certificates").native() +
                 " failed with status 3: last words\n");
  ca_command as_json{action::install_ca};
  as_json.json = true;
  rapidjson::Document json;
  json.Parse(run(as_json).out.c_str());
  BOOST_REQUIRE(!json.HasParseError());
  BOOST_TEST(json["problems"].Size() == 1U);
  BOOST_TEST(json["done"].Size() == 1U);
}

BOOST_AUTO_TEST_CASE(where_there_is_no_trust_store_what_to_do_instead_is_told) {
  const ca_report report = install();
  BOOST_TEST(report.exit_code == exit_failed);
  BOOST_TEST(report.err.starts_with("gemkeeper: no trust store is known here"), report.err);
  BOOST_TEST(mentions(report.err, "SSL_CERT_FILE"), report.err);
  const auto empty = files.write("empty.pem", "");
  BOOST_TEST(install(empty).err ==
             "gemkeeper: \"" + empty.native() + "\" holds no certificate in PEM form\n");
}

BOOST_AUTO_TEST_CASE(programs_are_run_to_their_end) {
  const program_result good = run_program({"/bin/sh", "-c", "echo out; echo err >&2; exit 7"});
  BOOST_TEST(good.status == 7);
  BOOST_TEST(mentions(good.output, "out\n"));
  BOOST_TEST(mentions(good.output, "err\n"));
  BOOST_TEST(run_program({"/bin/sh", "-c", "kill -TERM $$"}).status == 128 + 15);
  BOOST_TEST(run_program({"/nowhere/tool"}).status == 127);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gemkeeper::app
