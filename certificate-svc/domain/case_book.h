// A case in this entity's books: what was said in it, and the parts that happen in transactions of
// others: the confirmation that opens it, statements of the other side, receipts of own ones.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "certificate-svc/domain/environment.h"
#include "certificate-svc/store/cases.h"
#include "google/protobuf/repeated_field.h"
#include "kp/certificate/v1/case.pb.h"
#include "kp/certificate/v1/statements.pb.h"
#include "mesh/outbox/message.h"
#include "scheme/case.h"

namespace kp::certificate {

// There is no such case: NOT_FOUND; receipt REFUSED.
inline constexpr char kCaseUnknown[] = "CASE_UNKNOWN";
// A field of an act in a case is missing or wrong: INVALID_ARGUMENT; receipt REFUSED.
inline constexpr char kCaseMalformed[] = "CASE_MALFORMED";
// The sender is no party of such a certificate, whether or not there is one: receipt REFUSED.
inline constexpr char kCaseNotAParty[] = "CASE_NOT_A_PARTY";
// The other side has no certificate-svc in the mesh: FAILED_PRECONDITION.
inline constexpr char kCasePartnerNotConnected[] = "CASE_PARTNER_NOT_CONNECTED";
// An agreement arrived after the issuing side had agreed to another proposal: receipt DONE, and the
// issuing side's agreement holds.
inline constexpr char kCaseCrossed[] = "CASE_CROSSED";

// Outbox message kind of statements in cases.
inline constexpr char kCaseMessageKind[] = "case";

// The two sides of a certificate, as this entity's books know them.
struct CasePair {
  scheme::Side side = scheme::Side::kIssuingEntity;  // this entity's
  std::string partner{};
  std::string digest{};  // of the certificate's statement
};
// Absent where this entity neither exported such a certificate nor had it announced.
absl::StatusOr<std::optional<CasePair>> FindCasePair(store::ReadSession& session,
                                                     const SchemeView& view,
                                                     const std::string& number);

// As CaseStatement.case_id says.
std::string CaseId(std::string_view number, std::string_view certificate_digest, v1::CaseKind kind,
                   std::string_view reference);

// One case with all that was said.
struct CaseBook {
  struct Told {
    CaseEntryRow row;
    v1::CaseStatement content;
    std::string digest;
  };
  CaseRow row;
  std::vector<Told> told;
  std::vector<scheme::CaseMove> moves;
};
// NOT_FOUND, CASE_UNKNOWN.
absl::StatusOr<CaseBook> ReadCaseBook(store::ReadSession& session, std::string_view case_id);

// The case of this certificate in which it is agreed that the issuer's goods go back to it; absent
// without one.
absl::StatusOr<std::optional<CaseRow>> FindAgreedOrder(store::ReadSession& session,
                                                       const std::string& number);

// Another case of this pair, in no table yet.
CaseBook NewCase(const Environment& env, const std::string& number, const CasePair& pair,
                 v1::CaseKind kind, const std::string& reference);

// The act as a move. `digest` of its statement: empty for one that is not signed yet.
absl::StatusOr<scheme::CaseMove> ReadCaseMove(scheme::Side by, const v1::CaseStatement& content,
                                              const std::string& digest);

// Whether the act says what an act of this kind and side must say, and nothing else.
absl::Status CheckCaseContent(scheme::Side by, const v1::CaseStatement& content);

// Adds a signed act: entry, event, and the row as it then stands; a case without revision is
// entered. CONCURRENT_CHANGE.
absl::Status AddToCase(store::Transaction& tx, const Environment& env, CaseBook& book,
                       scheme::Side by, const v1::CaseStatement& content,
                       const statement::Statement& statement);

// "DONE" for what took effect now or before, else the reason.
std::string OutcomeText(const v1::ReceiptStatement& receipt);

// --- In transactions of others ---

// The confirmation of an own certificate differs from it (R20): opens the case, and tells the
// partner.
absl::Status OpenDifferences(store::Transaction& tx, const Environment& env,
                             const v1::Certificate& record, const std::string& partner,
                             const google::protobuf::RepeatedPtrField<v1::Finding>& differences,
                             const std::string& reference = "");
// The same at the entity that confirmed, from the issuer's receipt; nothing where the case is
// there.
absl::Status NoteDifferences(store::Transaction& tx, const Environment& env,
                             const std::string& number, const std::string& issuer,
                             const v1::ReceiptStatement& receipt);
// What an amended confirmation leaves of the differences of the first: the open case shows these.
// With none open and differences left, a case is opened; `digest` of the amended confirmation keeps
// it apart from one that is closed. Nothing closes but by agreement.
absl::Status AmendDifferences(store::Transaction& tx, const Environment& env,
                              const v1::Certificate& record, const std::string& partner,
                              int32_t version, const std::string& digest,
                              const google::protobuf::RepeatedPtrField<v1::Finding>& differences);
// The same at the entity that amended, from the issuer's receipt.
absl::Status NoteAmendedDifferences(store::Transaction& tx, const Environment& env,
                                    const std::string& number, const std::string& issuer,
                                    int32_t version, const v1::ReceiptStatement& receipt);
// An act of the other side. What it refuses is a receipt; what came too early is UNAVAILABLE,
// CASE_GAP, and changes nothing.
absl::StatusOr<v1::ReceiptStatement> ReceiveCase(store::Transaction& tx, const Environment& env,
                                                 const std::string& sender,
                                                 const statement::Statement& statement);
// How an own act (`sent`: its statement) came out at the other side: OutcomeText of the receipt, or
// why there is none.
absl::Status NoteCaseOutcome(store::Transaction& tx, const Environment& env,
                             const std::string& sent, const std::string& outcome);

}  // namespace kp::certificate
