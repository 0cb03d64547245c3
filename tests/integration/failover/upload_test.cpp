// Resumable uploads through gemkeeper: by an address of its own, piece by piece, without a
// credential, and from where they broke off.
#include "expect.hpp"

#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include <algorithm>

using namespace gemkeeper;
using namespace gemkeeper::test;

namespace {

constexpr std::size_t piece = 1024;  // the granularity here

rig_setup three_projects_in_pieces() {
  rig_setup s = three_projects();
  s.upstream.upload.granularity = piece;
  s.proxy.client.replay_memory = 4096;
  return s;
}

std::string noise(std::size_t size) {
  std::string text(size, ' ');
  std::uint32_t state = 1;
  for (char& c : text) {
    state = state * 1664525 + 1013904223;
    c = static_cast<char>(state >> 24U);
  }
  return text;
}

struct upload_client {
  explicit upload_client(const rig& of, std::string_view at = "/upload/v1beta/files",
                         fields more = {}) {
    fields extra{{"X-Goog-Upload-Protocol", "resumable"},
                 {"X-Goog-Upload-Command", "start"},
                 {"X-Goog-Upload-Header-Content-Type", "video/mp4"},
                 {"Host", fmt::format("127.0.0.1:{}", of.port())}};
    extra.insert(extra.end(), more.begin(), more.end());
    began = of.ask("POST", at, R"({"file":{"displayName":"a film"}})", extra);
    url = header(began, "x-goog-upload-url");
    const std::string origin = fmt::format("http://127.0.0.1:{}", of.port());
    if (url.starts_with(origin)) target = url.substr(origin.size());
  }
  response send(const rig& of, std::string_view command, std::size_t offset = 0,
                std::string_view body = {}) const {
    return of.ask("POST", target, body,
                  {{"X-Goog-Upload-Command", std::string(command)},
                   {"X-Goog-Upload-Offset", std::to_string(offset)}});
  }

