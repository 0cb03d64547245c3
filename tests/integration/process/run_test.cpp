// `gemkeeper run`: the command comes to a proxy, and runs as if the shell had started it.
#include "fixture.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <csignal>

using namespace gemkeeper;
using namespace gemkeeper::test;

namespace {

using strings = std::vector<std::string>;

constexpr const char* ask_the_api =
    "exec curl -sS --max-time 20 -H \"x-goog-api-key: $GEMINI_API_KEY\" "
    "-H 'Content-Type: application/json' -d '{\"contents\":[{\"parts\":[{\"text\":\"Hello\"}]}]}' "
    "\"$GOOGLE_GEMINI_BASE_URL/v1beta/models/gemini-3.6-flash:generateContent\"";

// Says which of these signals came, and ends.
std::string wait_for_signals(const strings& names) {
  std::string script;
  for (const std::string& name : names)
    script += fmt::format("trap 'echo got {0}; kill $!; exit 9' {0}; ", name);
  return script + "sleep 100 >/dev/null 2>&1 & echo ready; wait";
}

struct run_fixture : process_fixture {
  // With the settings of `serve`, whose port 0 is nowhere to look for a running one.
  child& run(strings command, const child::variables& more = one_key, strings options = {}) {
    files.write("gemkeeper.toml", configuration({}));
    strings all{"run", "--config", files.path("gemkeeper.toml").native()};
    all.insert(all.end(), options.begin(), options.end());
    all.emplace_back("--");
    all.insert(all.end(), command.begin(), command.end());
    return start(std::move(all), more);
  }
  child& run_script(const std::string& script, const child::variables& more = one_key,
                    strings options = {}) {
    return run({"/bin/sh", "-c", script}, more, std::move(options));
  }
};

strings listen_on(std::uint16_t port) {
  return {"--set", fmt::format("proxy.listen=[\"127.0.0.1:{}\"]", port)};
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(run_command, run_fixture)

BOOST_AUTO_TEST_CASE(status_and_output_are_the_commands_own) {
  for (const int status : {0, 1, 7, 255}) {
    child& program = run_script(fmt::format("echo out; echo err >&2; exit {}", status));
    BOOST_TEST(program.wait() == status);
    BOOST_TEST(program.out() == "out\n");
    BOOST_TEST(program.err() == "err\n");
  }
  BOOST_TEST(run_script("kill -KILL $$").wait() == 128 + SIGKILL);
  BOOST_TEST(run_script("kill -TERM $$").wait() == 128 + SIGTERM);
}

BOOST_AUTO_TEST_CASE(arguments_arrive_as_they_are) {
  child& program = run({"printf", "%s|", "--set", "a b", "", "--", "$HOME"});
  BOOST_TEST(program.wait() == 0);
  BOOST_TEST(program.out() == "--set|a b||--|$HOME|");
}

BOOST_AUTO_TEST_CASE(a_command_that_cannot_be_run_is_127_or_126) {
  child& missing = run({"/no/such/program"});
  BOOST_TEST(missing.wait() == 127);
  BOOST_TEST(mentions(missing.err(), "\"/no/such/program\": No such file"), missing.err());
  child& nowhere = run({"no-such-program-anywhere"});
  BOOST_TEST(nowhere.wait() == 127);
  child& plain = run({files.write("plain.txt", "text").native()});
  BOOST_TEST(plain.wait() == 126);
  BOOST_TEST(mentions(plain.err(), "Permission denied"), plain.err());
}

BOOST_AUTO_TEST_CASE(its_calls_are_served_by_a_proxy_of_its_own) {
  child& program = run_script(ask_the_api);
  BOOST_TEST(program.wait() == 0);
  BOOST_TEST(mentions(program.out(), "echo: Hello"), program.out());
  BOOST_TEST(program.err().empty(), program.err());
  BOOST_TEST(keys_used() == strings{"alpha"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(warnings_show_and_more_when_asked_for) {
  child& program = run({"true"}, one_key, {"--set", "log.level=info"});
  BOOST_TEST(program.wait() == 0);
  BOOST_TEST(mentions(program.err(), R"("event":"listening")"), program.err());
  child& to_file =
      run({"true"}, one_key, {"--set", "log.file=" + files.path("proxy.log").native()});
  BOOST_TEST(to_file.wait() == 0);
  BOOST_TEST(to_file.err().empty(), to_file.err());
  BOOST_TEST(wait_for_text("proxy.log", R"("event":"stopped")"));
}

// The fixture looks for the keys in what `env` has printed.
BOOST_AUTO_TEST_CASE(the_command_sees_no_key) {
  child& program =
      run({"env"}, {{"GEMINI_API_KEYS", secret_key("alpha") + "," + secret_key("beta")},
                    {"GEMINI_API_KEY", secret_key("gamma")},
                    {"GOOGLE_API_KEY", secret_key("delta")},
                    {"OPENAI_API_KEY", secret_key("alpha")},
                    {"NOTES", "the key is " + secret_key("beta")},
                    {"UNRELATED", "two\nlines"}});
  BOOST_TEST(program.wait() == 0);
  const std::string all = "\n" + program.out();
  BOOST_TEST(mentions(all, "\nGEMINI_API_KEY=gemkeeper\n"), all);
  BOOST_TEST(mentions(all, "\nOPENAI_API_KEY=gemkeeper\n"), all);
  BOOST_TEST(mentions(all, "\nUNRELATED=two\nlines\n"), all);
  BOOST_TEST(mentions(all, "\nGOOGLE_GEMINI_BASE_URL=http://127.0.0.1:"), all);
  for (const char* gone : {"GEMINI_API_KEYS=", "GOOGLE_API_KEY=", "NOTES=", "HTTPS_PROXY="})
    BOOST_TEST(!mentions(all, std::string("\n") + gone), all);
}

BOOST_AUTO_TEST_CASE(a_running_proxy_is_used_and_needs_no_key_here) {
  child& running = serve({}, {}, one_key);
  const std::string address = running.wait_for_address();
  child& program = run_script("echo $GOOGLE_GEMINI_BASE_URL; " + std::string(ask_the_api), {},
                              listen_on(port_of(address)));
  BOOST_TEST(program.wait() == 0);
  BOOST_TEST(program.out().starts_with("http://" + address + "\n"), program.out());
  BOOST_TEST(mentions(program.out(), "echo: Hello"), program.out() << program.err());
  BOOST_TEST(keys_used() == strings{"alpha"}, boost::test_tools::per_element());
  // It is still there for others.
  BOOST_TEST(call(running).result_int() == 200);
}

BOOST_AUTO_TEST_CASE(a_stranger_at_the_port_is_named) {
  asio::io_context context;
  asio::ip::tcp::acceptor silent(context, {asio::ip::address_v4::loopback(), 0});
  for (const std::uint16_t port : {upstream.port(), silent.local_endpoint().port()}) {
    child& program = run({"true"}, one_key, listen_on(port));
    BOOST_TEST(program.wait() == 1);
    BOOST_TEST(mentions(program.err(), "proxy.listen"), program.err());
    BOOST_TEST(mentions(program.err(), fmt::format("127.0.0.1:{}", port)), program.err());
    BOOST_TEST(mentions(program.err(), "not gemkeeper"), program.err());
  }
}

BOOST_AUTO_TEST_CASE(without_a_key_or_with_a_wrong_setting_it_ends_with_2) {
  child& keyless = run({"true"}, {});
  BOOST_TEST(keyless.wait() == 2);
  BOOST_TEST(mentions(keyless.err(), "GEMINI_API_KEYS"), keyless.err());
  child& placeholder = run({"true"}, {{"GEMINI_API_KEY", "gemkeeper"}});
  BOOST_TEST(placeholder.wait() == 2);
  child& wrong = run({"true"}, one_key, {"--set", "pool.polcy=x"});
  BOOST_TEST(wrong.wait() == 2);
  BOOST_TEST(mentions(wrong.err(), "pool.polcy"), wrong.err());
}

BOOST_AUTO_TEST_CASE(signals_sent_to_gemkeeper_reach_the_command) {
  const strings names{"HUP", "INT", "QUIT", "TERM", "USR1", "USR2"};
  const std::vector numbers{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
  for (std::size_t at = 0; at < names.size(); ++at) {
    child& program = run_script(wait_for_signals(names));
    program.wait_for_line("ready");
    program.send_signal(numbers[at]);
    BOOST_TEST(program.wait() == 9);
    BOOST_TEST(program.out() == "ready\ngot " + names[at] + "\n");
  }
}

BOOST_AUTO_TEST_CASE(a_command_that_does_not_handle_a_signal_dies_of_it) {
  child& program = run_script("echo ready; exec sleep 100");
  program.wait_for_line("ready");
  program.send_signal(SIGINT);
  BOOST_TEST(program.wait() == 128 + SIGINT);
}

BOOST_AUTO_TEST_CASE(when_gemkeeper_is_killed_the_command_is_told) {
  child& program = run_script(wait_for_signals({"TERM"}) + " | cat; echo end");
  program.wait_for_line("ready");
  program.send_signal(SIGKILL);
  BOOST_TEST(program.wait() == 128 + SIGKILL);
  // The pipes close when the command has ended too.
}

BOOST_AUTO_TEST_CASE(what_the_command_leaves_behind_may_end_its_requests) {
  sandbox::scenario what;
  what.keys = {{secret_key("alpha"), {}}};
  what.stream.events = 15;
  what.stream.interval = 100ms;
  upstream.set_scenario(what);
  const std::string stream = files.path("stream").native();
  child& program = run_script(fmt::format(
      "curl -sSN -H 'Content-Type: application/json' -d '{}' \"$GOOGLE_GEMINI_BASE_URL{}\" >{} & "
      "until [ -s {} ]; do sleep 0.02; done; exit 4",
      stream_sse.body, stream_sse.target, stream, stream));
  BOOST_TEST(program.wait() == 4);
  BOOST_TEST(wait_for_text("stream", "\"finishReason\":\"STOP\""));
  BOOST_TEST(program.err().empty(), program.err());
}

BOOST_AUTO_TEST_CASE(the_command_has_the_shells_limits_signals_and_descriptors) {
  const std::string script =
      "ulimit -Sc; ulimit -Hc; ulimit -Sn; ulimit -Hn; "
      "grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status; exec ls /proc/self/fd";
  child direct({"/bin/sh", "-c", script}, {});
  BOOST_TEST(direct.wait() == 0);
  child& program = run_script(script);
  BOOST_TEST(program.wait() == 0);
  BOOST_TEST(program.out() == direct.out());
}

BOOST_AUTO_TEST_CASE(in_forward_mode_its_calls_to_google_are_served) {
  const std::string ask_google =
      "exec curl -sS --max-time 20 -H \"x-goog-api-key: $GEMINI_API_KEY\" "
      "https://generativelanguage.googleapis.com/v1beta/models";
  child& alone = run_script(ask_google, one_key, {"--mode", "forward"});
  BOOST_TEST(alone.wait() == 0);
  BOOST_TEST(mentions(alone.out(), "models/gemini-3.6-flash"), alone.out() << alone.err());

  child& running = serve({}, {}, one_key);
  strings options = listen_on(port_of(running.wait_for_address()));
  options.insert(options.end(), {"--mode", "forward"});
  child& beside = run_script(ask_google, {}, options);
  BOOST_TEST(beside.wait() == 0);
  BOOST_TEST(mentions(beside.out(), "models/gemini-3.6-flash"), beside.out() << beside.err());
  // One that runs for somebody else has a CA of its own.
  child& stranger =
      run_script(ask_google, {{"STATE_DIRECTORY", files.path("other").native()}}, options);
  BOOST_TEST(stranger.wait() == 1);
  BOOST_TEST(mentions(stranger.err(), "another CA"), stranger.err());
}

BOOST_AUTO_TEST_CASE(forward_mode_gives_it_a_proxy_and_the_cas) {
  child& program = run_script(
      "echo $HTTPS_PROXY $https_proxy; cmp $SSL_CERT_FILE $REQUESTS_CA_BUNDLE && "
      "tail -n 1 $SSL_CERT_FILE; head -n 1 $NODE_EXTRA_CA_CERTS; echo $NODE_USE_ENV_PROXY; "
      "echo base $GOOGLE_GEMINI_BASE_URL; ls $SSL_CERT_FILE",
      one_key, {"--mode", "forward"});
  BOOST_TEST(program.wait() == 0);
  const std::string out = program.out();
  BOOST_TEST(out.starts_with("http://127.0.0.1:"), out);
  BOOST_TEST(mentions(out, "\n-----END CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\n1\nbase\n" +
                               files.path("home/.local/state/gemkeeper/trusted-cas.pem").native()),
             out << program.err());
  child& nowhere = run({"true"}, one_key, {"--mode", "forward", "--set", "storage.path=:memory:"});
  BOOST_TEST(nowhere.wait() == 1);
  BOOST_TEST(mentions(nowhere.err(), "storage.path"), nowhere.err());
}

BOOST_AUTO_TEST_SUITE_END()
