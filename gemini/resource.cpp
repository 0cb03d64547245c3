#include "ascii.hpp"
#include "query.hpp"
#include <gemkeeper/gemini/resource.hpp>

#include <algorithm>

namespace gemkeeper::gemini {
namespace {

using std::string_view;
using kind = resource_kind;

// Longer ids are none: what they name would not fit where names are kept.
constexpr std::size_t longest_id = 320;

struct collection {
  string_view name;
  resource_kind kind;
};
// The first name of a kind is the one it is written with where only the id is known.
constexpr collection collections[] = {
    {"files", kind::file},
    {"cachedContents", kind::cached_content},
    {"tunedModels", kind::tuned_model},
    {"batches", kind::batch},
    {"operations", kind::operation},
    {"fileSearchStores", kind::file_search_store},
    {"corpora", kind::corpus},
    {"interactions", kind::interaction},
    {"auth_tokens", kind::auth_token},
    {"uploads", kind::upload},
    {"sessions", kind::session},
    {"agents", kind::agent},
    {"environments", kind::environment},
    {"triggers", kind::trigger},
    {"webhooks", kind::webhook},
    {"credentials", kind::credential},
    {"voices", kind::voice},
    {"generatedFiles", kind::file},
    {"videos", kind::operation},  // OpenAI's name for a video that is made
};

const collection* find_collection(string_view name) {
  const auto* found = std::find_if(std::begin(collections), std::end(collections),
                                   [name](const collection& c) { return c.name == name; });
  return found == std::end(collections) ? nullptr : found;
}

// Removes the first segment of `path` and returns it. Slashes may be doubled.
string_view take_segment(string_view& path) {
  path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
  const string_view segment = path.substr(0, path.find('/'));
  path.remove_prefix(segment.size());
  return segment;
}

bool is_version(string_view segment) {
  return segment.size() > 1 && segment[0] == 'v' && segment[1] >= '0' && segment[1] <= '9';
}

// The path of an address at Google; false: it is another host's.
bool drop_origin(string_view& text) {
  const std::size_t scheme = text.find("://");
  if (scheme == string_view::npos || text.substr(0, scheme).find('/') != string_view::npos) {
    return true;
  }
  const string_view name = text.substr(0, scheme);
  if (!ascii::equal(name, "https") && !ascii::equal(name, "http")) return false;
  text.remove_prefix(scheme + 3);
  string_view host = text.substr(0, text.find_first_of("/?#"));
  text.remove_prefix(host.size());
  host = host.substr(0, host.find(':'));
  return ascii::equal(host, "generativelanguage.googleapis.com");
}

bool is_id_byte(char c) {
  return c > ' ' && c < 0x7f && c != '/' && c != '?' && c != '#' && c != '"' && c != '\\' &&
         c != '%';
}

// Appends `text` with percent-encoding undone.
void append_decoded(std::string& out, string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%' && i + 2 < text.size()) {
      const int high = ascii::hex_value(text[i + 1]);
      const int low = ascii::hex_value(text[i + 2]);
      if (high >= 0 && low >= 0) {
        c = static_cast<char>(high * 16 + low);
        i += 2;
      }
    }
    out += c;
  }
}

// Appends "/" and the id, decoded and checked; false: it is none.
bool append_id(std::string& out, string_view id) {
  out += '/';
  const std::size_t start = out.size();
  append_decoded(out, id);
  if (const std::size_t verb = out.find(':', start); verb != string_view::npos) out.resize(verb);
  const string_view decoded = string_view(out).substr(start);
  return !decoded.empty() && decoded.size() <= longest_id &&
         std::all_of(decoded.begin(), decoded.end(), is_id_byte);
}

// OpenAI's SDKs put a whole name where an id stands: …/files/files%2Fabc.
resource_kind append_encoded_name(std::string& out, string_view id) {
  std::string decoded;
  append_decoded(decoded, id);
  const bool name =
      decoded.find('/') != string_view::npos && decoded.find('%') == string_view::npos;
  return name ? append_resource(out, decoded) : kind::none;
}

resource_kind append_in(std::string& out, const collection& of, string_view id) {
  const std::size_t begin = out.size();
  out += of.name;
  if (append_id(out, id)) return of.kind;
  out.resize(begin);
  return id.find('%') == string_view::npos ? kind::none : append_encoded_name(out, id);
}

