#include "wco-bridge/wco/xml_document.h"

#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>

#include <algorithm>
#include <mutex>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "wco-bridge/wco/codes.h"
#include "wco-bridge/wco/text.h"

namespace kp::wco {
namespace {

std::string_view View(const xmlChar* text) {
  return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}

int LineAt(std::string_view text, std::size_t offset) {
  int line = 1;
  for (const char c : text.substr(0, offset)) {
    line += c == '\n' ? 1 : 0;
  }
  return line;
}

Fault SyntaxFault(std::string_view code, std::string_view text, int line,
                  std::string_view expected = "") {
  Fault fault{
      .code = std::string(code), .text = std::string(text), .expected = std::string(expected)};
  fault.at.line = line;
  return fault;
}

void AppendUtf8(char32_t c, std::string& out) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | (c >> 6));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | (c >> 12));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (c >> 18));
    out += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

// A lone surrogate comes out as three bytes that are not UTF-8, which the check after this refuses.
std::string FromUtf16(std::string_view bytes, bool little_endian) {
  const auto unit = [&](std::size_t i) {
    const auto first = static_cast<unsigned char>(bytes[i]);
    const auto second = static_cast<unsigned char>(bytes[i + 1]);
    return static_cast<char32_t>(little_endian ? first | (second << 8) : (first << 8) | second);
  };
  std::string text;
  text.reserve(bytes.size());
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    char32_t c = unit(i);
    if (c >= 0xD800 && c < 0xDC00 && i + 3 < bytes.size()) {
      const char32_t low = unit(i + 2);
      if (low >= 0xDC00 && low < 0xE000) {
        c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
        i += 2;
      }
    }
    AppendUtf8(c, text);
  }
  return text;
}

std::string FromLatin1(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size() + bytes.size() / 8);
  for (const char c : bytes) {
    AppendUtf8(static_cast<unsigned char>(c), text);
  }
  return text;
}

// What the XML declaration names, upper case; empty when it names none.
std::string DeclaredEncoding(std::string_view text) {
  if (!absl::StartsWith(absl::string_view(text.data(), text.size()), "<?xml")) {
    return "";
  }
  text = text.substr(0, std::min(text.find("?>"), std::size_t{200}));
  const auto at = text.find("encoding");
  const auto open = at == std::string_view::npos ? at : text.find_first_of("\"'", at);
  if (open == std::string_view::npos) {
    return "";
  }
  const auto close = text.find(text[open], open + 1);
  return close == std::string_view::npos
             ? ""
             : absl::AsciiStrToUpper(std::string(text.substr(open + 1, close - open - 1)));
}

// The message in UTF-8 without byte order mark, every character one that XML allows. libxml2 is
// given nothing else: its own converters accept a NUL as the end and lone surrogates as characters.
std::optional<Fault> ToUtf8(std::string_view bytes, std::string& text) {
  constexpr std::string_view kReadable =
      "UTF-8, UTF-16 with a byte order mark, or ISO-8859-1 named in the XML declaration";
  const std::string_view mark = bytes.substr(0, 2);
  if (mark == "\xFF\xFE" || mark == "\xFE\xFF") {
    if (bytes.size() % 2 != 0) {
      return SyntaxFault(kBadEncoding, "UTF-16 with half a character at the end", 0, kReadable);
    }
    text = FromUtf16(bytes.substr(2), mark == "\xFF\xFE");
  } else if (bytes.substr(0, 3) == "\xEF\xBB\xBF") {
    text = bytes.substr(3);
  } else {
    const std::string encoding = DeclaredEncoding(bytes);
    if (encoding == "ISO-8859-1") {
      text = FromLatin1(bytes);
    } else if (encoding.empty() || encoding == "UTF-8" || encoding == "US-ASCII") {
      text = bytes;
    } else {
      Fault fault = SyntaxFault(kBadEncoding, "this encoding is not read", 1, kReadable);
      fault.value = Shorten(ToXmlText(encoding), 100);
      return fault;
    }
  }
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = XmlCharLength(std::string_view(text).substr(i));
    if (length == 0) {
      return SyntaxFault(kBadEncoding,
                         absl::StrCat("byte ", i + 1, " begins no character that XML allows"),
                         LineAt(text, i), kReadable);
    }
    i += length;
  }
  return std::nullopt;
}

