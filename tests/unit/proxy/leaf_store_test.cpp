// Certificates for connections: minted once, shared, renewed, and never in a connection's way.
#include "intercept/leaf_store.hpp"

#include "handshake.hpp"
#include <gemkeeper/proxy/host_names.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <exception>
#include <string>
#include <thread>
#include <vector>

using namespace gemkeeper::proxy;
using namespace gemkeeper::proxy::test;

namespace fs = std::filesystem;

namespace {

const std::string gemini(gemini_host);

// A worker's loop: its deadlines never pass, but for those that are told to.
struct loop {
  boost::asio::io_context context;
  deadline_list deadlines;
};

using answers = std::vector<server_session>;

boost::asio::awaitable<void, executor> ask(leaf_store& store, std::string host, loop& where,
                                           answers& into) {
  gemkeeper::proxy::signal owner(where.deadlines);
  server_session one;
  if (host.empty()) {
    one = co_await store.accept_own(owner, where.context);
  } else {
    one = co_await store.accept_for(host, owner, where.context);
  }
  into.push_back(std::move(one));
}

void rethrow(const std::exception_ptr& error) {
  if (error) std::rethrow_exception(error);
}

struct with_store : ca_machine {
  std::atomic<std::chrono::seconds> later{0s};  // the store's thread reads it
  std::unique_ptr<leaf_store> store;
  loop worker;

  void start(std::size_t capacity = leaf_store::default_capacity) {
    store = std::make_unique<leaf_store>(
        settings, [this] { return now + later.load(); }, capacity);
  }
  [[nodiscard]] system_time time() const { return now + later.load(); }

