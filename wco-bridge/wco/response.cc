#include "wco-bridge/wco/response.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "wco-bridge/wco/element_table.h"
#include "wco-bridge/wco/reasons.h"
#include "wco-bridge/wco/text.h"
#include "wco-bridge/wco/xml_document.h"

namespace kp::wco {
namespace {

constexpr std::size_t kMaxDescription = 512;

std::string Escape(std::string_view value) {
  std::string out;
  for (const char c : ToXmlText(value)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '\n':
      case '\r':
      case '\t':
        // The schema refuses line breaks in most texts.
        out += ' ';
        break;
      default:
        out += c;
    }
  }
  return out;
}

// Builds the document line by line.
class Writer final {
 public:
  void Open(std::string_view name) {
    Line(absl::StrCat("<", std::string(name), ">"));
    ++depth_;
  }
  void Close(std::string_view name) {
    --depth_;
    Line(absl::StrCat("</", std::string(name), ">"));
  }
  void Line(const std::string& text) {
    out_.append(2 * depth_, ' ');
    absl::StrAppend(&out_, text, "\n");
  }
  // No element where the value is empty.
  void Leaf(std::string_view name, std::string_view value) {
    if (!value.empty()) {
      Line(Element(name, value));
    }
  }
  void Time(std::string_view name, const std::optional<absl::Time>& time) {
    if (time) {
      Line(absl::StrCat("<", std::string(name), "><ds:DateTimeString formatCode=\"304\">",
                        FormatInstant(*time), "</ds:DateTimeString></", std::string(name), ">"));
    }
  }
  void Chain(const Pointer& pointer) {
    for (std::size_t i = 0; i < pointer.steps.size(); ++i) {
      const Pointer::Step& step = pointer.steps[i];
      std::string text = "<Pointer>";
      if (step.sequence > 0) {
        text += Element("SequenceNumeric", absl::StrCat(step.sequence));
      }
      text += Element("DocumentSectionCode", step.section);
      if (i + 1 == pointer.steps.size() && !pointer.tag.empty()) {
        text += Element("TagID", pointer.tag);
      }
      Line(text + "</Pointer>");
    }
  }
  std::string Take() { return std::move(out_); }

 private:
  static std::string Element(std::string_view name, std::string_view value) {
    return absl::StrCat("<", std::string(name), ">", Escape(value), "</", std::string(name), ">");
  }

  std::string out_;
  std::size_t depth_ = 0;
};

std::string ChildText(const xmlNode& parent, std::string_view name) {
  const xmlNode* node = FirstChild(parent, name);
  return node == nullptr ? std::string() : std::string(Trim(TextOf(*node)));
}

std::optional<absl::Time> ChildTime(const xmlNode& parent, std::string_view name) {
  const xmlNode* node = FirstChild(parent, name);
  if (node == nullptr) {
    return std::nullopt;
  }
  for (const xmlNode* part : ElementsOf(*node)) {
    if (NameOf(*part) == "DateTimeString") {
      return ParseInstant(TextOf(*part));
    }
  }
  return std::nullopt;
}

Pointer ReadChain(const xmlNode& parent) {
  Pointer pointer;
  for (const xmlNode* node : Children(parent, "Pointer")) {
    const std::optional<Decimal> sequence =
        Decimal::Parse(ChildText(*node, "SequenceNumeric"), 5, 0);
    pointer.steps.push_back({ChildText(*node, "DocumentSectionCode"),
                             sequence ? static_cast<int>(sequence->ToScaled(0).value_or(0)) : 0});
    pointer.tag = ChildText(*node, "TagID");
  }
  return pointer;
}

absl::Status Unreadable(const std::string& why) {
  return MakeError(absl::StatusCode::kInvalidArgument, kResponseUnreadable,
                   absl::StrCat("this is no WCO response: ", why));
}

absl::StatusOr<Response> ReadResponse(const xmlNode& node) {
  Response response;
  response.function = ChildText(node, "FunctionCode");
  const std::optional<absl::Time> issued = ChildTime(node, "IssueDateTime");
  const xmlNode* declaration = FirstChild(node, "Declaration");
  if (response.function.empty() || declaration == nullptr) {
    return Unreadable("FunctionCode or Declaration is missing");
  }
  response.issued = issued.value_or(absl::InfinitePast());
  response.reference = ChildText(node, "FunctionalReferenceID");
  for (const xmlNode* statement : Children(node, "AdditionalInformation")) {
    response.statements.push_back({ChildText(*statement, "StatementCode"),
                                   ChildText(*statement, "StatementDescription"),
                                   ReadChain(*statement)});
  }
  for (const xmlNode* error : Children(node, "Error")) {
    response.errors.push_back(
        {ChildText(*error, "ValidationCode"), ChildText(*error, "Description"), ReadChain(*error)});
  }
  response.lrn = ChildText(*declaration, "FunctionalReferenceID");
  response.mrn = ChildText(*declaration, "ID");
  response.accepted = ChildTime(*declaration, "AcceptanceDateTime");
  response.cancelled = ChildTime(*declaration, "CancellationDateTime");
  response.rejected = ChildTime(*declaration, "RejectionDateTime");
  response.version = ChildText(*declaration, "VersionID");
  return response;
}

}  // namespace

