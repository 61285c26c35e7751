#include "wco-bridge/wco/declaration.h"

#include "absl/strings/str_cat.h"

namespace kp::wco {

std::string_view FunctionName(Function function) {
  switch (function) {
    case Function::kOriginal:
      return "original";
    case Function::kAmendment:
      return "amendment";
    case Function::kCancellation:
      return "cancellation";
  }
  return "unknown";
}

std::string_view DirectionName(Direction direction) {
  return direction == Direction::kImport ? "import" : "export";
}

std::string ConsignmentReference(const Declaration& declaration, std::string_view customs_partner) {
  if (declaration.ucr) {
    return declaration.ucr->value;
  }
  return absl::StrCat(std::string(customs_partner), "/", declaration.lrn.value);
}

const Text& ConsignmentReferenceSource(const Declaration& declaration) {
  return declaration.ucr ? *declaration.ucr : declaration.lrn;
}

}  // namespace kp::wco