resource_kind append_model_operation(std::string& out, string_view rest) {
  if (rest.find("/operations") == string_view::npos) return kind::none;  // most paths of all
  const std::size_t begin = out.size();
  out += "models";
  if (append_id(out, take_segment(rest)) && take_segment(rest) == "operations") {
    out += "/operations";
    if (append_id(out, take_segment(rest))) return kind::operation;
  }
  out.resize(begin);
  return kind::none;
}

}  // namespace

string_view collection_of(resource_kind what) {
  for (const collection& c : collections) {
    if (c.kind == what) return c.name;
  }
  return {};
}

resource_kind kind_of(string_view name) {
  const string_view first = name.substr(0, name.find('/'));
  if (first == "models") return kind::operation;
  const collection* const found = find_collection(first);
  return found == nullptr ? kind::none : found->kind;
}

resource_kind append_resource(std::string& out, string_view text) {
  if (!drop_origin(text)) return kind::none;
  text = text.substr(0, text.find_first_of("?#"));
  string_view rest = text;
  string_view first = take_segment(rest);
  if (first == "upload") first = take_segment(rest);
  if (is_version(first)) first = take_segment(rest);
  if (first == "openai") first = take_segment(rest);

  if (first == "models") return append_model_operation(out, rest);
  const collection* const found = find_collection(first);
  if (found == nullptr) return kind::none;
  string_view id = take_segment(rest);
  if (id == first) {  // …/openai/files/files/abc
    if (const string_view second = take_segment(rest); !second.empty()) id = second;
  }
  return append_in(out, *found, id);
}

resource_kind append_resource(std::string& out, resource_kind what, string_view id) {
  if (id.find('/') == string_view::npos) {
    return what == kind::none ? kind::none : append_in(out, {collection_of(what), what}, id);
  }
  const std::size_t begin = out.size();
  if (append_resource(out, id) == what) return what;
  out.resize(begin);
  return kind::none;
}

void resource_set::clear() {
  text_.clear();
  ends_.clear();
  overflowed_ = false;
}

string_view resource_set::operator[](std::size_t i) const {
  const std::size_t begin = i == 0 ? 0 : ends_[i - 1];
  return string_view(text_).substr(begin, ends_[i] - begin);
}

// The last name written begins at `begin`.
void resource_set::keep(std::size_t begin) {
  const string_view name = string_view(text_).substr(begin);
  bool known = false;
  for (std::size_t i = ends_.size(); i-- > 0 && !known;)
    known = (*this)[i] == name;
  const bool full = ends_.size() == max_names;
  overflowed_ = overflowed_ || (full && !known);
  if (known || full) {
    text_.resize(begin);
  } else {
    ends_.push_back(static_cast<std::uint32_t>(text_.size()));
  }
}

resource_kind resource_set::add(string_view text) {
  const std::size_t begin = text_.size();
  const resource_kind what = append_resource(text_, text);
  if (what != kind::none) keep(begin);
  return what;
}

resource_kind resource_set::add(resource_kind what, string_view id) {
  const std::size_t begin = text_.size();
  what = append_resource(text_, what, id);
  if (what != kind::none) keep(begin);
  return what;
}

void resource_set::add_target(string_view target) {
  add(target.substr(0, target.find('?')));
  each_parameter(target, [this](const query_parameter& parameter) {
    string_view name = parameter.name;
    if (name.starts_with('$')) name.remove_prefix(1);
    if (name == "upload_id") {
      add(kind::upload, parameter.value);
    } else if (name == "name") {
      std::string value;
      append_decoded(value, parameter.value);
      add(value);
    } else if (name == "access_token" || name == "key") {
      std::string value;
      append_decoded(value, parameter.value);
      add_credential(value);
    }
  });
}

void resource_set::add_credential(string_view value) {
  for (const string_view scheme : {"Bearer ", "Token "}) {
    if (ascii::starts_with(value, scheme)) value.remove_prefix(scheme.size());
  }
  if (value.starts_with("auth_tokens/")) add(value);
}

}  // namespace gemkeeper::gemini
