// A Kimberley Process certificate with its fields F1-F15 (CORE Annex I part A), at any point of its
// life, and equally what a paper says when somebody asks about it: an absent field is one that is
// not yet known, or was not stated.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "base/error.h"
#include "scheme/certificate_number.h"
#include "scheme/codes.h"
#include "scheme/dates.h"
#include "scheme/hs_code.h"
#include "scheme/origin.h"
#include "scheme/quantity.h"

namespace kp::scheme {

// F1 and F2, word for word (CORE Annex I A).
inline constexpr char kTitleText[] = "Kimberley Process Certificate";
inline constexpr char kStatementText[] =
    "The rough diamonds in this shipment have been handled in accordance with the provisions of "
    "the "
    "Kimberley Process Certification Scheme for rough diamonds";

inline constexpr std::size_t kMaxLines = 100;
inline constexpr std::size_t kMaxSeals = 100;
inline constexpr std::size_t kMaxInspections = 20;
inline constexpr std::size_t kMaxSources = 200;
inline constexpr std::int64_t kMaxParcels = 99'999;

struct Party {
  std::string name;
  std::string address;
  CountryCode country;     // where the party is
  std::string identifier;  // national register number, may be empty
  friend bool operator==(const Party&, const Party&) = default;
};

// One row of the paper's table, finer where a measure needs it: rows of a certificate differ in HS
// code, origin, area or operation.
struct Line {
  HsCode hs;
  std::optional<Carats> carats;
  std::optional<UsDollars> value;
  // Below: not printed, recorded by the issuer where a measure depends on it.
  CountryCode origin;     // empty: the shipment's
  std::string area;       // name, alias or id of the trust documents; may be empty
  std::string operation;  // likewise
  friend bool operator==(const Line&, const Line&) = default;
};

// What the issuer found when it applied the measures on areas, operations and countersignatures,
// which nobody else can apply: areas are not printed. Part of the signed certificate.
struct AreaAttestation {
  Date day;                                // the deciding day it was made for
  std::vector<std::string> measures;       // ids of all measures that were looked at, ascending
  bool clear = false;                      // none of them stands in the way
  std::vector<std::string> countersigned;  // roles that countersigned, ascending
  friend bool operator==(const AreaAttestation&, const AreaAttestation&) = default;
};

// F15.
struct Validation {
  std::string authority;
  Date day;
  friend bool operator==(const Validation&, const Validation&) = default;
};

// One look at the goods before validation (CORE IV(b); EU art. 12(2)).
struct Inspection {
  Date day;
  std::string inspector;           // who looked, for people
  std::vector<std::string> seals;  // of the containers looked at
  bool opened = false;             // the containers were opened
  bool as_stated = false;          // what was found agrees with the particulars
  friend bool operator==(const Inspection&, const Inspection&) = default;
};

// What a shipment is made of (R16): a draw on one of the sources that the issuer keeps account of.
struct SourceDraw {
  std::string id;
  std::optional<Carats> carats;
  // Of the source, as far as it is known.
  std::optional<Origin> origin;
  std::vector<AreaAttestation> attestations;  // of the certificate that the stones came with
  friend bool operator==(const SourceDraw&, const SourceDraw&) = default;
};

struct Certificate {
  std::optional<std::string> title;      // F1
  std::optional<std::string> statement;  // F2
  std::optional<Origin> origin;          // F3
  std::string language;                 // F4: further language beside English, BCP 47; may be empty
  CertificateNumber number;             // F5
                                        // F6: the issuer's signature over the statement
  std::optional<Date> issue_date;       // F7, in the issuing authority's zone, as all dates here
  std::optional<Date> expiry_date;      // F8
  std::string issuing_authority;        // F9
  EntityCode issuing_entity;            // whose register it is on
  Party exporter, importer;             // F10
  EntityCode importing_entity;          // the only one that may use it
  std::vector<Line> lines;              // F11, F12, F14
  std::optional<Carats> stated_carats;  // a total as written beside the lines, for R10
  std::optional<UsDollars> stated_value;  // likewise
  std::optional<std::int64_t> parcels;    // F13
  std::optional<Validation> validation;   // F15
  std::vector<std::string> seals;         // seal numbers of the container
  std::optional<Date> export_date;
  // Empty for a paper; at most one from validation and one from export.
  std::vector<AreaAttestation> attestations;
  std::vector<std::string> countersigned;  // roles whose countersignature is on file
  std::optional<Date> application_date;    // of the particulars (amended: the latest); likewise
  std::vector<Inspection> inspections;     // oldest first; not on a paper
  std::vector<SourceDraw> sources;         // likewise
  bool selected_for_opening = false;       // by SelectedByRisk; likewise
  bool no_conflict_declared = false;       // by the exporter (CORE Annex II 18); likewise

  // Sums of the lines: the totals are derived (R10). Lines without a figure add nothing.
  Carats TotalCarats() const;
  UsDollars TotalValue() const;
  friend bool operator==(const Certificate&, const Certificate&) = default;
};

// The hash behind every choice by risk, the same for ever: FNV-1a over seed and id, then mixed.
std::uint64_t RiskHash(std::string_view seed, std::string_view id);

// Whether the containers of this shipment are to be opened, where `percent` of all are (EU art. 3(b);
// India: 25): decided by `seed` and `id` alone, the same for ever, so that anybody can check the choice.
bool SelectedByRisk(std::string_view seed, std::string_view id, int percent);

// With the constants of F1 and F2 filled in.
Certificate BlankCertificate();

// Sizes, counts and encodings, which are errors wherever they come from: limits above and in
// text.h.
std::vector<Fault> FormFaults(const Certificate& certificate);

// FieldErrors(FormFaults()).
[[nodiscard]] absl::Status CheckForm(const Certificate& certificate);

}  // namespace kp::scheme
