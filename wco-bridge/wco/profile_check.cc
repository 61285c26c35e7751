#include "wco-bridge/wco/profile_check.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "wco-bridge/wco/codes.h"
#include "wco-bridge/wco/field_reader.h"
#include "wco-bridge/wco/text.h"

namespace kp::wco {
namespace {

// Rough diamonds by their six-digit codes of the Harmonized System.
constexpr std::string_view kRoughDiamonds[] = {"710210", "710221", "710231"};

class Reader final {
 public:
  Reader(const Profile& profile, FaultList& faults, std::vector<Fault>& notes)
      : profile_(profile), fields_(profile, faults, notes) {}

  Declaration Read(const Structure& structure);

 private:
  void ReadFunctionAndType(const xmlNode& node, Declaration& declaration);
  void ReadShipment(const xmlNode& shipment, Declaration& declaration);
  void ReadAmendments(const xmlNode& node, Declaration& declaration);
  Item ReadItem(const xmlNode& node, bool original);
  void ReadCommodity(const xmlNode& node, Item& item);
  std::optional<KpDocument> ReadDocument(const xmlNode& node, bool original);
  std::optional<WriteOff> ReadWriteOff(const xmlNode& document, bool original);
  void ReadExpiry(const xmlNode& node, Item& item);
  void CheckItem(const xmlNode& node, const Item& item, bool original);
  void CheckOriginal(const xmlNode& node, const Declaration& declaration);
  void ChooseUcr(Declaration& declaration);