  response began;
  std::string url;
  std::string target;  // of it; empty: it leads elsewhere
};

std::string status_of(const response& answer) {
  return header(answer, "x-goog-upload-status");
}
std::string name_in(const response& answer) {
  const std::string& body = answer.body();
  const std::size_t at = body.find("files/");
  if (at == std::string::npos) return {};
  return body.substr(at, body.find('"', at) - at);
}

std::string download(const rig& r, const std::string& file) {
  return r.ask("GET", "/v1beta/" + file + ":download?alt=media").body();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(uploads)

BOOST_AUTO_TEST_CASE(an_upload_goes_piece_by_piece_by_an_address_of_our_own) {
  rig r(three_projects_in_pieces());
  const std::string film = noise(10 * piece + 77);
  const upload_client up(r);
  BOOST_TEST(up.began.result_int() == 200);
  BOOST_TEST_REQUIRE(up.target.starts_with("/upload/v1beta/files?upload_id=gk1."), up.url);
  BOOST_TEST(header(up.began, "x-goog-upload-control-url") == up.url);
  BOOST_TEST(up.url.find("sandbox-upload") == std::string::npos);
  BOOST_TEST(up.url.ends_with("&upload_protocol=resumable"));
  expect_no_secret(r, up.url);
  const std::string owner = r.tried().back();
  std::size_t at = 0;
  for (; at < 10 * piece; at += 2 * piece) {
    const response more = up.send(r, "upload", at, std::string_view(film).substr(at, 2 * piece));
    BOOST_TEST(more.result_int() == 200, more.body());
    BOOST_TEST(status_of(more) == "active");
    const response asked = up.send(r, "query");
    BOOST_TEST(header(asked, "x-goog-upload-size-received") == std::to_string(at + 2 * piece));
  }
  const response last = up.send(r, "upload, finalize", at, std::string_view(film).substr(at));
  BOOST_TEST(status_of(last) == "final");
  const std::string file = name_in(last);
  BOOST_TEST(mentions(last, "a film"), last.body());
  BOOST_TEST(mentions(last, "https://generativelanguage.googleapis.com/v1beta/files/"));
  for (int i = 0; i < 3; ++i) {
    BOOST_TEST((download(r, file) == film));
    BOOST_TEST(r.tried().back() == owner);
  }
  // Google asks for no credential there, and got none.
  for (const sandbox::recorded_request& one : r.upstream().requests()) {
    if (one.target.find("upload_id=sandbox-upload") == std::string::npos) continue;
    BOOST_TEST(one.credential == "");
    BOOST_TEST(one.header("x-goog-api-key") == "");
  }
}

BOOST_AUTO_TEST_CASE(a_file_that_ends_with_a_piece_is_finalized_by_an_empty_one) {
  rig r(three_projects_in_pieces());
  const std::string film = noise(2 * piece);
  const upload_client up(r);
  BOOST_TEST(status_of(up.send(r, "upload", 0, film)) == "active");
  const response last = up.send(r, "upload, finalize", 2 * piece);
  BOOST_TEST(status_of(last) == "final", last.body());
  BOOST_TEST((download(r, name_in(last)) == film));
  const response again = up.send(r, "query");
  BOOST_TEST(status_of(again) == "final");
}

BOOST_AUTO_TEST_CASE(a_cancelled_upload_is_over) {
  rig r(three_projects_in_pieces());
  const upload_client up(r);
  up.send(r, "upload", 0, noise(piece));
  BOOST_TEST(status_of(up.send(r, "cancel")) == "cancelled");
  const response late = up.send(r, "upload", piece, noise(piece));
  BOOST_TEST(late.result_int() == 400);
  BOOST_TEST(status_of(late) == "cancelled");
}

BOOST_AUTO_TEST_CASE(many_uploads_of_several_projects_do_not_mix) {
  rig r(three_projects_in_pieces());
  std::vector<upload_client> all;
  std::vector<std::string> owners;
  for (int i = 0; i < 6; ++i) {
    all.emplace_back(r);
    owners.push_back(r.tried().back());
  }
  for (std::size_t i = 0; i < all.size(); ++i)
    BOOST_TEST(status_of(all[i].send(r, "upload", 0, std::string(piece, char('a' + i)))) ==
               "active");
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::string file = name_in(all[i].send(r, "upload, finalize", piece, "end"));
    BOOST_TEST((download(r, file) == std::string(piece, char('a' + i)) + "end"));
    BOOST_TEST(r.tried().back() == owners[i]);
  }
}

BOOST_AUTO_TEST_CASE(a_large_piece_is_not_kept_anywhere) {
  rig_setup s = three_projects_in_pieces();
  s.upstream.upload.granularity = 1;
  s.upstream.log.body = 1024;
  rig r(std::move(s));
  const std::string film = noise(std::size_t{40} << 20U);
  const upload_client up(r);
  // Were it spooled, the temporary file could not be made.
  const char* const before = std::getenv("TMPDIR");
  const std::string kept = before == nullptr ? "" : before;
  ::setenv("TMPDIR", "/nonexistent", 1);
  const response last = up.send(r, "upload, finalize", 0, film);
  before == nullptr ? ::unsetenv("TMPDIR") : ::setenv("TMPDIR", kept.c_str(), 1);
  BOOST_TEST_REQUIRE(status_of(last) == "final", last.body());
  BOOST_TEST((download(r, name_in(last)) == film));
  const auto told = r.requests().wait_for(3);
  BOOST_TEST(told[1].outcome == "success");
}

BOOST_AUTO_TEST_CASE(a_broken_piece_goes_on_from_where_google_has_it) {
  rig r(three_projects_in_pieces());
  const std::string film = noise(100 * piece);
  const upload_client up(r);
  {
    asio::io_context context;
    asio::ip::tcp::socket socket(context);
    socket.connect({asio::ip::address_v4::loopback(), r.port()});
    const std::string head = fmt::format(
        "POST {} HTTP/1.1\r\nHost: localhost\r\nX-Goog-Upload-Command: upload, finalize\r\n"
        "X-Goog-Upload-Offset: 0\r\nContent-Length: {}\r\n\r\n",
        up.target, film.size());
    asio::write(socket, asio::buffer(head + film.substr(0, 60 * piece)));
  }
  std::size_t received = 0;
  BOOST_TEST(rig::wait_until([&] {
    const response asked = up.send(r, "query");
    received = std::stoul("0" + header(asked, "x-goog-upload-size-received"));
    return received != 0;
  }));
  BOOST_TEST(received <= 60 * piece);
  const response last =
      up.send(r, "upload, finalize", received, std::string_view(film).substr(received));
  BOOST_TEST(status_of(last) == "final", last.body());
  BOOST_TEST((download(r, name_in(last)) == film));
  const auto told = r.requests().wait_for(3);
  BOOST_TEST(std::ranges::any_of(told, [](const auto& one) { return one.cancelled; }));
}

BOOST_AUTO_TEST_CASE(an_upstream_that_breaks_in_a_piece_is_told_and_the_rest_can_follow) {
  rig r(three_projects_in_pieces());
  const std::string film = noise(100 * piece);
  const upload_client up(r);
  up.send(r, "upload", 0, std::string_view(film).substr(0, piece));
  r.set_faults({fault_of({}, "reset_before_head")});
  const response broken = up.send(r, "upload", piece, std::string_view(film).substr(piece, piece));
  BOOST_TEST(broken.result_int() == 502, broken.body());
  r.set_faults({});
  const std::size_t received =
      std::stoul("0" + header(up.send(r, "query"), "x-goog-upload-size-received"));
  BOOST_TEST(received >= piece);
  const response last =
      up.send(r, "upload, finalize", received, std::string_view(film).substr(received));
  BOOST_TEST((download(r, name_in(last)) == film));
}

BOOST_AUTO_TEST_CASE(what_google_says_of_a_wrong_piece_is_the_clients) {
  rig r(three_projects_in_pieces());
  const upload_client up(r);
  const response wrong = up.send(r, "upload", 5 * piece, noise(2000 * piece));
  BOOST_TEST(wrong.result_int() == 400);
  BOOST_TEST(mentions(wrong, "The offset is 5120"), wrong.body());
  BOOST_TEST(status_of(up.send(r, "upload", 0, noise(piece))) == "active");
}

BOOST_AUTO_TEST_CASE(an_address_that_was_not_made_here_is_refused) {
  rig r(three_projects_in_pieces());
  const upload_client up(r);
  const std::size_t before = r.tried().size() + r.upstream().requests().size();
  for (const std::string& target :
       {up.target.substr(0, 60), std::string("/upload/v1beta/files?upload_id=gk1."),
        std::string(
            "/upload/v1beta/files?upload_id=gk1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")}) {
    for (const std::string_view body : {"", "some bytes"}) {
      const response answer =
          r.ask("POST", target, body, {{"X-Goog-Upload-Command", "upload, finalize"}});
      expect_own_error(answer, 404, "NOT_FOUND", "UNKNOWN_UPLOAD");
    }
  }
  BOOST_TEST(r.tried().size() + r.upstream().requests().size() == before);
}

BOOST_AUTO_TEST_CASE(an_upload_goes_on_with_any_key_of_its_project_and_with_none_is_told_so) {
  rig_setup s = three_projects_in_pieces();
  rig r(std::move(s));
  const upload_client up(r);
  const std::string owner = r.tried().back();
  up.send(r, "upload", 0, noise(piece));
  // Its key is rejected and another one of the project is there.
  std::vector<pool::key_spec> keys = three_projects_in_pieces().keys;
  const std::string project = owner == "one" ? "alpha" : owner == "two" ? "beta" : "gamma";
  keys.push_back(key("more", project));
  r.affinity().name_projects([&r](const pool::key_id& id) {
    const auto known = r.keys().project_of(id);
    return known ? known->project : pool::project_name();
  });
  std::erase_if(keys, [&](const pool::key_spec& k) { return k.name == owner; });
  r.set_keys(keys);
  BOOST_TEST(status_of(up.send(r, "upload", piece, noise(piece))) == "active");
  std::erase_if(keys, [&](const pool::key_spec& k) { return k.name == "more"; });
  r.set_keys(keys);
  const response refused = up.send(r, "upload", 2 * piece, noise(piece));
  BOOST_TEST(refused.result_int() == 400);
  BOOST_TEST(mentions(refused, "OWNER_GONE"), refused.body());
}

BOOST_AUTO_TEST_CASE(an_upload_into_a_store_stays_with_the_store) {
  rig r(three_projects_in_pieces());
  for (int i = 0; i < 3; ++i) {
    const response made = r.ask("POST", "/v1beta/fileSearchStores", "{}");
    const std::string owner = r.tried().back();
    std::string store = made.body().substr(made.body().find("fileSearchStores/"));
    store.resize(store.find('"'));
    const upload_client up(r, "/upload/v1beta/" + store + ":uploadToFileSearchStore");
    BOOST_TEST(r.tried().back() == owner);
    const response last = up.send(r, "upload, finalize", 0, "text");
    BOOST_TEST(status_of(last) == "final", last.body());
    std::string operation = last.body().substr(last.body().find(store));
    operation.resize(operation.find('"'));
    BOOST_TEST(r.ask("GET", "/v1beta/" + operation).result_int() == 200, operation);
    BOOST_TEST(r.tried().back() == owner);
  }
}

BOOST_AUTO_TEST_CASE(clients_that_wait_to_be_asked_for_the_body_are_asked) {
  rig r(three_projects_in_pieces());
  const upload_client up(r);
  asio::io_context context;
  asio::ip::tcp::socket socket(context);
  socket.connect({asio::ip::address_v4::loopback(), r.port()});
  asio::write(socket, asio::buffer(fmt::format(
                          "POST {} HTTP/1.1\r\nHost: localhost\r\nX-Goog-Upload-Command: upload, "
                          "finalize\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n",
                          up.target)));
  std::string interim(25, ' ');
  asio::read(socket, asio::buffer(interim));
  BOOST_TEST(interim == "HTTP/1.1 100 Continue\r\n\r\n");
  asio::write(socket, asio::buffer(std::string("film")));
  std::string answer(12, ' ');
  asio::read(socket, asio::buffer(answer));
  BOOST_TEST(answer == "HTTP/1.1 200");
}

BOOST_AUTO_TEST_CASE(where_clients_are_required_the_address_itself_is_the_credential) {
  rig_setup s = three_projects_in_pieces();
  constexpr std::string_view token = "gk_token-of-the-uploading-client-123456";
  s.clients = {{"id-of-app", "app", pool::hash_token(token), {}, true}};
  s.proxy.client.token_required = true;
  rig r(std::move(s));
  const upload_client nobody(r);
  BOOST_TEST(nobody.began.result_int() == 401);
  const upload_client up(r, "/upload/v1beta/files", {{"x-goog-api-key", std::string(token)}});
  BOOST_TEST_REQUIRE(!up.target.empty(), up.began.body());
  BOOST_TEST(up.url.find(token) == std::string::npos);
  BOOST_TEST(status_of(up.send(r, "upload", 0, noise(piece))) == "active");
  BOOST_TEST(status_of(up.send(r, "query")) == "active");
  const response with_key = r.ask("POST", up.target, "end",
                                  {{"X-Goog-Upload-Command", "upload, finalize"},
                                   {"X-Goog-Upload-Offset", std::to_string(piece)},
                                   {"x-goog-api-key", std::string(token)}});
  BOOST_TEST(status_of(with_key) == "final", with_key.body());
  // It opens nothing else.
  const std::string id = up.target.substr(up.target.find('?'));
  BOOST_TEST(r.ask("GET", "/v1beta/files" + id).result_int() == 401);
  BOOST_TEST(r.ask("POST", std::string(generate.target) + id, generate.body).result_int() == 401);
  for (const sandbox::recorded_request& one : r.upstream().requests())
    BOOST_TEST(one.header("x-goog-api-key").find("gk_") == std::string_view::npos);
}

BOOST_AUTO_TEST_CASE(the_address_names_the_scheme_and_host_that_the_client_used) {
  rig r(three_projects_in_pieces());
  const upload_client local(r, "/upload/v1beta/files", {{"Host", "gemkeeper.internal:8080"}});
  BOOST_TEST(local.url.starts_with("http://gemkeeper.internal:8080/upload/v1beta/files?"));
  const upload_client behind(r, "/upload/v1beta/files",
                             {{"X-Forwarded-Proto", "https"},
                              {"X-Forwarded-Host", "gateway.example"},
                              {"X-Forwarded-Prefix", "/gemini/"}});
  BOOST_TEST(behind.url.starts_with("https://gateway.example/gemini/upload/v1beta/files?"));
  const upload_client nonsense(r, "/upload/v1beta/files",
                               {{"X-Forwarded-Host", "a b"}, {"X-Forwarded-Prefix", "//x"}});
  BOOST_TEST(!nonsense.target.empty(), nonsense.url);
  const upload_client absolute(
      r, "https://generativelanguage.googleapis.com/upload/v1beta/files?key=mine");
  BOOST_TEST(absolute.url.starts_with(
      "https://generativelanguage.googleapis.com/upload/v1beta/files?upload_id=gk1."));
}

BOOST_AUTO_TEST_SUITE_END()
