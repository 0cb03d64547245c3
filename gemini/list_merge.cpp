#include "ascii.hpp"
#include "json_slices.hpp"
#include "query.hpp"
#include <gemkeeper/gemini/json_scanner.hpp>
#include <gemkeeper/gemini/list_merge.hpp>

#include <algorithm>
#include <charconv>
#include <utility>

namespace gemkeeper::gemini {
namespace {

using std::string_view;

struct mergeable {
  string_view route;
  list_shape shape;
};
constexpr mergeable lists[] = {
    {"files.list", {"files", list_style::native, 10, 100}},
    {"cachedContents.list", {"cachedContents", list_style::native, 50, 1000}},
    {"batches.list", {"operations", list_style::native, 50, 1000}},
    {"operations.list", {"operations", list_style::native, 50, 1000}},
    {"fileSearchStores.list", {"fileSearchStores", list_style::native, 10, 20}},
    {"tunedModels.list", {"tunedModels", list_style::native, 10, 1000}},
    {"openai.files.list", {"data", list_style::openai, 1000, 10'000}},
    {"openai.batches.list", {"data", list_style::openai, 20, 100}},
};

bool names_size(const list_shape& shape, string_view name) {
  return shape.style == list_style::openai ? name == "limit"
                                           : name == "pageSize" || name == "page_size";
}
bool names_place(const list_shape& shape, string_view name) {
  return shape.style == list_style::openai ? name == "after"
                                           : name == "pageToken" || name == "page_token";
}

std::string percent_decoded(string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      const int high = ascii::hex_value(text[i + 1]);
      const int low = ascii::hex_value(text[i + 2]);
      if (high >= 0 && low >= 0) {
        out += static_cast<char>(high * 16 + low);
        i += 2;
        continue;
      }
    }
    out += text[i];
  }
  return out;
}

void append_percent_encoded(std::string& out, string_view text) {
  for (const char c : text) {
    const char l = ascii::lower(c);
    if ((l >= 'a' && l <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' ||
        c == '~') {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += "0123456789ABCDEF"[byte >> 4];
    out += "0123456789ABCDEF"[byte & 15];
  }
}

// The text of a JSON string; empty for anything else.
std::string string_value(string_view raw) {
  if (raw.size() < 2 || raw.front() != '"') return {};
  std::string text(raw.substr(1, raw.size() - 2));
  text.resize(unescape_json(text.data(), text.size()));
  return text;
}

string_view id_of(string_view item) {
  string_view id;
  each_member(item, [&id](string_view name, string_view value) {
    if (name == "id") id = value;
  });
  return id;
}

}  // namespace

std::optional<list_shape> mergeable_list(const endpoint& asked) {
  // What belongs to a tuned model or a store is its project's alone.
  if (!asked.resource.empty()) return std::nullopt;
  for (const mergeable& one : lists) {
    if (one.route == asked.route) return one.shape;
  }
  return std::nullopt;
}

list_request read_list_request(const list_shape& shape, string_view target) {
  list_request request;
  each_parameter(target, [&](const query_parameter& parameter) {
    if (names_place(shape, parameter.name)) request.place = percent_decoded(parameter.value);
    if (!names_size(shape, parameter.name)) return;
    unsigned size = 0;
    const char* const end = parameter.value.data() + parameter.value.size();
    const auto [at, fault] = std::from_chars(parameter.value.data(), end, size);
    if (fault == std::errc() && at == end && size > 0)
      request.size = std::min(size, shape.max_size);
  });
  return request;
}

void append_list_target(std::string& out, const list_shape& shape, string_view target,
                        const list_question& question) {
  out += target.substr(0, target.find('?'));
  char separator = '?';
  const auto add = [&](string_view text) {
    out += std::exchange(separator, '&');
    out += text;
  };
  each_parameter(target, [&](const query_parameter& parameter) {
    if (parameter.text.empty() || names_size(shape, parameter.name) ||
        names_place(shape, parameter.name)) {
      return;
    }
    add(parameter.text);
  });
  const bool openai = shape.style == list_style::openai;
  if (question.size) {
    add(openai ? "limit=" : "pageSize=");
    out += std::to_string(*question.size);
  }
  if (!question.place.empty()) {
    add(openai ? "after=" : "pageToken=");
    append_percent_encoded(out, question.place);
  }
}

list_merger::list_merger(const list_shape& shape, std::vector<pool::project_ref> projects,
                         const std::optional<pool::page_cursor>& from, std::optional<unsigned> size)
    : shape_(shape),
      projects_(std::move(projects)),
      sized_(size.has_value()),
      size_(size.value_or(shape.default_size)) {
  if (!from) return;
  while (at_ < projects_.size() && projects_[at_].key < from->project)
    ++at_;
  if (at_ < projects_.size() && projects_[at_].key == from->project) place_ = from->token;
}

std::optional<list_question> list_merger::next() const {
  if (at_ >= projects_.size() || count_ >= size_) return std::nullopt;
  list_question question{projects_[at_], {}, place_};
  if (sized_ || count_ != 0) question.size = static_cast<unsigned>(size_ - count_);
  return question;
}

void list_merger::go_on() {
  ++at_;
  place_.clear();
}

void list_merger::pass_over() {
  if (at_ < projects_.size()) go_on();
}

bool list_merger::take(string_view body) {
  std::string items, next_place;
  std::string first_id = first_id_, last_id = last_id_;
  std::size_t count = count_;
  bool more = false;
  bool whole = true;
  const bool object = each_member(body, [&](string_view name, string_view value) {
    if (name == shape_.items) {
      whole = whole && each_element(value, [&](string_view item) {
                if (count++ != 0) items += ',';
                items += item;
                if (shape_.style != list_style::openai) return;
                const string_view id = id_of(item);
                if (!id.empty()) last_id = id;
                if (first_id.empty()) first_id = id;
              });
    } else if (name == "nextPageToken" && shape_.style == list_style::native) {
      next_place = string_value(value);
    } else if (name == "has_more" && shape_.style == list_style::openai) {
      more = value == "true";
    } else if (name == "error") {
      whole = false;
    }
  });
  if (!object || !whole || at_ >= projects_.size()) return false;
  const bool grew = count != count_;
  items_ += items;
  count_ = count;
  first_id_ = std::move(first_id);
  last_id_ = std::move(last_id);
  if (more && grew) next_place = string_value(last_id_);
  // A token that leads nowhere would never end.
  if (next_place.empty() || next_place == place_) {
    go_on();
  } else {
    place_ = std::move(next_place);
  }
  return true;
}

std::optional<std::string> list_merger::finish(string_view secret, string_view scope) const {
  const bool more = at_ < projects_.size();
  if (shape_.style == list_style::openai) {
    std::string page = R"({"object":"list","data":[)" + items_ + "]";
    if (!first_id_.empty()) page += R"(,"first_id":)" + first_id_ + R"(,"last_id":)" + last_id_;
    return page + (more && count_ != 0 ? R"(,"has_more":true})" : R"(,"has_more":false})");
  }
  std::string page = "{";
  if (count_ != 0) page += "\"" + std::string(shape_.items) + "\":[" + items_ + "]";
  if (more) {
    const auto token = pool::seal_page_token(secret, scope, {projects_[at_].key, place_});
    if (!token) return std::nullopt;
    page += std::string(count_ != 0 ? "," : "") + R"("nextPageToken":")" + *token + "\"";
  }
  return page + "}";
}

}  // namespace gemkeeper::gemini