// What the handlers below share with ReadXml; libxml2 carries it in the parser's `_private`.
struct Progress {
  const Limits& limits;
  int depth = 0;
  int elements = 0;
  std::optional<Fault> fault;

  void Stop(xmlParserCtxt& parser, Fault why) {
    if (!fault) {
      fault = std::move(why);
    }
    xmlStopParser(&parser);
  }
};

Progress& ProgressOf(void* parser) {
  return *static_cast<Progress*>(static_cast<xmlParserCtxt*>(parser)->_private);
}

void OnDoctype(void* context, const xmlChar*, const xmlChar*, const xmlChar*) {
  auto& parser = *static_cast<xmlParserCtxt*>(context);
  ProgressOf(context).Stop(parser,
                           SyntaxFault(kDoctype, "a document type declaration is not accepted",
                                       xmlSAX2GetLineNumber(context), "no DOCTYPE"));
}

void OnStartElement(void* context, const xmlChar* name, const xmlChar* prefix, const xmlChar* uri,
                    int namespace_count, const xmlChar** namespaces, int attribute_count,
                    int defaulted, const xmlChar** attributes) {
  auto& parser = *static_cast<xmlParserCtxt*>(context);
  Progress& progress = ProgressOf(context);
  const Limits& limits = progress.limits;
  std::string excess;
  if (++progress.depth > limits.max_depth) {
    excess = absl::StrCat("elements nested deeper than ", limits.max_depth);
  } else if (++progress.elements > limits.max_elements) {
    excess = absl::StrCat("more than ", limits.max_elements, " elements");
  } else if (attribute_count + namespace_count > limits.max_attributes) {
    excess = absl::StrCat("more than ", limits.max_attributes, " attributes on one element");
  } else {
    bool too_long = false;
    for (int i = 0; i < attribute_count; ++i) {  // localname, prefix, URI, value, end of value
      const auto size = static_cast<std::size_t>(attributes[i * 5 + 4] - attributes[i * 5 + 3]);
      too_long = too_long || size > limits.max_attribute_bytes;
    }
    for (int i = 0; i < namespace_count; ++i) {  // prefix, URI
      too_long = too_long || View(namespaces[i * 2 + 1]).size() > limits.max_attribute_bytes;
    }
    if (too_long) {
      excess = absl::StrCat("an attribute longer than ", limits.max_attribute_bytes, " bytes");
    }
  }
  if (!excess.empty()) {
    progress.Stop(parser, SyntaxFault(kLimit, excess, xmlSAX2GetLineNumber(context)));
    return;
  }
  xmlSAX2StartElementNs(context, name, prefix, uri, namespace_count, namespaces, attribute_count,
                        defaulted, attributes);
}

void OnEndElement(void* context, const xmlChar* name, const xmlChar* prefix, const xmlChar* uri) {
  --ProgressOf(context).depth;
  xmlSAX2EndElementNs(context, name, prefix, uri);
}

void OnError(void* context, xmlErrorPtr error) {
  Progress& progress = ProgressOf(context);
  if (error->level < XML_ERR_ERROR || progress.fault) {
    return;
  }
  const std::string_view message = error->message == nullptr ? "not well-formed" : error->message;
  progress.fault = SyntaxFault(kNotWellFormed, Shorten(ToXmlText(Trim(message)), 200), error->line);
}

struct ParserFree {
  void operator()(xmlParserCtxt* parser) const { xmlFreeParserCtxt(parser); }
};

}  // namespace

