// How entries of the import book are shown to people.
#pragma once

#include <ostream>
#include <string>

#include "absl/status/statusor.h"
#include "base/error.h"
#include "kp/certificate/v1/import_book_service.pb.h"
#include "kpctl/context.h"

namespace kp::kpctl {

// What stands in the entry, what was checked and what could not be, what was found.
void PrintImport(std::ostream& out, const certificate::v1::ImportEntry& entry);

void PrintDeadlines(
    std::ostream& out,
    const google::protobuf::RepeatedPtrField<certificate::v1::ImportDeadline>& deadlines);

// "2026-03-12 M. Janssens; box 1; opened, lots 1, 3".
std::string InspectionText(const certificate::v1::ImportInspection& inspection);

// A response that carries an entry.
template <typename Response>
absl::StatusOr<int> ShowImport(Context& context, const Response& response,
                               const std::string& headline) {
  KP_RETURN_IF_ERROR(context.Show(response, [&] {
    context.out << headline << "\n\n";
    PrintImport(context.out, response.entry());
  }));
  return kExitDone;
}

}  // namespace kp::kpctl
