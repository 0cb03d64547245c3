#include "temporary_directory.hpp"
#include <gemkeeper/app/config.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gemkeeper::app {
namespace {

using strings = std::vector<std::string>;

strings texts(const std::vector<problem>& problems) {
  strings all;
  for (const auto& one : problems)
    all.push_back(one.text());
  return all;
}

// The problems of a file "gemkeeper.toml" with this content, without its directory.
strings problems_of(const std::string& content, const environment& variables = {}) {
  const test::temporary_directory directory;
  const auto file = directory.write("gemkeeper.toml", content);
  strings all = texts(load_config({file, {}, variables}).problems);
  const std::string prefix = directory.path().native() + "/";
  for (auto& one : all) {
    for (auto at = one.find(prefix); at != one.npos; at = one.find(prefix)) {
      one.erase(at, prefix.size());
    }
  }
  return all;
}

strings problems_of_sets(strings sets) {
  return texts(load_config({std::nullopt, std::move(sets), {}}).problems);
}

BOOST_AUTO_TEST_SUITE(configuration_problems)

BOOST_AUTO_TEST_CASE(a_file_that_was_asked_for_must_be_there) {
  BOOST_TEST(texts(load_config({"/nowhere/g.toml", {}, {}}).problems) ==
                 strings{"--config: cannot read \"/nowhere/g.toml\": no such file or directory "
                         "(create it, or correct the path)"},
             boost::test_tools::per_element());
  BOOST_TEST(texts(load_config({std::nullopt, {}, {{"GEMKEEPER_CONFIG", "/tmp"}}}).problems) ==
                 strings{"GEMKEEPER_CONFIG: cannot read \"/tmp\": it is not a regular file"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(every_problem_is_told_with_its_line_and_remedy) {
  BOOST_TEST(
      problems_of("[pool]\n"
                  "polcy = \"weighted\"\n"
                  "policy = \"wieghted\"\n"
                  "max_wait = 5\n"
                  "max_attempts = 0\n"
                  "retry_budget = \"all\"\n"
                  "[proxy]\n"
                  "listen = [\"nowhere\"]\n"
                  "workrs = 2\n"
                  "[limits]\n"
                  "max_head = \"1B\"\n"
                  "max_request_body = \"much\"\n"
                  "[upstream]\n"
                  "base_url = \"https://u:p@example.com\"\n"
                  "connect_timeout = \"0s\"\n"
                  "[log]\n"
                  "access = \"yes\"\n"
                  "level = 3\n"
                  "[connect]\n"
                  "ports = [0]\n"
                  "allow = [\"*.a.example\", \"b.example:443\"]\n"
                  "deny = [\"10.0.0.1/8\"]\n"
                  "[intercept]\n"
                  "hosts = [1]\n") ==
          (strings{
              "gemkeeper.toml:2: pool.polcy: unknown setting (did you mean pool.policy?)",
              "gemkeeper.toml:3: pool.policy: \"wieghted\" is none of \"round_robin\", "
              "\"weighted\", \"least_used\", \"priority\"",
              "gemkeeper.toml:4: pool.max_wait: must be a duration in quotes, like \"30s\"",
              "gemkeeper.toml:5: pool.max_attempts: must be a whole number from 1 to 1000",
              "gemkeeper.toml:6: pool.retry_budget: must be a number",
              "gemkeeper.toml:8: proxy.listen: \"nowhere\" is not an address with a port "
              "(write \"127.0.0.1:8001\", \"[::1]:8001\" or \"unix:/path/to.sock\")",
              "gemkeeper.toml:9: proxy.workrs: unknown setting (did you mean "
              "proxy.workers?)",
              "gemkeeper.toml:11: limits.max_head: must be at least 1KiB",
              "gemkeeper.toml:12: limits.max_request_body: \"much\" is not a size (write "
              "\"64KiB\", \"16MiB\", \"1GiB\", \"10MB\" or a number of bytes)",
              "gemkeeper.toml:14: upstream.base_url: must not hold credentials (the pool's "
              "keys are the only ones sent)",
              "gemkeeper.toml:15: upstream.connect_timeout: must be longer than 0",
              "gemkeeper.toml:17: log.access: must be true or false",
              "gemkeeper.toml:18: log.level: must be a string in quotes",
              "gemkeeper.toml:20: connect.ports: must be a list of ports from 1 to 65535, "
              "like [443]",
              "gemkeeper.toml:21: connect.allow: \"b.example:443\" must not have a port (ports "
              "stand in connect.ports)",
              "gemkeeper.toml:22: connect.deny: \"10.0.0.1/8\" has bits set beyond its prefix "
              "length",
              "gemkeeper.toml:24: intercept.hosts: must be a list of strings, like [\"a\", "
              "\"b\"]"}),
      boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(unknown_names_are_errors_wherever_they_come_from) {
  BOOST_TEST(problems_of("[prxy]\n[tracing]\n[unheard_of]\nof = 1\n",
                         {{"GEMKEEPER_PROXY__LISTN", "x"}, {"GEMKEEPER_SERVICE_PORT", "8001"}}) ==
                 (strings{"gemkeeper.toml:1: prxy: unknown setting (did you mean proxy?)",
                          "gemkeeper.toml:4: unheard_of.of: unknown setting",
                          "GEMKEEPER_PROXY__LISTN: proxy.listn: unknown setting (did you mean "
                          "proxy.listen?)"}),
             boost::test_tools::per_element());
  BOOST_TEST(
      problems_of_sets({"workers=2", "pool.workers=2", "pool=2", "nonsense", "=x"}) ==
          (strings{"--set: write --set section.name=value", "--set: write --set section.name=value",
                   "--set workers: unknown setting (did you mean proxy.workers?)",
                   "--set pool.workers: unknown setting (did you mean proxy.workers?)",
                   "--set pool: is a section, not a setting (write pool.NAME)"}),
      boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(broken_toml_is_told_without_what_might_be_a_secret) {
  BOOST_TEST(problems_of("[admin]\ntoken = 12345678901234567890123\n") ==
                 strings{"gemkeeper.toml:2: column 32: not valid TOML: Error while parsing decimal "
                         "integer: '…' is not representable in 64 bits"},
             boost::test_tools::per_element());
  BOOST_TEST(problems_of("[pool]\npolicy = \"a\"\npolicy = \"b\"\n")
                 .at(0)
                 .ends_with("cannot redefine existing string 'policy'"));
  for (const std::string bad : {"key = AIzaSySecret\n", "AIzaSySecret\n", "t = \"AIzaSySecret\n",
                                "t = 'a' AIzaSySecret\n", "[AIzaSySecret\n"}) {
    BOOST_REQUIRE(problems_of(bad).size() == 1U);
    BOOST_TEST(problems_of(bad)[0].find("Secret") == std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(listening_beyond_this_machine_is_refused) {
  const std::string remedy =
      "\" can be reached from other machines, which needs clients.required = true (or listen on "
      "127.0.0.1, [::1] or unix:PATH)";
  BOOST_TEST(
      problems_of_sets({"proxy.listen=[\"0.0.0.0:8001\", \"[::]:8001\", \"unix:/run/g\"]"}) ==
          (strings{"--set proxy.listen: \"0.0.0.0:8001" + remedy,
                   "--set proxy.listen: \"[::]:8001" + remedy}),
      boost::test_tools::per_element());
  BOOST_TEST(problems_of_sets({"proxy.listen=[]"}) ==
                 strings{"--set proxy.listen: must hold at least one address"},
             boost::test_tools::per_element());
  BOOST_TEST(problems_of_sets({"admin.listen=0.0.0.0:8000"}).size() == 1U);
  BOOST_TEST(problems_of_sets(
                 {"admin.listen=0.0.0.0:8000", "admin.token=x", "admin.insecure_plaintext=true"})
                 .empty());
}

BOOST_AUTO_TEST_CASE(with_client_tokens_other_machines_may_be_served) {
  const auto loaded = load_config(
      {std::nullopt, {"clients.required=true", "proxy.listen=0.0.0.0:8001", "proxy.tls=off"}, {}});
  BOOST_REQUIRE(loaded.value);
  BOOST_TEST(loaded.value->proxy.client.token_required);
  BOOST_TEST(std::ranges::count(loaded.value->warnings,
                                "proxy.listen: client tokens travel unencrypted to "
                                "\"0.0.0.0:8001\" (set proxy.tls)") == 1);
}

BOOST_AUTO_TEST_CASE(the_master_key_comes_from_one_place) {
  BOOST_TEST(
      problems_of_sets({"storage.sealing_key_env=MASTER", "storage.sealing_key_file=m.key"}) ==
          strings{"--set storage.sealing_key_env: the master key can come from one place "
                  "only: keep one of storage.sealing_key_file, "
                  "storage.sealing_key_credential and storage.sealing_key_env"},
      boost::test_tools::per_element());
  BOOST_TEST(problems_of_sets({"storage.sealing_key_credential=a/b"}) ==
                 strings{"--set storage.sealing_key_credential: must be a name, without a slash"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(upstream_proxies_are_judged_without_showing_them) {
  const auto loaded = load_config({std::nullopt, {"upstream.proxy=http://u:p@proxy:1"}, {}});
  BOOST_REQUIRE(loaded.value);
  BOOST_TEST(loaded.value->proxy.upstream.proxy == "http://u:p@proxy:1");
  BOOST_TEST(
      loaded.value->warnings.back() ==
      "upstream.proxy: every user of this machine can see the credentials on the command line "
      "(put them into the file, or into GEMKEEPER_UPSTREAM__PROXY)");
  BOOST_TEST(problems_of_sets({"upstream.proxy=http://u:p%@proxy"}) ==
                 strings{"--set upstream.proxy: has credentials with a stray \"%\" (write it as "
                         "%25)"},
             boost::test_tools::per_element());
  BOOST_TEST(problems_of_sets({"upstream.proxy=proxy:3128"}) ==
                 strings{"--set upstream.proxy: must start with \"http://\", \"https://\" or "
                         "\"socks5://\""},
             boost::test_tools::per_element());
  BOOST_TEST(problems_of("[upstream]\nproxy_ca_file = \"gemkeeper.toml\"\n").at(0) ==
             "gemkeeper.toml:2: upstream.proxy_ca_file: \"gemkeeper.toml\" holds no certificate in "
             "PEM form");
}

BOOST_AUTO_TEST_CASE(tunnels_go_through_a_proxy_where_there_is_one) {
  BOOST_TEST(problems_of_sets({"connect.through_proxy=true"}) ==
                 strings{"--set connect.through_proxy: there is no proxy to go through (set "
                         "upstream.proxy too)"},
             boost::test_tools::per_element());
  BOOST_TEST(
      problems_of_sets({"connect.through_proxy=true", "upstream.proxy=http://proxy"}).empty());
}

BOOST_AUTO_TEST_CASE(a_proxy_that_is_gemkeeper_itself_is_refused) {
  const std::string loop =
      "is an address of proxy.listen: requests would come back to gemkeeper itself";
  for (const std::string url :
       {"http://localhost:8001", "https://u:p@127.0.0.1:8001", "socks5://127.0.0.1:8001"}) {
    BOOST_TEST(
        problems_of_sets({"upstream.proxy=" + url}) == strings{"--set upstream.proxy: " + loop},
        boost::test_tools::per_element());
  }
  BOOST_TEST(problems_of_sets({"upstream.proxy=http://127.0.0.1:8002"}).empty());
}

BOOST_AUTO_TEST_CASE(hosts_to_intercept_are_names_in_one_form) {
  const auto loaded = load_config(
      {std::nullopt, {"intercept.hosts=[\"API.Example.com.\", \"*.Corp.Example\"]"}, {}});
  BOOST_REQUIRE(loaded.value);
  BOOST_TEST(loaded.value->proxy.intercept.hosts == (strings{"api.example.com", "*.corp.example"}),
             boost::test_tools::per_element());
  for (const std::string bad :
       {"127.0.0.1", "a.com:443", "https://a.com", "*", "*.com", "a b", ""}) {
    BOOST_TEST(problems_of_sets({"intercept.hosts=[\"" + bad + "\"]"}) ==
                   strings{"--set intercept.hosts: \"" + bad +
                           "\" is not a host name (write \"api.example.com\", or "
                           "\"*.example.com\" for all below it; no port, no address)"},
               boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(files_of_a_ca_and_a_certificate_are_checked) {
  BOOST_TEST(problems_of_sets({"intercept.ca_cert=/x"}) ==
                 strings{"--set intercept.ca_cert: needs intercept.ca_key beside it (set both, or "
                         "neither for a CA of gemkeeper's own)"},
             boost::test_tools::per_element());
  BOOST_TEST(problems_of_sets({"intercept.ca_key=/x"}) ==
                 strings{"--set intercept.ca_key: needs intercept.ca_cert beside it (set both, or "
                         "neither for a CA of gemkeeper's own)"},
             boost::test_tools::per_element());
  BOOST_TEST(problems_of_sets({"intercept.ca_cert=/nowhere/x", "intercept.ca_key=/nowhere/x",
                               "proxy.tls=/nowhere/y"}) ==
                 (strings{"--set intercept.ca_cert: cannot read \"/nowhere/x\": no such file or "
                          "directory (correct the path or its permissions)",
                          "--set proxy.tls: cannot read \"/nowhere/y\": no such file or directory "
                          "(correct the path or its permissions)"}),
             boost::test_tools::per_element());
  BOOST_TEST(problems_of_sets({"proxy.tls="}).size() == 1U);
  for (const std::string fine : {"auto", "off"})
    BOOST_TEST(problems_of_sets({"proxy.tls=" + fine}).empty());

  const test::temporary_directory directory;
  directory.write("tls.pem", "nothing\n");
  const auto file = directory.write("g.toml", "[proxy]\ntls = \"tls.pem\"\n");
  const auto loaded = load_config({file, {}, {}});
  BOOST_REQUIRE(loaded.problems.size() == 1U);
  BOOST_TEST(loaded.problems[0].text() == file.native() + ":2: proxy.tls: \"" +
                                              (directory.path() / "tls.pem").native() +
                                              "\" holds no certificate in PEM form");
  BOOST_TEST(
      (std::ranges::find(loaded.watched, directory.path() / "tls.pem") != loaded.watched.end()));
}

BOOST_AUTO_TEST_CASE(settings_must_agree_with_each_other) {
  BOOST_TEST(problems_of_sets({"pool.probe_interval_max=1s", "pool.unknown_cool_down_max=1s"}) ==
                 (strings{"--set pool.unknown_cool_down_max: must not be shorter than "
                          "pool.unknown_cool_down_min",
                          "--set pool.probe_interval_max: must not be shorter than "
                          "pool.probe_interval_min"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(files_that_settings_name_are_looked_at) {
  BOOST_TEST(problems_of("[upstream]\nca_file = \"none.pem\"\n"
                         "[log]\nfile = \"nowhere/g.log\"\n") ==
                 (strings{"gemkeeper.toml:2: upstream.ca_file: cannot read \"none.pem\": no such "
                          "file or directory (create it, or correct the path)",
                          "gemkeeper.toml:4: log.file: the directory \"nowhere\" does not exist "
                          "(create it)"}),
             boost::test_tools::per_element());
  BOOST_TEST(problems_of("[upstream]\nca_file = \"gemkeeper.toml\"\n").at(0) ==
             "gemkeeper.toml:2: upstream.ca_file: \"gemkeeper.toml\" holds no certificate in PEM "
             "form");
}

BOOST_AUTO_TEST_CASE(keys_over_plain_http_to_another_machine_are_warned_of) {
  const auto warnings = [](const std::string& url) {
    return load_config({std::nullopt, {"upstream.base_url=" + url}, {{"GEMINI_API_KEY", "k"}}})
        .value->warnings;
  };
  BOOST_TEST(warnings("http://example.com") ==
                 strings{"upstream.base_url: keys travel unencrypted to example.com (use "
                         "https://)"},
             boost::test_tools::per_element());
  BOOST_TEST(warnings("http://localhost:1").empty());
  BOOST_TEST(warnings("https://example.com").empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gemkeeper::app
