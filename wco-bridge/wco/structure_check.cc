#include "wco-bridge/wco/structure_check.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "wco-bridge/wco/codes.h"
#include "wco-bridge/wco/decimal.h"
#include "wco-bridge/wco/text.h"

namespace kp::wco {
namespace {

constexpr std::string_view kSchemaInstanceNamespace = "http://www.w3.org/2001/XMLSchema-instance";

// Supplementary attributes of UN/CEFACT codes, identifiers and texts. They say which list a value
// is from; the bridge takes the list from the profile.
constexpr std::array<std::string_view, 17> kListAttributes = {
    "listID",     "listAgencyID",    "listAgencyName",   "listName",        "listVersionID",
    "name",       "languageID",      "listURI",          "listSchemeURI",   "schemeID",
    "schemeName", "schemeAgencyID",  "schemeAgencyName", "schemeVersionID", "schemeDataURI",
    "schemeURI",  "languageLocaleID"};

struct Problem {
  std::string_view code;
  std::string text;
  std::string value;
  std::string expected;
};

NodeInfo* InfoOf(const xmlNode& node) { return static_cast<NodeInfo*>(node._private); }

bool AllOf(std::string_view text, bool (*test)(char)) {
  return std::all_of(text.begin(), text.end(), test);
}
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsLetter(char c) { return IsUpper(c) || (c >= 'a' && c <= 'z'); }

std::optional<Problem> CheckText(const Format& format, std::string_view raw) {
  if (Trim(raw).empty()) {
    return Problem{kEmptyValue, "the value is empty", "", "a value, or no element"};
  }
  if (format.kind == Kind::kText && raw.find_first_of("\r\n") != std::string_view::npos) {
    return Problem{kBadCode, "the value has a line break", std::string(raw), "one line"};
  }
  const std::size_t length = CountCodePoints(format.kind == Kind::kCode ? Trim(raw) : raw);
  if (length > static_cast<std::size_t>(format.size)) {
    return Problem{kTooLong, absl::StrCat("the value has ", length, " characters"),
                   std::string(raw), absl::StrCat("at most ", format.size, " characters")};
  }
  return std::nullopt;
}

std::optional<Problem> CheckCharacters(const Format& format, std::string_view raw) {
  const std::string_view value = Trim(raw);
  const auto size = static_cast<std::size_t>(format.size);
  switch (format.kind) {
    case Kind::kLetters:
      if (value.size() != size || !AllOf(value, IsLetter)) {
        return Problem{kBadCode, "not a code of the right form", std::string(raw),
                       absl::StrCat(format.size, " letters")};
      }
      return std::nullopt;
    case Kind::kDigit:
      if (value.size() != 1 || !AllOf(value, IsDigit)) {
        return Problem{kBadCode, "not a code of the right form", std::string(raw), "one digit"};
      }
      return std::nullopt;
    default:
      if (value.empty() || value.size() > size || !AllOf(value, IsDigit)) {
        return Problem{kBadCode, "not a code of the right form", std::string(raw),
                       absl::StrCat("1 to ", format.size, " digits")};
      }
      return std::nullopt;
  }
}

std::optional<Problem> CheckNumber(const Format& format, const xmlNode& node,
                                   std::string_view raw) {
  if (!Decimal::Parse(raw, format.size, format.fraction)) {
    std::string expected = absl::StrCat("a number of at most ", format.size, " digits");
    if (format.fraction > 0) {
      absl::StrAppend(&expected, ", at most ", format.fraction,
                      " of them after a decimal point; no comma, exponent or blank inside");
    }
    return Problem{kBadNumber, "not a number of this element's form", std::string(raw), expected};
  }
  if (format.kind == Kind::kMeasure) {
    const std::optional<std::string> unit = AttributeOf(node, "unitCode");
    if (unit && (unit->empty() || CountCodePoints(*unit) > 5)) {
      return Problem{kBadCode, "unitCode is no unit code", *unit, "1 to 5 characters"};
    }
  }
  if (format.kind == Kind::kAmount) {
    const std::optional<std::string> currency = AttributeOf(node, "currencyID");
    if (currency && (currency->size() != 3 || !AllOf(*currency, IsUpper))) {
      return Problem{kBadCode, "currencyID is no currency code", *currency,
                     "three capital letters of ISO 4217"};
    }
  }
  return std::nullopt;
}

std::optional<Problem> CheckDate(const xmlNode& node) {
  const std::vector<xmlNode*> parts = ElementsOf(node);
  if (parts.empty()) {
    return Problem{kMissingElement, "there is no DateTimeString", "", "one DateTimeString"};
  }
  const xmlNode& part = *parts.front();
  if (parts.size() > 1) {
    return Problem{kTooOften, "more than one element in a date", std::string(NameOf(*parts[1])),
                   "one DateTimeString"};
  }
  if (NameOf(part) != "DateTimeString") {
    return Problem{kUnknownElement, "this element is not known in a date",
                   std::string(NameOf(part)), "DateTimeString"};
  }
  if (NamespaceOf(part) != kDeclarationTypesNamespace) {
    return Problem{kWrongNamespace, "DateTimeString is in the wrong namespace",
                   std::string(NamespaceOf(part)), std::string(kDeclarationTypesNamespace)};
  }
  const std::string value = TextOf(part);
  const std::optional<std::string> format = AttributeOf(part, "formatCode");
  if (format == "102") {
    if (!ParseDay(value)) {
      return Problem{kBadDate, "not a date of format 102", value,
                     "CCYYMMDD, a day of the calendar in 2000 to 2099"};
    }
  } else if (format == "304") {
    if (!ParseInstant(value)) {
      return Problem{kBadDate, "not a time of format 304", value,
                     "CCYYMMDDHHMMSS and Z, +HH or -HH (an offset has no minutes: write UTC)"};
    }
  } else {
    return Problem{kBadDate, "formatCode is missing or not known", format.value_or(""),
                   "102 (date) or 304 (time)"};
  }
  return std::nullopt;
}

std::optional<Problem> CheckLeaf(const Element& rule, const xmlNode& node) {
  if (rule.format.kind == Kind::kDate) {
    return CheckDate(node);
  }
  if (const std::vector<xmlNode*> inside = ElementsOf(node); !inside.empty()) {
    return Problem{kUnknownElement, absl::StrCat(std::string(rule.name), " holds no elements"),
                   std::string(NameOf(*inside.front())), "a value"};
  }
  const std::string raw = TextOf(node);
  switch (rule.format.kind) {
    case Kind::kText:
    case Kind::kCode:
      return CheckText(rule.format, raw);
    case Kind::kLetters:
    case Kind::kDigits:
    case Kind::kDigit:
      return CheckCharacters(rule.format, raw);
    default:
      return CheckNumber(rule.format, node, raw);
  }
}

bool AttributeAllowed(const Element* rule, std::string_view name) {
  if (rule == nullptr) {
    return false;
  }
  switch (rule->format.kind) {
    case Kind::kAmount:
      return name == "currencyID";
    case Kind::kMeasure:
      return name == "unitCode";
    case Kind::kText:
    case Kind::kCode:
    case Kind::kLetters:
    case Kind::kDigits:
    case Kind::kDigit:
      return std::find(kListAttributes.begin(), kListAttributes.end(), name) !=
             kListAttributes.end();
    default:
      return false;
  }
}

class Checker final {
 public:
  Checker(Structure& structure, FaultList& faults) : structure_(structure), faults_(faults) {}