  const Profile& profile_;
  FieldReader fields_;
  // A document whose code is missing or was refused may be the certificate that seems to be
  // missing.
  bool unreadable_document_ = false;
};

bool IsRoughDiamond(std::string_view hs) {
  return std::find(std::begin(kRoughDiamonds), std::end(kRoughDiamonds), hs) !=
         std::end(kRoughDiamonds);
}

// Upper case, without blanks and hyphens: how certificate numbers are compared.
std::string CanonicalNumber(std::string_view printed) {
  std::string number;
  for (const char c : printed) {
    if (c != ' ' && c != '\t' && c != '-') {
      number += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
  }
  return number;
}

void Reader::ReadFunctionAndType(const xmlNode& node, Declaration& declaration) {
  const std::optional<Text> function = fields_.ReadText(node, "FunctionCode");
  if (!function) {
    return;
  }
  if (function->value != "9" && function->value != "13") {
    fields_.Add(kBadFunction, "this function is not served", function->at, function->value,
                "9 (original) or 13 (request: amendment or cancellation)");
    return;
  }
  const bool request = function->value == "13";
  const std::string_view expected = request ? "COR (amendment) or INV (cancellation)"
                                            : "a code that begins with IM (import) or EX (export)";
  declaration.function = request ? Function::kAmendment : Function::kOriginal;
  const std::optional<Text> type = fields_.ReadText(node, "TypeCode");
  if (!type) {
    fields_.AddMissing(node, "TypeCode", expected);
    return;
  }
  declaration.type = *type;
  const std::string_view kind = std::string_view(type->value).substr(0, 2);
  if (request && type->value == "INV") {
    declaration.function = Function::kCancellation;
  } else if (!request && (kind == "IM" || kind == "EX")) {
    declaration.direction = kind == "IM" ? Direction::kImport : Direction::kExport;
  } else if (!request || type->value != "COR") {
    fields_.Add(kBadType, "this type is not served with this FunctionCode", type->at, type->value,
                expected);
  }
}

std::optional<WriteOff> Reader::ReadWriteOff(const xmlNode& document, bool original) {
  const xmlNode* node = FirstChild(document, "WriteOff");
  if (node == nullptr) {
    if (original) {
      fields_.AddMissing(document, "WriteOff", "the claimed carats (CTM) and value (USD)");
    }
    return std::nullopt;
  }
  const auto carats = fields_.ReadCarats(*node, "QuantityQuantity");
  const auto value = fields_.ReadDollars(*node, "AmountAmount");
  if (!carats) {
    fields_.AddMissing(*node, "QuantityQuantity", "the claimed carats, unitCode CTM");
  }
  if (!value) {
    fields_.AddMissing(*node, "AmountAmount", "the claimed value, currencyID USD");
  }
  if (!carats || !value) {
    return std::nullopt;
  }
  return WriteOff{*carats, *value};
}

std::optional<KpDocument> Reader::ReadDocument(const xmlNode& node, bool original) {
  const std::string category = PeekText(node, "CategoryCode");
  const std::string type = PeekText(node, "TypeCode");
  const auto code = std::find_if(
      profile_.documents.begin(), profile_.documents.end(),
      [&](const DocumentCode& known) { return known.category == category && known.type == type; });
  if (code == profile_.documents.end()) {
    return std::nullopt;
  }
  KpDocument document{.kind = code->kind,
                      .category = *fields_.ReadText(node, "CategoryCode"),
                      .type = *fields_.ReadText(node, "TypeCode"),
                      .printed_id = fields_.ReadReference(node, "ID"),
                      .name = fields_.ReadText(node, "Name"),
                      .effective = fields_.ReadDate(node, "EffectiveDateTime"),
                      .exemption_code = fields_.ReadText(node, "LPCOExemptionCode"),
                      .at = LocationOf(node)};
  if (document.printed_id) {
    document.id = CanonicalNumber(document.printed_id->value);
  }
  if (const xmlNode* submitter = FirstChild(node, "Submitter")) {
    document.submitter = fields_.ReadText(*submitter, "Name");
  }
  if (code->kind == DocumentKind::kCertificate) {
    if (!document.printed_id) {
      fields_.AddMissing(node, "ID", "the certificate's number");
    }
    document.write_off = ReadWriteOff(node, original);
  }
  return document;
}

void Reader::ReadExpiry(const xmlNode& node, Item& item) {
  for (const xmlNode* statement : Children(node, "AdditionalInformation")) {
    if (PeekText(*statement, "StatementCode") != profile_.expiry_statement) {
      continue;
    }
    const std::optional<Text> text = fields_.ReadText(*statement, "StatementDescription");
    const std::optional<absl::CivilDay> day = text ? ParseDay(text->value) : std::nullopt;
    if (day) {
      item.certificate_expiry = Located<absl::CivilDay>{*day, text->at};
    } else {
      fields_.Add(kBadDate, "the certificate's expiry date is no date",
                  text ? text->at : LocationOf(*statement), text ? text->value : "", "CCYYMMDD");
    }
  }
}

void Reader::ReadCommodity(const xmlNode& node, Item& item) {
  const xmlNode* commodity = FirstChild(node, "Commodity");
  if (commodity == nullptr) {
    return;
  }
  item.description = fields_.ReadText(*commodity, "Description");
  // An item may be classified several times (tariff, additional codes); the first code of at least
  // six digits is one of the Harmonized System.
  for (const xmlNode* classification : Children(*commodity, "Classification")) {
    std::optional<Text> code = fields_.ReadText(*classification, "ID");
    if (!code || item.commodity_code) {
      continue;
    }
    std::erase_if(code->value, [](char c) { return c == '.' || c == ' '; });
    const bool digits = std::all_of(code->value.begin(), code->value.end(),
                                    [](char c) { return c >= '0' && c <= '9'; });
    if (digits && code->value.size() >= 6) {
      item.hs = code->value.substr(0, 6);
      item.commodity_code = std::move(code);
    }
  }
}

Item Reader::ReadItem(const xmlNode& node, bool original) {
  Item item{.sequence = fields_.ReadCount(node, "SequenceNumeric", Sign::kPositive)
                            .value_or(Located<std::int64_t>{0, LocationOf(node)}),
            .at = LocationOf(node)};
  ReadCommodity(node, item);
  for (const xmlNode* document : Children(node, "AdditionalDocument")) {
    if (std::optional<KpDocument> read = ReadDocument(*document, original)) {
      item.documents.push_back(*std::move(read));
    } else if (PeekText(*document, "CategoryCode").empty() ||
               PeekText(*document, "TypeCode").empty()) {
      unreadable_document_ = true;
    }
  }
  ReadExpiry(node, item);
  for (const xmlNode* origin : Children(node, "Origin")) {
    if (std::optional<Text> country = fields_.ReadCountry(*origin, "CountryCode")) {
      item.origins.push_back(*std::move(country));
    }
  }
  const xmlNode* commodity = FirstChild(node, "Commodity");
  const xmlNode* measure = commodity == nullptr ? nullptr : FirstChild(*commodity, "GoodsMeasure");
  // Other goods of the same declaration may be measured in anything.
  if (measure != nullptr && (!item.documents.empty() || IsRoughDiamond(item.hs))) {
    item.tariff_carats_thousandths = fields_.ReadCarats(*measure, "TariffQuantity");
    item.net_mass_kg = fields_.ReadKilograms(*measure, "NetNetWeightMeasure");
    item.gross_mass_kg = fields_.ReadKilograms(*measure, "GrossMassMeasure");
  }
  item.statistical_value = fields_.ReadMoney(node, "StatisticalValueAmount");
  item.export_country = fields_.ReadCountryOf(node, "ExportCountry", "ID");
  item.destination = fields_.ReadCountryOf(node, "Destination", "CountryCode");
  if (const xmlNode* ucr = FirstChild(node, "UCR")) {
    item.ucr = fields_.ReadSeenReference(*ucr, "ID");
  }
  for (const xmlNode* packaging : Children(node, "Packaging")) {
    item.packaging.push_back(
        {.quantity = fields_.ReadCount(*packaging, "QuantityQuantity", Sign::kNotNegative),
         .type = fields_.ReadText(*packaging, "TypeCode"),
         .marks = fields_.ReadText(*packaging, "MarksNumbersID")});
  }
  CheckItem(node, item, original);
  return item;
}

void Reader::CheckItem(const xmlNode& node, const Item& item, bool original) {
  std::set<std::string> numbers;
  bool certified = false;
  for (const KpDocument& document : item.documents) {
    if (document.kind != DocumentKind::kCertificate) {
      continue;
    }
    certified = true;
    if (!document.id.empty() && !numbers.insert(document.id).second) {
      fields_.Add(kDuplicateReference, "the same certificate twice on one item",
                  document.printed_id->at, document.printed_id->value,
                  "one document for each certificate and item");
    }
  }
  if (!original) {
    return;
  }
  if (certified && !item.commodity_code) {
    Location at = LocationOf(node);
    at.pointer.steps.push_back({"23A", 0});
    at.pointer.steps.push_back({"21A", 1});
    at.pointer.tag = "145";
    fields_.Add(kRequired, "there is no commodity code of six digits or more", std::move(at), "",
                "Commodity/Classification/ID with the code of the Harmonized System");
  }
  if (IsRoughDiamond(item.hs) && !certified && !unreadable_document_) {
    fields_.Add(kNoCertificate, "rough diamonds without a Kimberley Process certificate", item.at,
                item.commodity_code->value, "an AdditionalDocument with the certificate's number");
  }
}

void Reader::ReadShipment(const xmlNode& shipment, Declaration& declaration) {
  declaration.importer = fields_.ReadParty(shipment, "Importer");
  declaration.consignee = fields_.ReadParty(shipment, "Consignee");
  declaration.destination = fields_.ReadCountryOf(shipment, "Destination", "CountryCode");
  declaration.export_country = fields_.ReadCountryOf(shipment, "ExportCountry", "ID");
  if (const xmlNode* ucr = FirstChild(shipment, "UCR")) {
    declaration.ucr = fields_.ReadSeenReference(*ucr, "ID");
  }
  if (const xmlNode* consignment = FirstChild(shipment, "Consignment")) {
    for (const xmlNode* equipment : Children(*consignment, "TransportEquipment")) {
      for (const xmlNode* seal : Children(*equipment, "Seal")) {
        if (std::optional<Text> id = fields_.ReadReference(*seal, "ID")) {
          declaration.seals.push_back(*std::move(id));
        }
      }
    }
  }
  std::set<std::int64_t> sequences;
  for (const xmlNode* node : Children(shipment, "GovernmentAgencyGoodsItem")) {
    Item item = ReadItem(*node, declaration.function == Function::kOriginal);
    if (item.sequence.value > 0 && !sequences.insert(item.sequence.value).second) {
      fields_.Add(kDuplicateItem, "an item with this number stands before", item.sequence.at,
                  absl::StrCat(item.sequence.value), "a number of its own for each item");
    }
    declaration.items.push_back(std::move(item));
  }
  ChooseUcr(declaration);
}

void Reader::ChooseUcr(Declaration& declaration) {
  if (declaration.ucr) {
    return;
  }
  for (const Item& item : declaration.items) {
    if (!item.ucr) {
      continue;
    }
    if (declaration.ucr && declaration.ucr->value != item.ucr->value) {
      fields_.Add(kSeveralUcrs, "items of one declaration name different consignments",
                  item.ucr->at, item.ucr->value, declaration.ucr->value);
      return;
    }
    declaration.ucr = item.ucr;
  }
}

void Reader::ReadAmendments(const xmlNode& node, Declaration& declaration) {
  for (const xmlNode* amendment : Children(node, "Amendment")) {
    Amendment read{.reason = PeekText(*amendment, "ChangeReasonCode"),
                   .target = {},
                   .at = LocationOf(*amendment)};
    for (const xmlNode* pointer : Children(*amendment, "Pointer")) {
      const auto sequence = fields_.ReadCount(*pointer, "SequenceNumeric", Sign::kNotNegative);
      read.target.steps.push_back({PeekText(*pointer, "DocumentSectionCode"),
                                   sequence ? static_cast<int>(sequence->value) : 0});
      read.target.tag = PeekText(*pointer, "TagID");
    }
    if (read.reason.empty()) {
      fields_.AddMissing(*amendment, "ChangeReasonCode", "why the declaration changes");
    }
    declaration.amendments.push_back(std::move(read));
  }
}

void Reader::CheckOriginal(const xmlNode& node, const Declaration& declaration) {
  const auto count = fields_.ReadCount(node, "GoodsItemQuantity", Sign::kNotNegative);
  if (count && count->value != static_cast<std::int64_t>(declaration.items.size())) {
    fields_.Add(kItemCount, "the number of items is not what it says", count->at,
                absl::StrCat(count->value), absl::StrCat(declaration.items.size()));
  }
  bool certified = false;
  bool rough = false;
  for (const Item& item : declaration.items) {
    rough = rough || IsRoughDiamond(item.hs);
    for (const KpDocument& document : item.documents) {
      certified = certified || document.kind == DocumentKind::kCertificate;
    }
  }
  if (!certified && !rough && !unreadable_document_) {
    std::vector<std::string> codes;
    for (const DocumentCode& code : profile_.documents) {
      if (code.kind == DocumentKind::kCertificate) {
        codes.push_back(code.category + code.type);
      }
    }
    fields_.Add(kNoCertificate, "there is no Kimberley Process certificate on any item",
                declaration.items.empty() ? LocationOf(node) : declaration.items.front().at, "",
                absl::StrCat("an AdditionalDocument with code ", absl::StrJoin(codes, " or ")));
  }
}

Declaration Reader::Read(const Structure& structure) {
  const xmlNode& node = *structure.declaration;
  Declaration declaration;
  declaration.meta_data = structure.meta_data;
  if (const std::string& type = structure.meta_data.type_name; !type.empty() && type != "DEC") {
    Location at{.pointer = {}, .xpath = "/MetaData/WCOTypeName", .line = 0};
    fields_.Add(kNotADeclaration, "MetaData names another message", std::move(at), type, "DEC");
  }
  ReadFunctionAndType(node, declaration);
  if (std::optional<Text> lrn = fields_.ReadSeenReference(node, "FunctionalReferenceID")) {
    declaration.lrn = *std::move(lrn);
  } else {
    fields_.AddMissing(node, "FunctionalReferenceID", "the sender's own reference");
  }
  declaration.mrn = fields_.ReadReference(node, "ID");
  if (const auto issued = fields_.ReadDate(node, "IssueDateTime")) {
    if (const auto* time = std::get_if<absl::Time>(&issued->value)) {
      declaration.issued = Located<absl::Time>{*time, issued->at};
    } else {
      fields_.Add(kBadDate, "the time of the message is only a date", issued->at, "",
                  "a time of format 304");
    }
  }
  declaration.invoice = fields_.ReadMoney(node, "InvoiceAmount");
  declaration.total_packages = fields_.ReadCount(node, "TotalPackageQuantity", Sign::kNotNegative);
  declaration.declarant = fields_.ReadParty(node, "Declarant");
  declaration.exporter = fields_.ReadParty(node, "Exporter");
  if (const xmlNode* shipment = FirstChild(node, "GoodsShipment")) {
    ReadShipment(*shipment, declaration);
  }
  ReadAmendments(node, declaration);
  if (declaration.function == Function::kOriginal) {
    CheckOriginal(node, declaration);
  } else {
    if (!declaration.mrn) {
      fields_.AddMissing(node, "ID", "the customs reference of the declaration meant");
    }
    if (declaration.amendments.empty()) {
      fields_.AddMissing(node, "Amendment", "an Amendment with its ChangeReasonCode");
    }
  }
  return declaration;
}

}  // namespace

Declaration ReadDeclaration(const Structure& structure, const Profile& profile, FaultList& faults,
                            std::vector<Fault>& notes) {
  return Reader(profile, faults, notes).Read(structure);
}

}  // namespace kp::wco
