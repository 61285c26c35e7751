#include "document/offline.h"

#include <algorithm>

#include "base/error.h"
#include "document/reasons.h"
#include "mesh/statement/proto_cbor.h"
#include "mesh/trust/documents.h"
#include "scheme/measure.h"
#include "scheme/reasons.h"
#include "scheme/rules.h"
#include "scheme/wire/registry.h"

namespace kp::document {
namespace {

template <typename Part>
absl::StatusOr<Part> ReadPart(const trust::Snapshot& trust, std::string_view name) {
  Part part;
  if (const std::string* bytes = trust.Part(name)) {
    KP_RETURN_IF_ERROR(statement::DecodePayload(*bytes, part));
  }
  return part;
}

}  // namespace

absl::StatusOr<OfflineReading> ReadOffline(std::string_view text, const trust::Snapshot& trust,
                                           scheme::Purpose purpose, absl::Time now) {
  KP_ASSIGN_OR_RETURN(const auto participants, ReadPart<registry::v1::ParticipantsPart>(
                                                   trust, scheme::wire::kParticipantsPart));
  KP_ASSIGN_OR_RETURN(const auto measures,
                      ReadPart<registry::v1::MeasuresPart>(trust, scheme::wire::kMeasuresPart));
  const auto connected = [&](std::string_view entity) {
    return trust.EndpointOf(entity, access::v1::ROLE_CERTIFICATE_SVC).ok();
  };
  KP_ASSIGN_OR_RETURN(const scheme::PartyDirectory parties,
                      scheme::wire::ReadParticipants(participants, connected));
  KP_ASSIGN_OR_RETURN(const scheme::MeasureBook book, scheme::wire::ReadMeasures(measures));

  OfflineReading reading;
  scheme::VerdictInput input;
  input.purpose = purpose;
  input.reachability = scheme::Reachability::kSilent;
  absl::StatusOr<SignedCode> code = ReadSignedCode(
      text,
      [&](const std::string& issuer, const std::string& kid, absl::Time at) {
        return trust.Key(issuer, kid, at);
      },
      parties, now, trust::kMaxSkew);
  if (code.ok()) {
    const scheme::Certificate& certificate = code->certificate;
    const absl::TimeZone zone =
        parties.ZoneOf(certificate.issuing_entity, certificate.issuing_authority);
    input.stated_issue_date = certificate.issue_date;
    input.findings =
        scheme::CheckPresented(certificate, {parties, book, scheme::DayInZone(now, zone),
                                             scheme::MeasureView::kStatement, "", ""})
            .findings;
    reading.code = *std::move(code);
  } else {
    input.findings.push_back(FindingOf(code.status()));
  }
  reading.verdict = scheme::DecideVerdict(input);
  // Nobody was asked: that is no silence of the issuer's.
  for (scheme::Finding& finding : reading.verdict.findings) {
    if (finding.reason != scheme::reasons::kIssuerSilent) continue;
    finding.reason = kIssuerNotAsked;
    finding.text = "offline the issuer is not asked what became of the certificate";
  }
  if (reading.verdict.reason == scheme::reasons::kIssuerSilent) {
    reading.verdict.reason = kIssuerNotAsked;
  }
  std::stable_sort(reading.verdict.findings.begin(), reading.verdict.findings.end(),
                   [](const auto& a, const auto& b) { return a.severity > b.severity; });
  return reading;
}

}  // namespace kp::document
