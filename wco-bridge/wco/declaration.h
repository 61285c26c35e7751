// A customs declaration in the bridge's canonical form: what the Kimberley Process needs of a WCO
// declaration, read exactly, each value with the place where it stood.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "wco-bridge/wco/decimal.h"
#include "wco-bridge/wco/fault.h"
#include "wco-bridge/wco/profile.h"

namespace kp::wco {

enum class Function {
  kOriginal,      // FunctionCode 9
  kAmendment,     // FunctionCode 13, TypeCode COR
  kCancellation,  // FunctionCode 13, TypeCode INV
};

enum class Direction { kImport, kExport };

std::string_view FunctionName(Function function);     // "original", "amendment", "cancellation"
std::string_view DirectionName(Direction direction);  // "import", "export"

// Format 102 is a day at the place of its author, without a zone; format 304 is an instant.
using DateOrTime = std::variant<absl::CivilDay, absl::Time>;

using Text = Located<std::string>;

// Name and ID are in NFC. Country is the address's.
struct Party {
  std::optional<Text> name{};
  std::optional<Text> id{};
  std::optional<Text> country{};
  Location at{};
};

struct Quantity {
  Decimal amount;
  std::string unit;  // as sent; empty when the message gives none
};

struct Money {
  Decimal amount;
  std::string currency;  // three capitals; empty when the message gives none
};

// What a document claims: carats in thousandths, US dollars in cents, both > 0.
struct WriteOff {
  Located<std::int64_t> carats_thousandths;
  Located<std::int64_t> value_usd_cents;
};

// An AdditionalDocument whose code the profile knows. Other documents of the declaration are not
// kept.
struct KpDocument {
  DocumentKind kind = DocumentKind::kCertificate;
  Text category{};  // "L"
  Text type{};      // "116"
  // The reference as printed, blanks around it removed, and its canonical form: upper case, without
  // blanks and hyphens. Not checked against any number format. A seal statement may have none.
  std::optional<Text> printed_id{};
  std::string id{};
  std::optional<Text> name{};
  std::optional<Located<DateOrTime>> effective{};
  std::optional<Text>
      exemption_code{};             // the customs status of the document, not of the certificate
  std::optional<Text> submitter{};  // name of the issuing authority
  std::optional<WriteOff>
      write_off{};  // always present on a certificate of an original declaration
  Location at{};
};

struct Packaging {
  std::optional<Located<std::int64_t>> quantity{};
  std::optional<Text> type{};
  std::optional<Text> marks{};
};

struct Item {
  Located<std::int64_t> sequence{};
  std::optional<Text> commodity_code{};  // all digits, dots and blanks removed
  std::string hs{};                      // its first six digits; empty when there is no code
  std::optional<Text> description{};
  std::vector<Text> origins{};  // ISO 3166-1 alpha-2, as listed
  std::optional<Located<std::int64_t>> tariff_carats_thousandths{};
  std::optional<Located<Decimal>> net_mass_kg{};
  std::optional<Located<Decimal>> gross_mass_kg{};
  std::optional<Located<Money>> statistical_value{};  // often national currency: mind the currency
  std::optional<Text> export_country{};
  std::optional<Text> destination{};
  std::optional<Text> ucr{};
  std::vector<Packaging> packaging{};
  std::vector<KpDocument> documents{};
  std::optional<Located<absl::CivilDay>> certificate_expiry{};  // the profile's expiry statement
  Location at{};
};

// What an amendment says it changes.
struct Amendment {
  std::string reason{};
  Pointer target{};  // as the sender wrote it
  Location at{};
};

struct Declaration {
  MetaData meta_data;
  Function function = Function::kOriginal;
  Located<std::string> lrn;                   // FunctionalReferenceID, the sender's reference
  std::optional<Text> mrn;                    // ID, the customs reference
  std::optional<Located<absl::Time>> issued;  // format 304 only
  Text type;                                  // "IMA", "EXA", "COR", "INV"
  std::optional<Direction> direction;         // empty for amendments and cancellations
  std::optional<Text> ucr;                    // of the goods shipment, else the one its items share
  std::optional<Party> declarant;
  std::optional<Party> exporter;
  std::optional<Party> importer;
  std::optional<Party> consignee;
  std::optional<Text> destination;
  std::optional<Text> export_country;
  std::optional<Located<Money>> invoice;
  std::optional<Located<std::int64_t>> total_packages;
  std::vector<Text> seals;
  std::vector<Item> items;
  std::vector<Amendment> amendments;
};

// The reference under which the issuer books the use: the declaration's UCR, else
// "<customs partner id>/<LRN>". Choose it once, from the original declaration: amendments keep it.
std::string ConsignmentReference(const Declaration& declaration, std::string_view customs_partner);
// The element that it is made from.
const Text& ConsignmentReferenceSource(const Declaration& declaration);

// In characters: what the certificate authorities take.
inline constexpr std::size_t kMaxConsignmentReference = 128;

}  // namespace kp::wco
