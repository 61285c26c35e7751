// Retention of the books about other entities' certificates.
#include <algorithm>

#include "base/error.h"
#include "certificate-svc/domain/events.h"
#include "certificate-svc/domain/record.h"
#include "certificate-svc/domain/retention.h"
#include "certificate-svc/store/import_book.h"
#include "certificate-svc/store/retention.h"
#include "certificate-svc/store/verifications.h"
#include "kp/certificate/v1/statements.pb.h"

namespace kp::certificate {
namespace {

constexpr int kPage = 2000;
constexpr int kEvents = 1000;

// The expiry that the books tell of: of what the issuer announced, else of the paper.
absl::StatusOr<std::string> ExpiryOf(store::ReadSession& session, const std::string& number) {
  KP_ASSIGN_OR_RETURN(const auto incoming, FindIncoming(session, number));
  if (incoming.has_value()) {
    KP_ASSIGN_OR_RETURN(const auto parsed, statement::Statement::Parse(incoming->prealert));
    KP_ASSIGN_OR_RETURN(const auto alert, statement::DecodePayload<v1::PreAlertStatement>(parsed));
    KP_ASSIGN_OR_RETURN(const auto announced,
                        statement::Statement::Parse(alert.certificate_statement()));
    KP_ASSIGN_OR_RETURN(const auto content,
                        statement::DecodePayload<v1::CertificateStatement>(announced));
    return content.expiry_date();
  }
  KP_ASSIGN_OR_RETURN(const auto import, FindImport(session, number));
  return import.has_value() ? import->entry.paper().expiry_date() : std::string();
}

}  // namespace

absl::StatusOr<bool> Retention::MayGo(store::ReadSession& session, const SchemeView& view,
                                      const std::string& number, scheme::Date today,
                                      const Archived& archived) const {
  KP_ASSIGN_OR_RETURN(const bool disputed, HasOpenCase(session, number));
  if (disputed) return false;
  // The period begins with the expiry, or with what was done last where that is later.
  absl::Time last_act = absl::InfinitePast();
  int64_t after = 0;
  while (true) {
    KP_ASSIGN_OR_RETURN(const auto events, env_.events.OfSubject(session, number, after, kEvents));
    for (const store::Event& event : events) {
      if (event.sequence > archived.last) return false;
      last_act = std::max(last_act, event.recorded_at);
      after = event.sequence;
    }
    if (events.size() < kEvents) break;
  }
  KP_ASSIGN_OR_RETURN(const auto verified, LastVerification(session, number));
  if (verified.has_value()) {
    if (*verified > archived.verified_until) return false;
    last_act = std::max(last_act, *verified);
  }
  if (last_act == absl::InfinitePast()) return false;
  scheme::Date basis = scheme::DayInZone(last_act, view.parties.ZoneOf(env_.entity, ""));
  KP_ASSIGN_OR_RETURN(const std::string expires, ExpiryOf(session, number));
  if (!expires.empty()) {
    KP_ASSIGN_OR_RETURN(const scheme::Date expiry, scheme::ParseDate(expires));
    basis = std::max(basis, expiry);
  }
  return scheme::AddMonths(basis, 12 * years_) < today;
}

absl::StatusOr<Retention::Foreign> Retention::FindForeign(const SchemeView& view,
                                                          scheme::Date today,
                                                          const Archived& archived) const {
  Foreign found;
  std::string after;
  while (true) {
    std::vector<std::string> page;
    KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
      KP_ASSIGN_OR_RETURN(page, ForeignNumbersAfter(session, after, kPage));
      for (const std::string& number : page) {
        after = number;
        KP_ASSIGN_OR_RETURN(const bool goes, MayGo(session, view, number, today, archived));
        if (!goes) continue;
        if (found.numbers.size() == kMaxPurged) {
          found.more = true;
          return absl::OkStatus();
        }
        found.numbers.push_back(number);
      }
      return absl::OkStatus();
    }));
    if (found.more || page.size() < kPage) return found;
  }
}

absl::Status Retention::TakeForeign(store::Transaction& tx, const std::string& number,
                                    const Archived& archived) const {
  KP_RETURN_IF_ERROR(CheckNothingLater(tx, number, archived.last));
  KP_RETURN_IF_ERROR(
      TakeStatementsOfImport(tx, env_.entity.text(), number, archived.last));
  KP_RETURN_IF_ERROR(outbox::Outbox::ForgetDelivered(tx, number));
  return DeleteForeign(tx, number, archived.verified_until);
}

}  // namespace kp::certificate