  // "" asks for the proxy's own.
  server_session get(const std::string& host) {
    if (!store) start();
    answers all;
    boost::asio::co_spawn(worker.context, ask(*store, host, worker, all), rethrow);
    worker.context.restart();
    worker.context.run();
    BOOST_REQUIRE(all.size() == 1U);
    return std::move(all.front());
  }
  handshake_result meet(const std::string& host, const std::string& expected) {
    const server_session session = get(host);
    BOOST_REQUIRE_MESSAGE(session.tls, session.problem);
    client_wishes wishes;
    std::vector<x509_ptr> roots;
    if (fs::exists(ca_path / "ca.pem"))
      roots = parse_pem(content_of(ca_path / "ca.pem")).certificates;
    for (const x509_ptr& root : roots)
      wishes.trusted.push_back(root.get());
    wishes.host = expected;
    return shake_hands(session.tls.get(), wishes, time());
  }
  std::string serial_of(const std::string& host) {
    const handshake_result result = meet(host, host);
    return fingerprint_of(*result.leaf);
  }
  // Until the thread has done in the background what it was asked for.
  std::string changed_serial(const std::string& host, const std::string& before) {
    for (;;) {
      const std::string serial = serial_of(host);
      if (serial != before) return serial;
      std::this_thread::yield();
    }
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(leaf_stores, with_store)

BOOST_AUTO_TEST_CASE(nothing_is_made_before_the_first_use) {
  start();
  BOOST_TEST(!fs::exists(ca_path));
  BOOST_TEST(meet(gemini, gemini).verified == X509_V_OK);
  BOOST_TEST(fs::exists(ca_path / "ca.pem"));
  BOOST_TEST(store->size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_name_is_minted_once_however_it_is_written) {
  const std::string first = serial_of(gemini);
  for (const std::string& written :
       {gemini, gemini + ".", std::string("GENERATIVELANGUAGE.Googleapis.com")})
    BOOST_TEST(fingerprint_of(*meet(written, gemini).leaf) == first);
  BOOST_TEST(store->size() == 1U);
}

BOOST_AUTO_TEST_CASE(many_who_ask_at_once_on_many_threads_get_the_same) {
  start();
  constexpr int threads = 4;
  constexpr int each = 25;
  std::vector<loop> loops(threads);
  std::vector<answers> all(threads);
  std::vector<std::thread> running;
  for (int t = 0; t < threads; ++t) {
    for (int i = 0; i < each; ++i) {
      boost::asio::co_spawn(loops[t].context,
                            ask(*store, i % 2 == 0 ? gemini : "", loops[t], all[t]), rethrow);
    }
    running.emplace_back([&, t] { loops[t].context.run(); });
  }
  for (std::thread& one : running)
    one.join();
  std::vector<const SSL_CTX*> contexts;
  for (const answers& some : all) {
    BOOST_TEST(some.size() == std::size_t{each});
    for (const server_session& one : some) {
      BOOST_REQUIRE_MESSAGE(one.tls, one.problem);
      contexts.push_back(SSL_get_SSL_CTX(one.tls.get()));
    }
  }
  std::sort(contexts.begin(), contexts.end());
  contexts.erase(std::unique(contexts.begin(), contexts.end()), contexts.end());
  BOOST_TEST(contexts.size() == 2U);
}

BOOST_AUTO_TEST_CASE(the_proxys_own_is_for_all_its_names_and_the_intercepted_hosts) {
  settings.intercept.hosts = {"api.example.com", "*.corp.example"};
  settings.client.hosts = {"proxy.local"};
  settings.listen.front().host = "127.0.0.5";
  for (const std::string name :
       {"localhost", "proxy.local", gemini.c_str(), "api.example.com", "corp.example"}) {
    const handshake_result result = meet("", name);
    BOOST_TEST(result.verified == X509_V_OK, name);
    BOOST_TEST(result.sent.front() == "localhost");
    for (const char* address : {"127.0.0.1", "::1", "127.0.0.5"})
      BOOST_TEST(X509_check_ip_asc(result.leaf.get(), address, 0) == 1);
  }
  BOOST_TEST(store->size() == 0U);
}

BOOST_AUTO_TEST_CASE(a_host_below_a_wildcard_gets_a_certificate_of_its_own) {
  settings.intercept.hosts = {"*.corp.example"};
  const handshake_result result = meet("a.b.corp.example", "a.b.corp.example");
  BOOST_TEST(result.verified == X509_V_OK);
}

BOOST_AUTO_TEST_CASE(it_lives_for_thirty_days_and_accepts_a_late_clock) {
  const handshake_result result = meet(gemini, gemini);
  const validity valid = validity_of(*result.leaf);
  BOOST_TEST((valid.not_before == now - 2 * a_day));
  BOOST_TEST((valid.not_after == now + 30 * a_day));
}

BOOST_AUTO_TEST_CASE(it_is_renewed_before_its_end_and_the_old_one_serves_meanwhile) {
  const std::string first = serial_of(gemini);
  later = 20 * a_day - 1s;
  BOOST_TEST(serial_of(gemini) == first);
  later = 20 * a_day;
  BOOST_TEST(serial_of(gemini) == first);  // at once: the new one is being made
  const std::string second = changed_serial(gemini, first);
  BOOST_TEST(serial_of(gemini) == second);
  // Long unused: what has ended is never handed out.
  later = 100 * a_day;
  const handshake_result result = meet(gemini, gemini);
  BOOST_TEST(result.verified == X509_V_OK);
  BOOST_TEST(fingerprint_of(*result.leaf) != second);
  // A clock set back by far.
  later = -100 * a_day;
  BOOST_TEST(get(gemini).tls != nullptr);
  BOOST_TEST((validity_of(*meet(gemini, gemini).leaf).not_after < now));
}

BOOST_AUTO_TEST_CASE(the_bound_holds_and_who_was_asked_for_longest_ago_goes) {
  settings.intercept.hosts = {"*.corp.example"};
  start(3);
  const auto host = [](int i) { return "h" + std::to_string(i) + ".corp.example"; };
  const std::string own = fingerprint_of(*meet("", "localhost").leaf);
  const std::string first = serial_of(host(0));
  serial_of(host(1));
  serial_of(host(2));
  BOOST_TEST(serial_of(host(0)) == first);
  serial_of(host(3));  // takes the place of 1
  BOOST_TEST(store->size() == 3U);
  BOOST_TEST(serial_of(host(0)) == first);
  for (int i = 4; i < 20; ++i)
    serial_of(host(i));
  BOOST_TEST(store->size() == 3U);
  BOOST_TEST(serial_of(host(0)) != first);
  BOOST_TEST(fingerprint_of(*meet("", "localhost").leaf) == own);
}

BOOST_AUTO_TEST_CASE(a_running_store_takes_part_in_a_rotation) {
  const std::string first = serial_of(gemini);
  rotate_authority(settings, time(), rotation::prepare, 7 * a_day);
  later = 2s;
  BOOST_TEST(serial_of(gemini) == first);
  const auto signed_by_old = [&] {
    const handshake_result result = meet(gemini, gemini);
    BOOST_TEST(result.verified == X509_V_OK);  // by the bundle, always
    return result.sent.back().find("12:00:00Z") != std::string::npos;
  };
  later = 7 * a_day - 1s;
  BOOST_TEST(signed_by_old());
  later = 7 * a_day + 2s;
  const std::string second = changed_serial(gemini, first);
  rotate_authority(settings, time(), rotation::at_once, 7 * a_day);
  later = 7 * a_day + 10s;
  changed_serial(gemini, second);
  BOOST_TEST(!signed_by_old());
}

BOOST_AUTO_TEST_CASE(a_name_that_the_ca_does_not_admit_is_a_problem_with_a_remedy) {
  serial_of(gemini);
  settings.intercept.hosts = {"api.example.com"};
  start();  // the proxy's next start
  const server_session refused = get("api.example.com");
  BOOST_TEST(!refused.tls);
  BOOST_TEST(refused.problem.starts_with("the CA \"gemkeeper signer "), refused.problem);
  BOOST_TEST(refused.problem.ends_with("does not admit \"api.example.com\" (run gemkeeper ca "
                                       "rotate --now, and have clients trust the new root)"),
             refused.problem);
  // The others, and its own, work on.
  BOOST_TEST(meet(gemini, gemini).verified == X509_V_OK);
  BOOST_TEST(meet("", "localhost").verified == X509_V_OK);

  rotate_authority(settings, time(), rotation::at_once, 1s);
  later = 5s;
  while (get("api.example.com").tls == nullptr)
    std::this_thread::yield();
  BOOST_TEST(meet("api.example.com", "api.example.com").verified == X509_V_OK);
}

BOOST_AUTO_TEST_CASE(damage_is_a_problem_until_it_is_mended) {
  open_trusted_roots(settings, now);
  const fs::path file = ca_path / "signer-20261124T120000Z.pem";
  const std::string good = content_of(file);
  files.write("ca/signer-20261124T120000Z.pem", "");
  BOOST_TEST(get(gemini).problem.starts_with("the local CA is damaged: \"" + file.native()));
  files.write("ca/signer-20261124T120000Z.pem", good);
  later = 2s;
  BOOST_TEST(get(gemini).tls != nullptr);
  // What runs is not disturbed by damage, nor by a directory that vanishes.
  files.write("ca/signer-20261124T120000Z.pem", "");
  later = 21 * a_day;
  const std::string first = fingerprint_of(*meet(gemini, gemini).leaf);
  changed_serial(gemini, first);
  fs::remove_all(ca_path);
  later = 42 * a_day;
  BOOST_TEST(get(gemini).tls != nullptr);
  BOOST_TEST(!fs::exists(ca_path));
}

BOOST_AUTO_TEST_CASE(in_memory_nothing_is_written) {
  settings.intercept.ca_directory.clear();
  BOOST_TEST(get(gemini).tls != nullptr);
  BOOST_TEST(get("").tls != nullptr);
  BOOST_TEST(fs::is_empty(files.path()));
}

BOOST_AUTO_TEST_CASE(a_ca_or_a_certificate_by_file_is_used_and_followed) {
  const issuer_ptr company = make_issuer({{gemini, "localhost"}, {}}, now);
  const auto write = [&](const issuer& who) {
    const bio_ptr key = key_to_pem(*who.key);
    char* data = nullptr;
    const long size = BIO_get_mem_data(key.get(), &data);
    const std::string text = public_part(who) + std::string(data, static_cast<std::size_t>(size));
    return files.write("company.pem", text).native();
  };
  settings.intercept.ca_cert = settings.intercept.ca_key = write(*company);
  const handshake_result result = meet(gemini, gemini);
  BOOST_TEST(result.sent == (std::vector{gemini, common_name_of(*company->certificate)}),
             boost::test_tools::per_element());
  const std::string first = fingerprint_of(*result.leaf);
  files.write("company.pem", "half a file");
  later = 2s;
  BOOST_TEST(serial_of(gemini) == first);
  const issuer_ptr next = make_issuer({{gemini, "localhost"}, {}}, now + 1h);
  write(*next);
  for (later = 4s; serial_of(gemini) == first;)
    later = later.load() + 2s;
  BOOST_TEST(meet(gemini, gemini).sent.back() == common_name_of(*next->certificate));
  BOOST_TEST(!fs::exists(ca_path));

  const pkey_ptr key = make_key();
  const x509_ptr leaf = make_leaf({{"my.proxy"}, {}}, {now - a_day, now + a_day}, *key,
                                  {*company->certificate, *company->key});
  const bio_ptr key_text = key_to_pem(*key);
  char* data = nullptr;
  const long size = BIO_get_mem_data(key_text.get(), &data);
  settings.tls =
      files.write("own.pem", to_pem(*leaf) + std::string(data, static_cast<std::size_t>(size)))
          .native();
  later = 0s;
  start();
  BOOST_TEST(meet("", "my.proxy").sent.front() == "my.proxy");
  settings.tls = "off";
  start();
  BOOST_TEST(get("").problem == "the proxy's port speaks no TLS (proxy.tls is \"off\")");
  settings.tls = (files.path() / "missing").native();
  BOOST_TEST(message_of([&] { start(); }).starts_with("proxy.tls: cannot read"));
}

BOOST_AUTO_TEST_CASE(what_is_no_host_name_is_a_problem) {
  for (const std::string bad : {"a,DNS:b", "127.0.0.1", "a b", "*.corp.example"}) {
    BOOST_TEST(get(bad).problem == "\"" + bad + "\" is not a host name");
  }
  BOOST_TEST(!fs::exists(ca_path));
}

BOOST_AUTO_TEST_CASE(a_wait_that_is_interrupted_ends_and_disturbs_nobody) {
  start();
  // Holds the store's thread up: it waits for the CA's lock.
  fs::create_directory(ca_path);
  answers all;
  {
    const directory_lock held(ca_path);
    boost::asio::co_spawn(worker.context, ask(*store, gemini, worker, all), rethrow);
    worker.context.poll();
    BOOST_TEST(all.empty());
    worker.deadlines.sweep(steady_time::max());
    worker.context.restart();
    worker.context.poll();
    BOOST_REQUIRE(all.size() == 1U);
    BOOST_TEST(all[0].problem == "the certificate was not made in time");
  }
  BOOST_TEST(meet(gemini, gemini).verified == X509_V_OK);
}

BOOST_AUTO_TEST_SUITE_END()