  void CheckDocument(xmlDoc& document);

 private:
  void Note(xmlNode& node, const Element* rule, int index) {
    structure_.infos.push_back({.rule = rule, .index = index});
    node._private = &structure_.infos.back();
  }
  void Add(std::string_view code, std::string_view text, const xmlNode& node,
           std::string_view value = "", std::string_view expected = "") {
    faults_.Add(MakeFault(code, text, LocationOf(node), value, expected));
  }
  void CheckMetaData(const std::vector<xmlNode*>& fields);
  void CheckAttributes(const xmlNode& node, const Element* rule);
  void CheckNoText(const xmlNode& node);
  void CheckClass(xmlNode& node, const Element& rule);
  void CheckChild(xmlNode& child, const xmlNode& parent, std::span<const Element> sequence,
                  std::size_t& position, std::map<std::string_view, int>& seen);

  Structure& structure_;
  FaultList& faults_;
};

void Checker::CheckAttributes(const xmlNode& node, const Element* rule) {
  for (const xmlAttr* attribute = node.properties; attribute != nullptr;
       attribute = attribute->next) {
    const std::string_view name = reinterpret_cast<const char*>(attribute->name);
    const std::string_view space =
        attribute->ns == nullptr ? "" : reinterpret_cast<const char*>(attribute->ns->href);
    const bool location_hint = space == kSchemaInstanceNamespace &&
                               (name == "schemaLocation" || name == "noNamespaceSchemaLocation");
    if (!location_hint && !(space.empty() && AttributeAllowed(rule, name))) {
      Add(kUnknownAttribute, "this attribute is not known here", node, name);
    }
  }
}

void Checker::CheckNoText(const xmlNode& node) {
  const std::string text = TextOf(node);
  if (!Trim(text).empty()) {
    Add(kStrayText, absl::StrCat("text directly in ", std::string(NameOf(node))), node, Trim(text),
        "elements only");
  }
}

void Checker::CheckChild(xmlNode& child, const xmlNode& parent, std::span<const Element> sequence,
                         std::size_t& position, std::map<std::string_view, int>& seen) {
  const std::string_view name = NameOf(child);
  const auto found = std::find_if(sequence.begin(), sequence.end(),
                                  [&](const Element& element) { return element.name == name; });
  if (found == sequence.end()) {
    Add(kUnknownElement, absl::StrCat("this element is not known in ", std::string(NameOf(parent))),
        child, absl::StrCat("{", std::string(NamespaceOf(child)), "}", std::string(name)),
        "only elements of the data model; use AdditionalInformation for anything else");
    return;
  }
  if (NamespaceOf(child) != NamespaceOf(parent)) {
    Add(kWrongNamespace, absl::StrCat(std::string(name), " is in the wrong namespace"), child,
        NamespaceOf(child), NamespaceOf(parent));
    return;
  }
  const auto at = static_cast<std::size_t>(found - sequence.begin());
  const int count = ++seen[found->name];
  Note(child, &*found, count);
  if (at < position) {
    Add(kWrongOrder, absl::StrCat(std::string(name), " stands too late"), child, name,
        absl::StrCat("before ", std::string(sequence[position].name)));
  }
  // From here on again, so that one element too late is one fault.
  position = at;
  if (found->max != 0 && count == found->max + 1) {
    Add(kTooOften, absl::StrCat(std::string(name), " stands here too often"), child, name,
        absl::StrCat("at most ", found->max));
  }
  CheckAttributes(child, &*found);
  if (found->is_class()) {
    CheckClass(child, *found);
    return;
  }
  if (found->format.kind == Kind::kDate) {
    CheckNoText(child);
  }
  if (const std::optional<Problem> problem = CheckLeaf(*found, child)) {
    Add(problem->code, problem->text, child, problem->value, problem->expected);
  } else {
    InfoOf(child)->valid = true;
  }
}

void Checker::CheckClass(xmlNode& node, const Element& rule) {
  CheckNoText(node);
  std::size_t position = 0;
  std::map<std::string_view, int> seen;
  for (xmlNode* child : ElementsOf(node)) {
    CheckChild(*child, node, rule.children, position, seen);
  }
  for (const Element& element : rule.children) {
    if (element.required && !seen.contains(element.name)) {
      faults_.Add(MakeFault(kMissingElement, absl::StrCat(std::string(element.name), " is missing"),
                            LocationOfChild(node, element.name), "", element.name));
    }
  }
}

void Checker::CheckMetaData(const std::vector<xmlNode*>& fields) {
  const std::array<std::string*, 6> targets = {
      &structure_.meta_data.model_version, &structure_.meta_data.type_name,
      &structure_.meta_data.country,       &structure_.meta_data.agency,
      &structure_.meta_data.customization, &structure_.meta_data.customization_version};
  const std::span<const Element> sequence = MetaDataElements();
  std::size_t next = 0;
  for (xmlNode* field : fields) {
    const auto found = std::find_if(sequence.begin(), sequence.end(), [&](const Element& element) {
      return element.name == NameOf(*field);
    });
    if (found == sequence.end() || NamespaceOf(*field) != kMetaDataNamespace) {
      Add(kUnknownElement, "this element is not known in MetaData", *field,
          absl::StrCat("{", std::string(NamespaceOf(*field)), "}", std::string(NameOf(*field))));
      continue;
    }
    const auto at = static_cast<std::size_t>(found - sequence.begin());
    if (at < next) {
      Add(kWrongOrder, absl::StrCat(std::string(found->name), " stands too late or twice"), *field,
          found->name);
    }
    next = at + 1;
    CheckAttributes(*field, &*found);
    const std::string raw = TextOf(*field);
    // An empty field means none: partners' systems write <ResponsibleCountryCode/>.
    if (!Trim(raw).empty()) {
      if (const std::optional<Problem> problem = CheckLeaf(*found, *field)) {
        Add(problem->code, problem->text, *field, problem->value, problem->expected);
        continue;
      }
    }
    *targets[at] = Trim(raw);
  }
}

void Checker::CheckDocument(xmlDoc& document) {
  xmlNode& root = *xmlDocGetRootElement(&document);
  if (NameOf(root) != "MetaData" || NamespaceOf(root) != kMetaDataNamespace) {
    Add(kNotADeclaration, "the root element is not the WCO's MetaData", root,
        absl::StrCat("{", std::string(NamespaceOf(root)), "}", std::string(NameOf(root))),
        absl::StrCat("{", std::string(kMetaDataNamespace), "}MetaData"));
    return;
  }
  CheckAttributes(root, nullptr);
  CheckNoText(root);
  std::vector<xmlNode*> fields;
  std::vector<xmlNode*> messages;
  for (xmlNode* child : ElementsOf(root)) {
    const bool message = NamespaceOf(*child) != kMetaDataNamespace || !messages.empty();
    (message ? messages : fields).push_back(child);
  }
  CheckMetaData(fields);
  if (messages.empty()) {
    Add(kNotADeclaration, "there is no message in MetaData", root, "", "one Declaration");
    return;
  }
  if (messages.size() > 1) {
    Add(kNotADeclaration, "more than one message in MetaData", *messages[1], NameOf(*messages[1]),
        "one Declaration");
    return;
  }
  xmlNode& message = *messages.front();
  if (NameOf(message) != "Declaration" || NamespaceOf(message) != kDeclarationNamespace) {
    Add(kNotADeclaration, "the message is not a WCO declaration", message,
        absl::StrCat("{", std::string(NamespaceOf(message)), "}", std::string(NameOf(message))),
        absl::StrCat("{", std::string(kDeclarationNamespace), "}Declaration"));
    return;
  }
  structure_.declaration = &message;
  Note(message, &DeclarationElement(), 1);
  CheckAttributes(message, &DeclarationElement());
  CheckClass(message, DeclarationElement());
}

}  // namespace

void FaultList::Add(Fault fault) {
  if (faults_.size() < max_) {
    faults_.push_back(std::move(fault));
  } else {
    overflow_ = true;
  }
}

std::vector<Fault> FaultList::Take() {
  std::stable_sort(faults_.begin(), faults_.end(),
                   [](const Fault& a, const Fault& b) { return a.at.line < b.at.line; });
  if (overflow_) {
    faults_.push_back(
        MakeFault(kMoreFaults, absl::StrCat("more faults than the ", max_, " that are told"), {}));
  }
  return std::move(faults_);
}

Fault MakeFault(std::string_view code, std::string_view text, Location at, std::string_view value,
                std::string_view expected) {
  return {.code = std::string(code),
          .text = Shorten(text, 512),
          .at = std::move(at),
          .value = Shorten(value, 100),
          .expected = std::string(expected)};
}

Structure CheckStructure(xmlDoc& document, FaultList& faults) {
  Structure structure;
  Checker(structure, faults).CheckDocument(document);
  return structure;
}

Location LocationOf(const xmlNode& node) {
  std::vector<const xmlNode*> chain;
  for (const xmlNode* at = &node; at != nullptr && at->type == XML_ELEMENT_NODE; at = at->parent) {
    chain.push_back(at);
  }
  std::reverse(chain.begin(), chain.end());
  Location location;
  location.line = static_cast<int>(xmlGetLineNo(&node));
  for (const xmlNode* at : chain) {
    const NodeInfo* info = InfoOf(*at);
    absl::StrAppend(&location.xpath, "/", std::string(NameOf(*at)));
    if (info == nullptr) {
      continue;
    }
    const bool repeats = info->rule->max != 1;
    if (repeats || info->index > 1) {
      absl::StrAppend(&location.xpath, "[", info->index, "]");
    }
    if (!info->rule->is_class()) {
      location.pointer.tag = info->rule->id;
    } else {
      const bool root = info->rule == &DeclarationElement();
      location.pointer.steps.push_back(
          {std::string(info->rule->id), repeats || root ? info->index : 0});
    }
  }
  return location;
}

Location LocationOfChild(const xmlNode& parent, std::string_view name) {
  Location location = LocationOf(parent);
  const Element* rule = InfoOf(parent)->rule;
  for (const Element& child : rule->children) {
    if (child.name != name) {
      continue;
    }
    absl::StrAppend(&location.xpath, "/", std::string(name));
    if (child.is_class()) {
      location.pointer.steps.push_back({std::string(child.id), child.max != 1 ? 1 : 0});
    } else {
      location.pointer.tag = child.id;
    }
  }
  return location;
}

bool IsValidLeaf(const xmlNode& node) {
  const NodeInfo* info = InfoOf(node);
  return info != nullptr && info->valid;
}

}  // namespace kp::wco
