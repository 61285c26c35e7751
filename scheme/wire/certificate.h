// Certificates between the protos and the scheme's own types. What cannot be read is reported with
// the path of the field in the proto; what can be read but breaks a rule is left to the rules.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kp/certificate/v1/certificate.pb.h"
#include "kp/certificate/v1/statements.pb.h"
#include "scheme/certificate.h"
#include "scheme/comparison.h"
#include "scheme/finding.h"
#include "scheme/lifecycle.h"
#include "scheme/rules.h"
#include "scheme/use.h"
#include "scheme/verdict.h"

namespace kp::scheme::wire {

namespace pb = ::kp::certificate::v1;

// An enum value that this version does not know, or none where one is required: INVALID_ARGUMENT.
inline constexpr char kEnumValueUnknown[] = "ENUM_VALUE_UNKNOWN";

// A field that does not belong into this message: INVALID_ARGUMENT.
inline constexpr char kFieldNotTaken[] = "FIELD_NOT_TAKEN";

// A certificate of a register, or an application for one. Every fault that was found, with its
// path; absent fields stay absent. Title and statement are the scheme's constants.
absl::StatusOr<Certificate> ReadCertificate(const pb::Certificate& certificate);

// The certificate as its issuer signed it.
absl::StatusOr<Certificate> ReadStatement(const pb::CertificateStatement& statement);

// `in` with the texts of its codes as `read` has them: one spelling for what is recorded, signed and
// compared.
pb::Certificate Normalised(const pb::Certificate& in, const Certificate& read);

// Which rules ran, and which of them found something, in the bits of the protos.
std::int64_t RuleBits(const std::vector<std::string>& rules);
std::int64_t RuleBits(const std::vector<Finding>& findings);
// The ids of such bits, in their order.
std::vector<std::string> RulesOf(std::int64_t bits);

// What is signed at validation: as printed, one line per HS code, salt left empty.
pb::CertificateStatement WriteStatement(const pb::Certificate& certificate);

// What a paper says. A fault that breaks a rule but can be parsed (EUR for USD, a list of one
// origin) is appended to `findings`; other faults are the error. Figures of 0 count as not stated.
absl::StatusOr<Certificate> ReadPaper(const pb::StatedPaper& paper, std::vector<Finding>& findings);

// What arrived, with paths under "arrival.".
absl::StatusOr<Arrival> ReadArrival(const pb::Arrival& arrival);

// ORIGIN_..., or ENUM_VALUE_UNKNOWN, with paths under "origin".
absl::StatusOr<Origin> ReadOrigin(const pb::Origin& origin);

pb::MeasureAttestation WriteAttestation(const AreaAttestation& attestation);
absl::StatusOr<AreaAttestation> ReadAttestation(const pb::MeasureAttestation& attestation);

pb::Finding WriteFinding(const Finding& finding);
absl::StatusOr<Finding> ReadFinding(const pb::Finding& finding);

pb::FieldResult WriteFieldResult(const FieldResult& result);
absl::StatusOr<FieldResult> ReadFieldResult(const pb::FieldResult& result);

// `partner`: customs administration that holds the customs leg. At `now` a lapsed reservation reads
// as released.
pb::UseRecord WriteUse(const Use& use, const std::string& partner, absl::Time now);

pb::CertificateState WriteState(State state);
absl::StatusOr<State> ReadState(pb::CertificateState state);
absl::StatusOr<Purpose> ReadPurpose(pb::Purpose purpose);
pb::Purpose WritePurpose(Purpose purpose);
pb::Standing WriteStanding(Standing standing);
absl::StatusOr<Standing> ReadStanding(pb::Standing standing);
pb::UseState WriteUsePosition(UsePosition position);
absl::StatusOr<UsePosition> ReadUsePosition(pb::UseState state);
pb::Reachability WriteReachability(Reachability reachability);
pb::Verdict WriteDecision(Decision decision);
pb::Outcome WriteOutcome(UseOutcome outcome);
absl::StatusOr<UseAct> ReadUseAct(pb::UseAct act);
pb::UseAct WriteUseAct(UseAct act);
// The event of the importing side that an act is, where it is none on the use.
std::optional<Event> ReadGoodsAct(pb::UseAct act);

}  // namespace kp::scheme::wire
