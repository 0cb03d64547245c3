#include <gemkeeper/gemini/usage_meter.hpp>

namespace gemkeeper::gemini {
namespace {

// Nobody looks into opaque bytes: decoding them would be for nothing.
content_coding to_decode(answer_form form, content_coding coding) {
  return form == answer_form::opaque ? content_coding::identity : coding;
}

}  // namespace

usage_meter::usage_meter(answer_form form, content_coding coding)
    : scanner_(form), decoder_(to_decode(form, coding)) {}

void usage_meter::reset(answer_form form, content_coding coding) {
  scanner_.reset(form);
  decoder_.reset(to_decode(form, coding));
}

}  // namespace gemkeeper::gemini
