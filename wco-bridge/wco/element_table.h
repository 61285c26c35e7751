// The element tree of the WCO Data Model 3.6 declaration, as far as the bridge knows it: names,
// order, WCO ids, how often, and the format of each value. Elements that are not here are refused.
#pragma once

#include <span>
#include <string_view>

namespace kp::wco {

enum class Kind {
  kClass,    // holds elements
  kText,     // characters, blanks kept: names, identifiers
  kCode,     // a token: blanks around it do not count
  kLetters,  // exactly `size` ASCII letters
  kDigits,   // at most `size` digits
  kDigit,    // exactly one digit
  kNumber,   // decimal of at most `size` digits, `fraction` of them after the point
  kAmount,   // the same with a currencyID
  kMeasure,  // the same with a unitCode
  kDate,     // a DateTimeString with a formatCode
};

struct Format {
  Kind kind = Kind::kText;
  int size = 0;
  int fraction = 0;
};

struct Element {
  std::string_view name;
  std::string_view id;  // class id ("42A") or data element id ("D005"); empty where not known
  Format format;
  bool required = false;
  int max = 1;  // 0: any number
  std::span<const Element> children;

  bool is_class() const { return format.kind == Kind::kClass; }
};

// Declaration, class 42A.
const Element& DeclarationElement();

// The fields of MetaData, before the declaration.
std::span<const Element> MetaDataElements();

inline constexpr std::string_view kMetaDataNamespace =
    "urn:wco:datamodel:WCO:DocumentMetaData-DMS:2";
inline constexpr std::string_view kDeclarationNamespace = "urn:wco:datamodel:WCO:DEC-DMS:2";
inline constexpr std::string_view kDeclarationTypesNamespace =
    "urn:wco:datamodel:WCO:Declaration_DS:DMS:2";
inline constexpr std::string_view kResponseNamespace = "urn:wco:datamodel:WCO:RES-DMS:2";
inline constexpr std::string_view kResponseTypesNamespace =
    "urn:wco:datamodel:WCO:Response_DS:DMS:2";

}  // namespace kp::wco
