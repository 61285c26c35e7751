// A small world for the tests of the scheme, with the real oddities in it: NA is Namibia, Hong Kong
// and Macao issue under China, the EU serves Greenland and Northern Ireland, Chinese Taipei is a
// trading entity, Kenya is nothing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "scheme/certificate.h"
#include "scheme/finding.h"
#include "scheme/measure.h"
#include "scheme/party_directory.h"
#include "scheme/reasons.h"
#include "scheme/rules.h"

namespace kp::scheme::testing {

inline Date Day(std::string_view text) { return ParseDate(text).value(); }
inline EntityCode EntityOf(std::string_view code) { return EntityCode::Parse(code).value(); }
inline ParticipantCode PartyOf(std::string_view code) {
  return ParticipantCode::Parse(code).value();
}
inline CountryCode CountryOf(std::string_view code) { return CountryCode::Parse(code).value(); }
inline CertificateNumber Number(std::string_view text) {
  return CertificateNumber::Parse(text).value();
}
inline Carats Ct(std::string_view text) { return Carats::Parse(text).value(); }
inline UsDollars Usd(std::string_view text) { return UsDollars::Parse(text, "USD").value(); }
inline HsCode Hs(std::string_view text) { return HsCode::Parse(text).value(); }

// From "2003" or "2021-01-01" to an end, or open.
inline Period From(std::string_view from, std::string_view until = "") {
  Period period{UncertainDate::Parse(from).value(), {}};
  if (!until.empty()) period.until = UncertainDate::Parse(until).value();
  return period;
}

inline Participant MakeParticipant(std::string_view code, std::vector<Period> periods) {
  return {PartyOf(code), std::string(code), std::move(periods)};
}

inline Authority MakeAuthority(std::string name, std::vector<Power> powers,
                               std::vector<Period> periods = {}) {
  Authority authority;
  authority.name = std::move(name);
  authority.powers = std::move(powers);
  authority.periods = std::move(periods);
  return authority;
}

inline PartyFacts WorldFacts() {
  PartyFacts facts;
  for (const char* code : {"BW", "ZW", "EU", "NA", "CN", "BR", "ZA"}) {
    facts.participants.push_back(MakeParticipant(code, {From("2003-01-01")}));
  }
  facts.participants.push_back(MakeParticipant("GB", {From("2021-01-01")}));
  facts.participants.push_back(MakeParticipant("CM", {From("2012-08-14")}));
  facts.participants.push_back(
      MakeParticipant("LB", {From("2003-01-01", "2004"), From("2005-09-20")}));
  facts.trading_entities.push_back({EntityOf("TW"), "Chinese Taipei", {From("2003-10-31")}});

  Entity bw;
  bw.code = EntityOf("BW");
  bw.participant = PartyOf("BW");
  bw.connected = true;
  bw.register_complete_from = Day("2026-01-01");
  bw.authorities.push_back(MakeAuthority("Ministry of Minerals", {Power::kIssue}));
  bw.authorities.push_back(
      MakeAuthority("Diamond Office", {Power::kValidate}, {From("2020-01-01")}));
  bw.authorities[1].aliases.push_back("DO Gaborone");
  bw.authorities[1].zone_name = "Africa/Gaborone";
  facts.entities.push_back(bw);

  Entity eu;
  eu.code = EntityOf("EU");
  eu.participant = PartyOf("EU");
  eu.territories = {{CountryOf("BE"), From("2003-01-01")},
                    {CountryOf("GB"), From("2003-01-01", "2021-01-01")}};
  facts.entities.push_back(eu);
  for (const auto& [code, participant] :
       std::vector<std::pair<const char*, const char*>>{{"GL", "EU"}, {"XI", "GB"}}) {
    Entity served;
    served.code = EntityOf(code);
    served.participant = PartyOf(participant);
    served.served_by = EntityOf("EU");
    facts.entities.push_back(served);
  }
  for (const char* code : {"HK", "MO"}) {
    Entity part;
    part.code = EntityOf(code);
    part.participant = PartyOf("CN");
    facts.entities.push_back(part);
  }
  return facts;
}

inline PartyDirectory World() { return PartyDirectory::Create(WorldFacts()).value(); }

// BW0001234 to Antwerp, complete up to its export.
inline Certificate GoodCertificate() {
  Certificate certificate = BlankCertificate();
  certificate.origin = Origin::Single("BW").value();
  certificate.number = Number("BW 000-1234");
  certificate.issue_date = Day("2026-03-02");
  certificate.expiry_date = Day("2026-05-01");
  certificate.issuing_authority = "Ministry of Minerals";
  certificate.issuing_entity = EntityOf("BW");
  certificate.exporter = {"Example Exporter (Pty) Ltd", "Gaborone", CountryOf("BW"), "X1"};
  certificate.importer = {"Example Importer NV", "Antwerpen", CountryOf("BE"), "I1"};
  certificate.importing_entity = EntityOf("EU");
  certificate.lines = {{Hs("7102.31"), Ct("1250.50"), Usd("187500.00"), {}, "", ""},
                       {Hs("7102.10"), Ct("10"), Usd("900"), {}, "", ""}};
  certificate.parcels = 2;
  certificate.validation = Validation{"Diamond Office", Day("2026-03-03")};
  certificate.seals = {"SEAL-1", "SEAL-2"};
  certificate.export_date = Day("2026-03-04");
  certificate.inspections = {
      {Day("2026-03-03"), "T. Moyo", {"SEAL-1", "SEAL-2"}, true, true}};
  certificate.no_conflict_declared = true;
  certificate.sources = {{"2026-H1", Ct("1260.50"), Origin::Single("BW").value(), {}}};
  return certificate;
}

inline std::vector<std::string> ReasonsOf(const std::vector<Finding>& findings, Severity severity) {
  std::vector<std::string> reasons;
  for (const Finding& finding : findings) {
    if (finding.severity == severity) reasons.push_back(finding.rule + " " + finding.reason);
  }
  return reasons;
}

}  // namespace kp::scheme::testing
