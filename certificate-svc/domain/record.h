// Steps that the use cases on a register's records share.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "certificate-svc/domain/environment.h"
#include "certificate-svc/store/certificates.h"
#include "mesh/outbox/message.h"
#include "scheme/certificate.h"
#include "scheme/correction.h"
#include "scheme/lifecycle.h"
#include "scheme/rules.h"

namespace kp::certificate {

// No such certificate or application: NOT_FOUND. One that went to the archive is
// FAILED_PRECONDITION, NUMBER_ARCHIVED (scheme/reasons.h).
inline constexpr char kCertificateUnknown[] = "CERTIFICATE_UNKNOWN";
// The consignment reference is no text of 1 to 128 characters: INVALID_ARGUMENT.
inline constexpr char kReferenceMalformed[] = "REFERENCE_MALFORMED";
// Written reasons are missing, too long or not text: INVALID_ARGUMENT.
inline constexpr char kReasonsRequired[] = "REASONS_REQUIRED";

// Outbox message kind of status statements.
inline constexpr char kStatusKind[] = "status";

absl::Status CertificateUnknown();

// By application id where it is one, else by number in any printed form. `field`: of the request,
// for the error.
absl::StatusOr<CertificateRow> FindRecord(store::ReadSession& session, const std::string& id,
                                          std::string_view field = "number");
// The same in a read session of its own.
absl::StatusOr<CertificateRow> ReadRow(const Environment& env, const std::string& id,
                                       std::string_view field = "number");

// The record in the scheme's own types, as of this register.
absl::StatusOr<scheme::Certificate> ReadRecord(const Environment& env, const pb::Certificate& in);

// Whom a message for `code` goes to: the entity that serves it (EU for Greenland), else itself.
scheme::EntityCode ServedBy(const SchemeView& view, const scheme::EntityCode& code);

// The day that an authority of this entity has now.
scheme::Date Today(const Environment& env, const SchemeView& view, std::string_view authority);

scheme::RuleInput IssuerInput(const SchemeView& view, scheme::Date today);

// Puts the record into the state after `event`, with the written reasons of this event.
// FAILED_PRECONDITION/WRONG_STATE.
absl::Status Advance(const Environment& env, pb::Certificate& record, scheme::Event event,
                     scheme::Side side, std::string_view reasons = "");

// The field behind a path of one whose error can be minor; null for a seal that is not there.
std::string* MinorField(pb::Certificate& record, const scheme::MinorPath& path);
// The record as the paper was printed: without its corrections.
pb::Certificate AsPrinted(pb::Certificate record);

// A day on which somebody says to have acted: not after `today`, and not before the scheme began.
absl::Status CheckDayOfAct(scheme::Date day, scheme::Date today, std::string_view field);

// The same faults under the names of a request's own fields: `from` at the head of a path becomes `to`.
absl::Status RenameFields(const absl::Status& status, std::string_view from, std::string_view to);

// Written reasons of 1 to 2,000 characters. `rule`: the clause that asks for them.
absl::Status CheckReasons(std::string_view text, std::string_view rule = "this project");

// A consignment reference: at most 128 characters of text, or empty. `field`: for the error.
absl::Status CheckConsignmentReference(std::string_view reference, std::string_view field);

// The signed message that tells the importing entity of an exported certificate what became of it;
// nothing where it was not exported or the entity is not on the mesh.
absl::StatusOr<std::optional<outbox::NewMessage>> StatusMessage(const Environment& env,
                                                                const SchemeView& view,
                                                                const pb::Certificate& record,
                                                                const v1::Officer& officer,
                                                                std::string_view reasons);

}  // namespace kp::certificate