XmlDocument ReadXml(std::string_view bytes, const Limits& limits) {
  if (bytes.size() > limits.max_bytes) {
    return {nullptr,
            SyntaxFault(kTooLarge, absl::StrCat("the message has ", bytes.size(), " bytes"), 0,
                        absl::StrCat("at most ", limits.max_bytes, " bytes"))};
  }
  std::string text;
  if (std::optional<Fault> fault = ToUtf8(bytes, text)) {
    return {nullptr, std::move(fault)};
  }
  // libxml2 2.9 sets up its globals without a lock.
  static std::once_flag once;
  std::call_once(once, xmlInitParser);
  const std::unique_ptr<xmlParserCtxt, ParserFree> parser(xmlNewParserCtxt());
  if (parser == nullptr) {
    return {nullptr, SyntaxFault(kInternal, "no memory to read the message", 0)};
  }
  Progress progress{.limits = limits, .fault = std::nullopt};
  parser->_private = &progress;
  parser->sax->internalSubset = OnDoctype;
  parser->sax->startElementNs = OnStartElement;
  parser->sax->endElementNs = OnEndElement;
  parser->sax->serror = OnError;
  parser->sax->comment = nullptr;
  parser->sax->processingInstruction = nullptr;
  XmlDocPtr tree(xmlCtxtReadMemory(parser.get(), text.data(), static_cast<int>(text.size()),
                                   nullptr, nullptr,
                                   XML_PARSE_NONET | XML_PARSE_NOCDATA | XML_PARSE_IGNORE_ENC |
                                       XML_PARSE_COMPACT | XML_PARSE_BIG_LINES));
  if (!progress.fault && (tree == nullptr || parser->nsWellFormed == 0)) {
    progress.fault = SyntaxFault(kNotWellFormed, "the message is not well-formed XML", 0);
  }
  if (!progress.fault && View(tree->version) != "1.0") {
    progress.fault = SyntaxFault(kNotWellFormed, "XML of another version than 1.0", 1, "XML 1.0");
  }
  if (progress.fault) {
    return {nullptr, std::move(progress.fault)};
  }
  return {std::move(tree), std::nullopt};
}

std::string_view NameOf(const xmlNode& node) { return View(node.name); }

std::string_view NamespaceOf(const xmlNode& node) {
  return node.ns == nullptr ? std::string_view() : View(node.ns->href);
}

std::string TextOf(const xmlNode& node) {
  std::string text;
  for (const xmlNode* child = node.children; child != nullptr; child = child->next) {
    if (child->type == XML_TEXT_NODE) {
      text += View(child->content);
    }
  }
  return text;
}

std::vector<xmlNode*> ElementsOf(const xmlNode& node) {
  std::vector<xmlNode*> elements;
  for (xmlNode* child = node.children; child != nullptr; child = child->next) {
    if (child->type == XML_ELEMENT_NODE) {
      elements.push_back(child);
    }
  }
  return elements;
}

xmlNode* FirstChild(const xmlNode& node, std::string_view name) {
  const std::vector<xmlNode*> children = Children(node, name);
  return children.empty() ? nullptr : children.front();
}

std::vector<xmlNode*> Children(const xmlNode& node, std::string_view name) {
  std::vector<xmlNode*> children;
  for (xmlNode* child = node.children; child != nullptr; child = child->next) {
    if (child->type == XML_ELEMENT_NODE && NameOf(*child) == name &&
        NamespaceOf(*child) == NamespaceOf(node)) {
      children.push_back(child);
    }
  }
  return children;
}

std::optional<std::string> AttributeOf(const xmlNode& node, std::string_view name) {
  for (const xmlAttr* attribute = node.properties; attribute != nullptr;
       attribute = attribute->next) {
    if (attribute->ns == nullptr && View(attribute->name) == name) {
      std::string value;
      for (const xmlNode* part = attribute->children; part != nullptr; part = part->next) {
        value += View(part->content);
      }
      return value;
    }
  }
  return std::nullopt;
}

}  // namespace kp::wco
