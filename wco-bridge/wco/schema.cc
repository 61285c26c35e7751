#include "wco-bridge/wco/schema.h"

#include <libxml/parser.h>
#include <libxml/xmlschemas.h>

#include <mutex>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "wco-bridge/wco/codes.h"
#include "wco-bridge/wco/reasons.h"
#include "wco-bridge/wco/structure_check.h"
#include "wco-bridge/wco/text.h"
#include "wco-bridge/wco/xml_document.h"

namespace kp::wco {
namespace {

constexpr std::size_t kMaxSchemaFaults = 100;

struct SchemaFree {
  void operator()(xmlSchema* schema) const { xmlSchemaFree(schema); }
};
struct SchemaParserFree {
  void operator()(xmlSchemaParserCtxt* parser) const { xmlSchemaFreeParserCtxt(parser); }
};
struct ValidatorFree {
  void operator()(xmlSchemaValidCtxt* validator) const { xmlSchemaFreeValidCtxt(validator); }
};

std::string MessageOf(const xmlError& error) {
  return error.message == nullptr ? "not valid" : Shorten(ToXmlText(Trim(error.message)), 300);
}

// Compiling warns about harmless things (an import met twice); only errors count.
void KeepFirstError(void* context, xmlErrorPtr error) {
  auto& first = *static_cast<std::string*>(context);
  if (error->level >= XML_ERR_ERROR && first.empty()) {
    first = absl::StrCat(error->file == nullptr ? "" : error->file, ":", error->line, ": ",
                         MessageOf(*error));
  }
}

void KeepFault(void* context, xmlErrorPtr error) {
  auto& faults = *static_cast<std::vector<Fault>*>(context);
  if (error->level < XML_ERR_ERROR || faults.size() == kMaxSchemaFaults) {
    return;
  }
  Location at;
  if (error->node != nullptr) {
    at = LocationOf(*static_cast<const xmlNode*>(error->node));
  }
  at.line = at.line > 0 ? at.line : error->line;
  // libxml2 says twice that a value is wrong: by its facet, then by its type.
  if (faults.empty() || faults.back().at != at) {
    faults.push_back(MakeFault(kSchema, MessageOf(*error), std::move(at)));
  }
}

}  // namespace

struct Schema::Compiled {
  std::unique_ptr<xmlSchema, SchemaFree> schema;
};

Schema::Schema(std::unique_ptr<Compiled> compiled) : compiled_(std::move(compiled)) {}
Schema::~Schema() = default;

absl::StatusOr<std::unique_ptr<Schema>> Schema::Load(const std::filesystem::path& driver) {
  // For the whole process, on purpose: nothing in it reads XML over the network.
  static std::once_flag once;
  std::call_once(once, [] { xmlSetExternalEntityLoader(xmlNoNetExternalEntityLoader); });
  std::string first_error;
  const std::unique_ptr<xmlSchemaParserCtxt, SchemaParserFree> parser(
      xmlSchemaNewParserCtxt(driver.c_str()));
  auto compiled = std::make_unique<Compiled>();
  if (parser != nullptr) {
    xmlSchemaSetParserStructuredErrors(parser.get(), KeepFirstError, &first_error);
    compiled->schema.reset(xmlSchemaParse(parser.get()));
  }
  if (compiled->schema == nullptr) {
    return MakeError(absl::StatusCode::kFailedPrecondition, kSchemaUnusable,
                     absl::StrCat("the schema ", driver.string(), " does not compile: ",
                                  first_error.empty() ? "it cannot be read" : first_error));
  }
  return std::unique_ptr<Schema>(new Schema(std::move(compiled)));
}

std::vector<Fault> Schema::Validate(_xmlDoc& document) const {
  std::vector<Fault> faults;
  const std::unique_ptr<xmlSchemaValidCtxt, ValidatorFree> validator(
      xmlSchemaNewValidCtxt(compiled_->schema.get()));
  if (validator == nullptr) {
    return {MakeFault(kInternal, "no memory to validate the message", {})};
  }
  xmlSchemaSetValidStructuredErrors(validator.get(), KeepFault, &faults);
  if (xmlSchemaValidateDoc(validator.get(), &document) < 0 && faults.empty()) {
    faults.push_back(MakeFault(kInternal, "the message could not be validated", {}));
  }
  return faults;
}

std::vector<Fault> Schema::ValidateText(std::string_view message) const {
  const XmlDocument document = ReadXml(message, Limits{});
  return document.fault ? std::vector<Fault>{*document.fault} : Validate(*document.tree);
}

}  // namespace kp::wco
