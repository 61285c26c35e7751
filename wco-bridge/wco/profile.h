// Partner profiles: what one customs administration's messages look like, beyond what the WCO Data
// Model fixes. A profile is chosen by the fields of MetaData, never by XML namespace: two
// administrations use the same namespace with incompatible content.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "wco-bridge/wco/fault.h"

namespace kp::wco {

// The envelope's own fields, trimmed; empty where the message has none.
struct MetaData {
  std::string model_version;          // 9010, "3.6"
  std::string type_name;              // 9013, "DEC"
  std::string country;                // 9014
  std::string agency;                 // 9016
  std::string customization;          // 9000, "KPCS"
  std::string customization_version;  // 9017, "v1"
};

// What a document code of a profile stands for.
enum class DocumentKind {
  kCertificate,    // a Kimberley Process certificate: its ID is the certificate's number
  kSealStatement,  // the declarant's statement that tamper-resistant containers were not opened
};

// One document code: "L116" is written as CategoryCode L and TypeCode 116.
struct DocumentCode {
  std::string category;
  std::string type;
  DocumentKind kind = DocumentKind::kCertificate;
};

struct Profile {
  std::string name;  // "wco-kp-v1": for messages to people and for the log

  // MetaData must say this. An empty country or agency fits any; the other fields must be equal.
  std::string country;
  std::string agency;
  std::string customization;
  std::string customization_version;
  std::string model_version;

  // First and last day on which messages may use it; no last day: until withdrawn.
  absl::CivilDay valid_from;
  std::optional<absl::CivilDay> valid_until;

  std::vector<DocumentCode> documents;
  std::vector<std::string> carat_units;  // unitCode values that mean metric carat
  std::vector<std::string>
      mass_units;  // unitCode values that mean kilogram; no unit means kilogram
  // AdditionalInformation/StatementCode under which an item states its certificate's expiry date
  // (CCYYMMDD), for which a WCO declaration has no element.
  std::string expiry_statement;
};

// The plain WCO profile of this bridge: customization KPCS v1 of model 3.6, any country and agency,
// document codes L116, C034 and Y015, unit CTM, expiry statement KPEXP.
const Profile& PlainProfile();

// The profile for a message, or the fault that lists what is supported. `profile` points into
// `registered`. `day` decides between profiles that overlap in time: the later valid_from wins.
struct ProfileChoice {
  const Profile* profile = nullptr;
  std::optional<Fault> fault;
};
ProfileChoice SelectProfile(const MetaData& meta_data, std::span<const Profile> registered,
                            absl::CivilDay day);

}  // namespace kp::wco
