// Retention: nothing goes before the configured period after a certificate's expiry is over, and
// then only what an archive of this register holds; the books about others' certificates go by the
// same period after the expiry or the last act, whichever is later (docs/retention.md). What goes is the contents:
// number, kinds, actors, times and digests of its events stay for ever.
#pragma once

#include "absl/status/statusor.h"
#include "certificate-svc/domain/environment.h"
#include "certificate-svc/domain/officer_register.h"
#include "certificate-svc/domain/scheme_source.h"
#include "certificate-svc/store/certificates.h"
#include "kp/certificate/v1/archive_service.pb.h"
#include "mesh/identity/spiffe_id.h"
#include "scheme/dates.h"

namespace kp::certificate {

// The manifest is not one of an archive of this register: INVALID_ARGUMENT for what cannot be read
// or is not signed by this entity, FAILED_PRECONDITION where the events differ.
inline constexpr char kArchiveNotOfRegister[] = "ARCHIVE_NOT_OF_REGISTER";

// Kind of the event that tells that the statements of its subject's events were taken.
inline constexpr char kPurgedEvent[] = "PURGED";

// Thread-safe.
class Retention final {
 public:
  // Years after the expiry for which everything stays; at least 1.
  Retention(const Environment& environment, OfficerRegister& officers, int years)
      : env_(environment), officers_(officers), years_(years) {}

  absl::StatusOr<v1::PurgeArchivedResponse> Purge(const identity::SpiffeId& caller,
                                                  const v1::PurgeArchivedRequest& request);

 private:
  struct Candidates {
    std::vector<CertificateRow> rows;
    bool more = false;
  };
  struct Foreign {
    std::vector<std::string> numbers;
    bool more = false;
  };
  // What the archive holds for sure.
  struct Archived {
    int64_t last = 0;           // sequence of its last event
    absl::Time verified_until;  // evidence from up to then
  };
  // Of one transaction: others wait for it.
  static constexpr size_t kMaxPurged = 200;

  absl::StatusOr<Candidates> Find(scheme::Date today, int64_t last_archived) const;
  // Whether the books about a number have had their time.
  absl::StatusOr<bool> MayGo(store::ReadSession& session, const SchemeView& view,
                             const std::string& number, scheme::Date today,
                             const Archived& archived) const;
  absl::StatusOr<Foreign> FindForeign(const SchemeView& view, scheme::Date today,
                                      const Archived& archived) const;
  absl::Status TakeForeign(store::Transaction& tx, const std::string& number,
                           const Archived& archived) const;
  // Appending has closed the register until the commit: what was written about the subject since
  // the archive, but for the event of the purge itself, is CONCURRENT_CHANGE.
  absl::Status CheckNothingLater(store::Transaction& tx, const std::string& subject,
                                 int64_t last_archived) const;
  absl::Status Take(store::Transaction& tx, const CertificateRow& row, int64_t last_archived) const;

  const Environment& env_;
  OfficerRegister& officers_;
  const int years_;
};

}  // namespace kp::certificate
