#include "wco-bridge/wco/parser.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "wco-bridge/wco/field_reader.h"
#include "wco-bridge/wco/profile_check.h"
#include "wco-bridge/wco/structure_check.h"
#include "wco-bridge/wco/xml_document.h"

namespace kp::wco {
namespace {

// The schema says many things that the bridge's own check has said better; only lines on which that
// check found nothing are worth a second fault.
void AddSchemaFaults(const Schema& schema, xmlDoc& document, std::vector<Fault>& faults) {
  std::vector<Fault> found = schema.Validate(document);
  std::erase_if(found, [&](const Fault& fault) {
    return std::any_of(faults.begin(), faults.end(),
                       [&](const Fault& own) { return own.at.line == fault.at.line; });
  });
  std::move(found.begin(), found.end(), std::back_inserter(faults));
}

}  // namespace

ParseResult ParseDeclaration(std::string_view message, std::span<const Profile> profiles,
                             absl::CivilDay today, const ParseOptions& options) {
  ParseResult result;
  XmlDocument document = ReadXml(message, options.limits);
  if (document.fault) {
    result.faults.push_back(*std::move(document.fault));
    return result;
  }
  FaultList faults(options.limits.max_faults);
  const Structure structure = CheckStructure(*document.tree, faults);
  std::optional<Declaration> declaration;
  if (structure.declaration != nullptr) {
    result.lrn = PeekText(*structure.declaration, "FunctionalReferenceID");
    result.mrn = PeekText(*structure.declaration, "ID");
    ProfileChoice choice = SelectProfile(structure.meta_data, profiles, today);
    result.profile = choice.profile;
    if (choice.fault) {
      faults.Add(*std::move(choice.fault));
    } else {
      declaration = ReadDeclaration(structure, *choice.profile, faults, result.notes);
    }
  }
  result.faults = faults.Take();
  if (options.schema != nullptr) {
    AddSchemaFaults(*options.schema, *document.tree, result.faults);
  }
  if (result.faults.empty()) {
    result.declaration = std::move(declaration);
  }
  return result;
}

ParseResult ParseDeclaration(std::string_view message, const Profile& profile, absl::CivilDay today,
                             const ParseOptions& options) {
  return ParseDeclaration(message, std::span<const Profile>(&profile, 1), today, options);
}

}  // namespace kp::wco
