// The structural half of the bridge's own check: what an XML schema of the declaration would say.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "wco-bridge/wco/element_table.h"
#include "wco-bridge/wco/fault.h"
#include "wco-bridge/wco/xml_document.h"

namespace kp::wco {

// Collects faults up to a number; beyond it one KP1199 says that there were more.
class FaultList final {
 public:
  explicit FaultList(std::size_t max) : max_(max) {}

  void Add(Fault fault);
  // In the order of the lines.
  std::vector<Fault> Take();

 private:
  std::size_t max_;
  bool overflow_ = false;
  std::vector<Fault> faults_;
};

// A fault at a place, its value cut to what a fault may carry.
Fault MakeFault(std::string_view code, std::string_view text, Location at,
                std::string_view value = "", std::string_view expected = "");

// What the check knows of one element; reachable from the node.
struct NodeInfo {
  const Element* rule = nullptr;
  int index = 1;       // among the siblings of the same name
  bool valid = false;  // a leaf whose value has the format of its rule
};

struct Structure {
  xmlNode* declaration = nullptr;  // null when the document is none
  MetaData meta_data;
  std::deque<NodeInfo> infos;  // owned here, pointed to by the nodes
};

// Checks `document` against the table of elements: root, namespaces, names, order, number,
// attributes and the format of every value. The result must outlive any use of the functions below.
Structure CheckStructure(xmlDoc& document, FaultList& faults);

// Where an element stands; WCO pointer only inside a declaration that was checked.
Location LocationOf(const xmlNode& node);

// Where the child of that name, which the table knows, would stand if it were there.
Location LocationOfChild(const xmlNode& parent, std::string_view name);

// Whether it is a leaf whose value passed the check.
bool IsValidLeaf(const xmlNode& node);

}  // namespace kp::wco
