// The local CA in its directory: made once, rotated with an overlap, never replaced in silence.
#include "certificates.hpp"
#include <gemkeeper/proxy/certificate_authority.hpp>
#include <gemkeeper/proxy/host_names.hpp>

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>

#include <set>
#include <string>
#include <thread>
#include <vector>

using namespace gemkeeper::proxy;
using namespace gemkeeper::proxy::test;

namespace fs = std::filesystem;
using role = root_certificate::role;

namespace {

const std::string gemini(gemini_host);

mode_t mode_of(const fs::path& path) {
  struct stat status {};
  BOOST_REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

struct with_directory : ca_machine {
  trusted_roots open() { return open_trusted_roots(settings, now); }
  rotated rotate(rotation how = rotation::prepare) {
    return rotate_authority(settings, now, how, 7 * a_day);
  }
  issuer_ptr signer() { return directory().open(scope_of(settings), now).current(now).who; }

  std::vector<std::string> file_names() {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(ca_path))
      names.insert(entry.path().filename().native());
    return {names.begin(), names.end()};
  }

  // Whether a client that trusts all of `bundle` accepts what is signed now.
  bool accepted_by(const std::string& bundle) {
    const pem_content trusted = parse_pem(bundle);
    std::vector<X509*> roots;
    for (const x509_ptr& one : trusted.certificates)
      roots.push_back(one.get());
    const issuer_ptr by = signer();
    const x509_ptr leaf = forge(*by, {{gemini}, {}}, now);
    return verify(*leaf, {by->certificate.get()}, roots, {gemini, {}, now}) == X509_V_OK;
  }
};

std::vector<role> roles_of(const trusted_roots& all) {
  std::vector<role> roles;
  for (const root_certificate& one : all.roots)
    roles.push_back(one.as);
  return roles;
}

using strings = std::vector<std::string>;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(authorities, with_directory)

BOOST_AUTO_TEST_CASE(it_is_made_on_first_use_and_the_same_afterwards) {
  const trusted_roots first = open();
  BOOST_TEST(first.bundle == ca_path / "ca.pem");
  BOOST_REQUIRE(first.roots.size() == 1U);
  BOOST_TEST(first.roots[0].pem == content_of(first.bundle));
  BOOST_TEST(first.roots[0].fingerprint.size() == 64U);
  BOOST_TEST(first.not_admitted.empty());
  now += 300 * a_day;
  BOOST_TEST(open().roots[0].fingerprint == first.roots[0].fingerprint);
  BOOST_TEST(file_names() == (strings{"ca.pem", "lock", "signer-20261124T120000Z.pem"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(its_files_are_private_whatever_the_umask) {
  for (const mode_t mask : {mode_t{0}, mode_t{0777}}) {
    fs::remove_all(ca_path);
    const mode_t before = ::umask(mask);
    // A directory that cannot be entered is of no use to the test.
    if (mask != 0) fs::create_directory(ca_path), fs::permissions(ca_path, fs::perms::owner_all);
    open();
    ::umask(before);
    BOOST_TEST(mode_of(ca_path) == mode_t{0700});
    BOOST_TEST(mode_of(ca_path / "ca.pem") == mode_t{0644});
    BOOST_TEST(mode_of(ca_path / "signer-20261124T120000Z.pem") == mode_t{0600});
  }
}

BOOST_AUTO_TEST_CASE(the_key_of_the_root_is_nowhere) {
  open();
  const issuer_ptr by = signer();
  for (const std::string& name : file_names()) {
    const std::string text = content_of(ca_path / name);
    const bool is_signer = name.starts_with("signer-");
    BOOST_TEST((text.find("PRIVATE KEY") != text.npos) == is_signer, name);
    if (!is_signer) continue;
    const pem_content found = parse_pem(text);
    BOOST_TEST(X509_check_private_key(by->certificate.get(), found.key.get()) == 1);
    BOOST_TEST(X509_check_private_key(by->root.get(), found.key.get()) == 0);
  }
}

BOOST_AUTO_TEST_CASE(many_who_begin_at_once_get_one_and_the_same) {
  std::vector<std::string> found(8);
  std::vector<std::thread> threads;
  for (std::string& one : found)
    threads.emplace_back([&] { one = open_trusted_roots(settings, now).roots.at(0).fingerprint; });
  for (std::thread& one : threads)
    one.join();
  BOOST_TEST(std::set(found.begin(), found.end()).size() == 1U);
  BOOST_TEST(parse_pem(content_of(ca_path / "ca.pem")).certificates.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_rotation_overlaps_before_and_after_the_switch) {
  const std::string old_bundle = content_of(open().bundle);
  const rotated result = rotate();
  BOOST_TEST(result.made);
  BOOST_TEST((result.next.as == role::next));
  BOOST_TEST((result.next.signs_from == now + 7 * a_day));
  BOOST_TEST((roles_of(result.all) == std::vector{role::current, role::next}));
  const std::string both = content_of(result.all.bundle);
  const std::string new_bundle = result.next.pem;

  BOOST_TEST(accepted_by(old_bundle));
  BOOST_TEST(accepted_by(both));
  BOOST_TEST(!accepted_by(new_bundle));
  now += 7 * a_day - 1s;
  BOOST_TEST(accepted_by(old_bundle));

  now += 1s;  // the switch: nobody does anything
  BOOST_TEST(!accepted_by(old_bundle));
  BOOST_TEST(accepted_by(both));
  BOOST_TEST(accepted_by(new_bundle));
  BOOST_TEST((roles_of(open()) == std::vector{role::current, role::previous}));
  BOOST_TEST(content_of(ca_path / "ca.pem") == both);
  // The key that signs no more is gone.
  BOOST_TEST(file_names() == (strings{"ca.pem", "lock", "signer-20261201T120000Z.pem"}),
             boost::test_tools::per_element());

  // The next rotation drops the root of the first.
  const rotated again = rotate();
  BOOST_TEST((roles_of(again.all) == std::vector{role::current, role::next}));
  BOOST_TEST(accepted_by(content_of(again.all.bundle)));
  BOOST_TEST(again.all.roots[0].pem == new_bundle);
}

BOOST_AUTO_TEST_CASE(to_rotate_again_before_the_switch_changes_nothing) {
  open();
  const rotated first = rotate();
  now += 1h;
  const rotated second = rotate();
  BOOST_TEST(!second.made);
  BOOST_TEST(second.next.fingerprint == first.next.fingerprint);
  BOOST_TEST((second.next.signs_from == first.next.signs_from));
  BOOST_TEST(second.all.roots.size() == 2U);
}

BOOST_AUTO_TEST_CASE(at_once_takes_what_was_prepared_or_makes_one) {
  open();
  const rotated prepared = rotate();
  now += 1h;
  const rotated taken = rotate(rotation::at_once);
  BOOST_TEST(!taken.made);
  BOOST_TEST(taken.next.fingerprint == prepared.next.fingerprint);
  BOOST_TEST((taken.next.as == role::current));
  BOOST_TEST((roles_of(taken.all) == std::vector{role::current, role::previous}));
  BOOST_TEST(file_names() == (strings{"ca.pem", "lock", "signer-20261124T130000Z.pem"}),
             boost::test_tools::per_element());

  // Even within the same second.
  const rotated made = rotate(rotation::at_once);
  BOOST_TEST(made.made);
  BOOST_TEST(made.next.fingerprint != taken.next.fingerprint);
  BOOST_TEST((roles_of(made.all) == std::vector{role::current, role::previous}));
  BOOST_TEST(accepted_by(content_of(ca_path / "ca.pem")));
}

BOOST_AUTO_TEST_CASE(a_host_that_was_added_later_needs_a_rotation_also_of_what_was_prepared) {
  open();
  const rotated narrow = rotate();
  settings.intercept.hosts = {"api.example.com"};
  BOOST_TEST(open().not_admitted == strings{"api.example.com"}, boost::test_tools::per_element());
  const rotated wide = rotate();
  BOOST_TEST(wide.made);
  BOOST_TEST(wide.next.fingerprint != narrow.next.fingerprint);
  BOOST_TEST(wide.all.not_admitted.size() == 1U);  // until the switch
  now += 7 * a_day;
  BOOST_TEST(open().not_admitted.empty());
}

BOOST_AUTO_TEST_CASE(a_clock_that_is_late_finds_the_first_one) {
  const trusted_roots first = open();
  rotate();
  now -= 300 * a_day;
  BOOST_TEST((directory().read().current(now).from > now));
  BOOST_TEST(open().roots[0].fingerprint == first.roots[0].fingerprint);
}

BOOST_AUTO_TEST_CASE(what_a_crash_left_undone_is_put_right) {
  const std::string bundle = content_of(open().bundle);
  fs::remove(ca_path / "ca.pem");
  files.write("ca/new.tmp", "half a key");
  BOOST_TEST(content_of(open().bundle) == bundle);
  rotate();
  BOOST_TEST(!fs::exists(ca_path / "new.tmp"));
}

BOOST_AUTO_TEST_CASE(damage_is_told_and_nothing_is_replaced) {
  open();
  const fs::path signer_file = ca_path / "signer-20261124T120000Z.pem";
  const std::string good = content_of(signer_file);
  const std::string remedy = " (put it back from a backup, or remove the directory \"" +
                             ca_path.native() +
                             "\" to get a new CA, which clients must then trust)";
  const auto told = [&] { return message_of([&] { open(); }); };
  const std::string at_signer = "the local CA is damaged: \"" + signer_file.native() + "\" ";

  files.write("ca/signer-20261124T120000Z.pem", "");
  BOOST_TEST(told() == at_signer + "holds no key" + remedy);
  BOOST_TEST(content_of(signer_file) == "");
  files.write("ca/signer-20261124T120000Z.pem", good.substr(0, good.size() / 2));
  BOOST_TEST(told() == at_signer + "holds a damaged PEM block" + remedy);
  files.write("ca/signer-20261124T120000Z.pem",
              good.substr(0, good.find("-----BEGIN CERTIFICATE")));
  BOOST_TEST(told() == at_signer + "holds not two certificates" + remedy);
  {
    const ca_machine other;
    const issuer_ptr stranger = other.directory().open(scope_of(settings), now).current(now).who;
    const auto key_end = good.find("-----BEGIN CERTIFICATE");
    files.write("ca/signer-20261124T120000Z.pem", good.substr(0, key_end) + public_part(*stranger));
    BOOST_TEST(told() == at_signer + "holds a key of another certificate" + remedy);
  }
  fs::remove(signer_file);
  BOOST_TEST(told() == "the local CA is damaged: \"" + (ca_path / "signer-*.pem").native() +
                           "\" is missing, while ca.pem is there" + remedy);
  BOOST_TEST(message_of([&] { rotate(); }) == told());
  files.write("ca/signer-20261124T120000Z.pem", good);
  files.write("ca/ca.pem", "-----BEGIN CERTIFICATE-----\nnonsense\n");
  BOOST_TEST(told() == "the local CA is damaged: \"" + (ca_path / "ca.pem").native() +
                           "\" holds a damaged PEM block" + remedy);
}

BOOST_AUTO_TEST_CASE(where_nothing_can_be_written_the_reason_is_told) {
  settings.intercept.ca_directory = (files.path() / "missing/ca").native();
  BOOST_TEST(message_of([&] { open(); }) == "cannot make the directory \"" +
                                                settings.intercept.ca_directory +
                                                "\": no such file or directory");
  const auto file = files.write("file", "");
  settings.intercept.ca_directory = file.native();
  BOOST_TEST(message_of([&] { open(); }) ==
             "cannot use \"" + file.native() + "\": not a directory");
  settings.intercept.ca_directory.clear();
  BOOST_TEST(message_of([&] { open(); }).starts_with("nothing is written here"));
}

BOOST_AUTO_TEST_SUITE_END()
