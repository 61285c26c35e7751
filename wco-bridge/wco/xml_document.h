// Foreign bytes to a tree: the only place that hands bytes to libxml2's parser.
#pragma once

#include <libxml/tree.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wco-bridge/wco/fault.h"
#include "wco-bridge/wco/parser.h"

namespace kp::wco {

struct XmlDocFree {
  void operator()(xmlDoc* document) const { xmlFreeDoc(document); }
};
using XmlDocPtr = std::unique_ptr<xmlDoc, XmlDocFree>;

// Exactly one of the two is set. The tree holds no comments and no processing instructions.
struct XmlDocument {
  XmlDocPtr tree;
  std::optional<Fault> fault;
};
XmlDocument ReadXml(std::string_view bytes, const Limits& limits);

std::string_view NameOf(const xmlNode& node);
std::string_view NamespaceOf(const xmlNode& node);  // empty for none

// The node's own text, without that of elements in it.
std::string TextOf(const xmlNode& node);

// Its child elements, in document order.
std::vector<xmlNode*> ElementsOf(const xmlNode& node);

// The first child element of that name in the same namespace as `node`; null when there is none.
xmlNode* FirstChild(const xmlNode& node, std::string_view name);
std::vector<xmlNode*> Children(const xmlNode& node, std::string_view name);

// Of an attribute without namespace; empty optional when absent.
std::optional<std::string> AttributeOf(const xmlNode& node, std::string_view name);

}  // namespace kp::wco
