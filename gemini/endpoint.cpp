#include "endpoint_table.hpp"
#include "query.hpp"
#include <gemkeeper/gemini/endpoint.hpp>

#include <algorithm>
#include <span>

namespace gemkeeper::gemini {
namespace {

using std::string_view;

// Removes the first segment of `path` and returns it. Slashes may be doubled and trail.
string_view take_segment(string_view& path) {
  path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
  const string_view segment = path.substr(0, path.find('/'));
  path.remove_prefix(segment.size());
  return segment;
}

string_view peek_segment(string_view path) {
  return take_segment(path);
}

// From the start of `first` to the end of `last`, both within one text.
string_view span_of(string_view first, string_view last) {
  return {first.data(), static_cast<std::size_t>(last.data() + last.size() - first.data())};
}

// Removes ":verb" from the last segment of `path` and returns the verb; some clients encode the
// colon.
string_view take_verb(string_view& path) {
  while (path.ends_with('/'))
    path.remove_suffix(1);
  const std::size_t slash = path.rfind('/');
  const std::size_t begin = slash == string_view::npos ? 0 : slash + 1;
  for (std::size_t i = path.size(); i-- > begin;) {
    const bool encoded = path[i] == '%' && i + 2 < path.size() && path[i + 1] == '3' &&
                         (path[i + 2] == 'A' || path[i + 2] == 'a');
    if (path[i] != ':' && !encoded) continue;
    const string_view verb = path.substr(i + (encoded ? 3 : 1));
    path = path.substr(0, i);
    return verb;
  }
  return {};
}

bool is_version(string_view segment) {
  return segment.size() > 1 && segment[0] == 'v' && segment[1] >= '0' && segment[1] <= '9';
}

bool matches(string_view pattern, string_view path) {
  for (;;) {
    const string_view expected = take_segment(pattern);
    const string_view segment = take_segment(path);
    if (expected.empty() || segment.empty()) return expected.empty() && segment.empty();
    if (expected == "**") return true;
    if (expected != "*" && expected != segment) return false;
  }
}

const table::rule* find_rule(std::span<const table::rule> rules, string_view method,
                             string_view path, string_view verb) {
  for (const table::rule& rule : rules) {
    if (rule.verb == verb && rule.method == method && matches(rule.path, path)) return &rule;
  }
  return nullptr;
}

const table::collection* find_collection(std::span<const table::collection> all, string_view name) {
  for (const table::collection& one : all) {
    if (one.name == name) return &one;
  }
  return nullptr;
}

struct query_facts {
  bool sse = false;
  bool media = false;
};

query_facts read_query(string_view target) {
  query_facts facts;
  each_parameter(target, [&facts](const query_parameter& parameter) {
    const auto& [text, name, value] = parameter;
    if (name == "alt" || name == "$alt" || name == "%24alt") {
      facts.sse = facts.sse || value == "sse";
      facts.media = facts.media || value == "media";
    } else if (name == "stream") {  // GET /{v}/interactions/{id}?stream=true
      facts.sse = facts.sse || value == "true";
    }
  });
  return facts;
}

void apply_traits(endpoint& out, unsigned traits) {
  out.spends_quota = (traits & table::spends) != 0;
  out.batch = (traits & table::batch) != 0;
  out.model_in_body = (traits & table::body_model) != 0;
  out.makes_material = (traits & table::makes) != 0;
  out.results = (traits & table::results) != 0;
  if ((traits & table::retold) != 0) out.usage = usage_of::earlier;
  if ((traits & table::unbilled) != 0) out.usage = usage_of::nothing;
  out.upload = out.upload || (traits & table::upload) != 0;
  if ((traits & table::opaque) != 0 || out.upload) {
    out.form = answer_form::opaque;
  } else if ((traits & table::array) != 0 && out.form == answer_form::json) {
    out.form = answer_form::json_array;
  }
}

// "models/x…": the model and, below it, the operation. A tuned model is both a model and a resource
// of its project.
void name_model(endpoint& out, string_view collection, string_view path) {
  const string_view id = take_segment(path);
  if (id.empty()) return;
  if (collection != "models") {
    out.model = out.resource = span_of(collection, id);
    return;
  }
  out.model = id;
  if (take_segment(path) != "operations") return;
  const string_view operation = take_segment(path);
  if (!operation.empty()) out.resource = span_of(collection, operation);
}

// `path` is what follows the version, or "openai/".
void classify_resource(endpoint& out, std::span<const table::collection> all, string_view method,
                       string_view path) {
  const string_view verb = take_verb(path);
  string_view name = take_segment(path);
  const table::collection* const found = find_collection(all, name);
  if (found == nullptr) return;

  out.family = found->family;
  // OpenAI's SDKs put a whole name where an id stands: …/openai/files/files/abc.
  if (found->family == api_family::openai) {
    string_view rest = path;
    const string_view again = take_segment(rest);
    if (again == name && !peek_segment(rest).empty()) {
      name = again;
      path = rest;
    }
  }
  if (found->kind == table::holds::models) {
    name_model(out, name, path);
  } else if (const string_view id = peek_segment(path);
             found->kind == table::holds::resources && !id.empty()) {
    out.resource = span_of(name, id);
  }
  const bool model_verb = found->kind == table::holds::models && !verb.empty();
  const table::rule* const rule =
      find_rule(model_verb ? table::model_verbs : found->rules, method, path, verb);
  if (rule == nullptr) return;
  out.known = true;
  out.route = rule->route;
  apply_traits(out, rule->traits);
}

// "google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent", or Vertex AI's
// "google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent".
void classify_live(endpoint& out, string_view method, string_view path) {
  out.family = api_family::live;
  path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
  constexpr string_view vertex_socket = "google.cloud.aiplatform.";
  for (const string_view service : {string_view("google.ai.generativelanguage."), vertex_socket}) {
    if (!path.starts_with(service)) continue;
    path.remove_prefix(service.size());
    if (service == vertex_socket) out.service = pool::service::vertex;
    out.version = path.substr(0, path.find('.'));
    const string_view call = path.substr(path.find_last_of("./") + 1);
    for (const auto& [name, route] : table::live) {
      if (call != name || method != "GET") continue;
      out.known = true;
      out.spends_quota = true;
      out.route = route;
    }
  }
}

}  // namespace

endpoint classify(string_view method, string_view target) {
  endpoint out;
  const query_facts query = read_query(target);
  if (query.sse) out.form = answer_form::sse;
  if (query.media) out.form = answer_form::opaque;

  string_view path = target.substr(0, target.find('?'));
  string_view first = take_segment(path);
  if (first == "ws") {
    classify_live(out, method, path);
    return out;
  }
  if (first == "$discovery") {
    out.known = method == "GET";
    if (out.known) out.route = "discovery";
    return out;
  }
  if (first == "upload") {
    out.upload = true;
    out.form = answer_form::opaque;
    first = take_segment(path);
  }
  if (!is_version(first)) return out;
  out.version = first;
  if (first == "v1beta1") out.service = pool::service::vertex;

  std::span<const table::collection> collections = table::native;
  if (out.upload) {
    collections = table::uploads;
  } else if (string_view rest = path; take_segment(rest) == "openai") {
    out.family = api_family::openai;
    collections = table::openai;
    path = rest;
  } else if (rest = path; take_segment(rest) == "publishers" && take_segment(rest) == "google") {
    path = rest;  // Vertex AI in express mode: /v1/publishers/google/models/…
    out.service = pool::service::vertex;
  } else if (peek_segment(path) == "projects") {
    out.service = pool::service::vertex;
    out.names_project = true;
  }
  classify_resource(out, collections, method, path);
  return out;
}

}  // namespace gemkeeper::gemini
