#include "exchange/result_usage.hpp"

#include <algorithm>
#include <utility>

namespace gemkeeper::proxy {

struct result_usage::reader {
  explicit reader(price p) : of_one(std::move(p)) {
    scanner.read_results([this] { add(); });
  }

  void add() {
    const pool::cost_estimate one = of_one(scanner.usage(), scanner.model_version());
    usage += scanner.usage();
    model.assign(scanner.model_version());
    if (!seen) {
      cost = one;
    } else if (cost.cost && one.cost) {
      *cost.cost += *one.cost;
    } else if (cost.cost) {
      cost = one;
    }
    seen = true;
  }

  void read(std::string_view text) {
    if (over) return;
    if (!begun) {
      const std::size_t first = text.find_first_not_of(" \t\r\n");
      if (first == std::string_view::npos) return;
      begun = true;
      over = text[first] != '{';
    }
    if (!over) scanner.feed(text);
  }

  price of_one;
  gemini::usage_scanner scanner{gemini::answer_form::json};
  gemini::content_decoder decoder{gemini::content_coding::identity};
  pool::token_usage usage;
  pool::cost_estimate cost;
  std::string model;
  bool seen = false;
  bool begun = false;
  bool over = false;
};

result_usage::result_usage() = default;
result_usage::~result_usage() = default;

void result_usage::begin(gemini::content_coding coding, price of_one) {
  reader_ = std::make_unique<reader>(std::move(of_one));
  reader_->decoder.reset(coding);
}

void result_usage::release() {
  reader_.reset();
}

void result_usage::feed(std::string_view decoded) {
  if (reader_ != nullptr) reader_->read(decoded);
}

void result_usage::feed_coded(std::string_view content) {
  if (reader_ == nullptr || reader_->over) return;
  reader_->decoder.feed(content, [this](std::string_view text) { reader_->read(text); });
}

bool result_usage::seen() const {
  return reader_ != nullptr && reader_->seen;
}

pool::token_usage result_usage::usage() const {
  return seen() ? reader_->usage : pool::token_usage{};
}

pool::cost_estimate result_usage::cost() const {
  return seen() ? reader_->cost : pool::cost_estimate{};
}

std::string_view result_usage::model_version() const {
  return seen() ? std::string_view(reader_->model) : std::string_view{};
}

}  // namespace gemkeeper::proxy