std::string WriteResponse(const Response& response) {
  Writer out;
  out.Line("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
  out.Open(absl::StrCat("md:MetaData xmlns:md=\"", std::string(kMetaDataNamespace), "\" xmlns=\"",
                        std::string(kResponseNamespace), "\" xmlns:ds=\"",
                        std::string(kResponseTypesNamespace), "\""));
  out.Leaf("md:WCODataModelVersionCode", "3.6");
  out.Leaf("md:WCOTypeName", "RES");
  out.Open("Response");
  out.Leaf("FunctionCode", response.function);
  out.Leaf("FunctionalReferenceID", response.reference);
  out.Time("IssueDateTime", response.issued);
  for (const ResponseStatement& statement : response.statements) {
    out.Open("AdditionalInformation");
    out.Leaf("StatementCode", statement.code);
    out.Leaf("StatementDescription", Shorten(statement.description, kMaxDescription));
    out.Chain(statement.pointer);
    out.Close("AdditionalInformation");
  }
  for (const ResponseError& error : response.errors) {
    out.Open("Error");
    out.Leaf("Description", Shorten(error.description, kMaxDescription));
    out.Leaf("ValidationCode", error.code);
    out.Chain(error.pointer);
    out.Close("Error");
  }
  out.Open("Declaration");
  out.Time("AcceptanceDateTime", response.accepted);
  out.Time("CancellationDateTime", response.cancelled);
  out.Leaf("FunctionalReferenceID", response.lrn);
  out.Leaf("ID", response.mrn);
  out.Time("RejectionDateTime", response.rejected);
  out.Leaf("VersionID", response.version);
  out.Close("Declaration");
  out.Close("Response");
  out.Close("md:MetaData");
  return out.Take();
}

std::vector<ResponseError> ToResponseErrors(const std::vector<Fault>& faults) {
  std::vector<ResponseError> errors;
  errors.reserve(faults.size());
  for (const Fault& fault : faults) {
    std::string text = fault.text;
    if (!fault.value.empty()) {
      absl::StrAppend(&text, "; found \"", fault.value, "\"");
    }
    if (!fault.expected.empty()) {
      absl::StrAppend(&text, "; expected ", fault.expected);
    }
    if (fault.at.line > 0) {
      absl::StrAppend(&text, " (line ", fault.at.line, ")");
    }
    errors.push_back({fault.code, Shorten(text, kMaxDescription), fault.at.pointer});
  }
  return errors;
}

absl::StatusOr<std::vector<Response>> ParseResponse(std::string_view message) {
  const XmlDocument document = ReadXml(message, Limits{});
  if (document.fault) {
    return Unreadable(FormatFault(*document.fault));
  }
  const xmlNode& root = *xmlDocGetRootElement(document.tree.get());
  if (NameOf(root) != "MetaData" || NamespaceOf(root) != kMetaDataNamespace) {
    return Unreadable("the root element is not the WCO's MetaData");
  }
  std::vector<Response> responses;
  for (const xmlNode* child : ElementsOf(root)) {
    if (NamespaceOf(*child) == kMetaDataNamespace) {
      continue;
    }
    if (NameOf(*child) != "Response" || NamespaceOf(*child) != kResponseNamespace) {
      return Unreadable(absl::StrCat("MetaData holds ", std::string(NameOf(*child))));
    }
    KP_ASSIGN_OR_RETURN(Response response, ReadResponse(*child));
    responses.push_back(std::move(response));
  }
  if (responses.empty()) {
    return Unreadable("MetaData holds no Response");
  }
  return responses;
}

}  // namespace kp::wco
