// What statistics are made of: confirmed imports and exports, what was filed here, and what partners
// filed. Functions work in the caller's transaction. Days are "YYYY-MM-DD".
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "certificate-svc/store/certificates.h"
#include "kp/certificate/v1/statistics.pb.h"
#include "mesh/store/session.h"
#include "scheme/statistics.h"

namespace kp::certificate {

// A span of days, both included.
struct Days {
  std::string first;
  std::string last;
};

// --- Trade ---

// Enters a confirmed import, whatever way its certificate came; a second one of a number changes
// nothing. Everything that statistics count as an import goes through here.
absl::Status SaveConfirmedImport(store::Transaction& tx, const pb::ConfirmedImport& import);
// The same for the importing entity's confirmation of an own export.
absl::Status SaveConfirmedExport(store::Transaction& tx, const pb::ConfirmedExport& confirmed);
// Put an amended one in place of that which is there. The caller keeps two from amending at once.
absl::Status UpdateConfirmedImport(store::Transaction& tx, const pb::ConfirmedImport& import);
absl::Status UpdateConfirmedExport(store::Transaction& tx, const pb::ConfirmedExport& confirmed);
// The day on which the exporter of an announced certificate says it left.
absl::Status SaveAnnouncedDay(store::Transaction& tx, std::string_view number,
                              std::string_view export_day);

// Rows are given one by one, in the order of day and number; all is read in the session's transaction
// however many there are, and never held at once.
template <typename Row>
using Take = std::function<absl::Status(const Row&)>;

absl::Status ForEachImportReceived(store::ReadSession& session, const Days& days,
                                   const Take<pb::ConfirmedImport>& take);
absl::Status ForEachExport(store::ReadSession& session, const Days& days,
                           const Take<pb::Certificate>& take);
// What `partner` confirmed with a day of receipt in the span.
absl::Status ForEachConfirmedExport(store::ReadSession& session, std::string_view partner,
                                    const Days& days, const Take<pb::ConfirmedExport>& take);
struct Announced {
  std::string number;
  std::string export_day;
  pb::CertificateState state = pb::CERTIFICATE_STATE_UNSPECIFIED;
  std::string prealert;  // as received
};
// What `issuer` announced with a day of export in the span.
absl::Status ForEachAnnounced(store::ReadSession& session, std::string_view issuer,
                              const Days& days, const Take<Announced>& take);

absl::StatusOr<std::optional<pb::ConfirmedImport>> FindConfirmedImport(store::ReadSession& session,
                                                                       std::string_view number);
absl::StatusOr<std::optional<pb::ConfirmedExport>> FindConfirmedExport(store::ReadSession& session,
                                                                       std::string_view number);

// For the monthly report: behind `after_day` and `after_number`, by these two, at most `limit`.
absl::StatusOr<std::vector<pb::ConfirmedImport>> ListImportsConfirmed(store::ReadSession& session,
                                                                      const Days& days,
                                                                      std::string_view after_day,
                                                                      std::string_view after_number,
                                                                      int limit);
absl::StatusOr<std::vector<pb::Certificate>> ListValidated(store::ReadSession& session,
                                                           const Days& days,
                                                           std::string_view after_day,
                                                           std::string_view after_number,
                                                           int limit);

// --- Filed quarters ---

struct FiledRow {
  scheme::Quarter quarter;
  int version = 0;
  bool preliminary = false;
  std::string statement;  // as signed
  absl::Time recorded_at;
};
// `entity`: who filed it. Inserts the version if it is newer than all that there are of the quarter;
// false, and nothing changed, where it is not.
absl::StatusOr<bool> SaveFiled(store::Transaction& tx, std::string_view entity,
                               const FiledRow& filed);
// The part of a version that is for one partner, as signed.
absl::Status SaveFiledPart(store::Transaction& tx, const FiledRow& filed, std::string_view partner,
                           const std::string& statement);
absl::StatusOr<std::vector<std::string>> FiledParts(store::ReadSession& session,
                                                    const scheme::Quarter& quarter, int version);
// The newest version of a quarter.
absl::StatusOr<std::optional<FiledRow>> FindFiled(store::ReadSession& session,
                                                  std::string_view entity,
                                                  const scheme::Quarter& quarter);
// The newest quarter of which a version that is not preliminary is kept.
absl::StatusOr<std::optional<scheme::Quarter>> LatestFiledForGood(store::ReadSession& session,
                                                                  std::string_view entity);
// A place in a list of versions: newest period first, newest version first.
struct VersionPlace {
  int year = 0;
  int part = 0;  // quarter, or half
  int version = 0;
};
// `year` and `quarter` 0: all. Behind `after`.
absl::StatusOr<std::vector<FiledRow>> ListFiled(store::ReadSession& session,
                                                std::string_view entity, int year, int quarter,
                                                const VersionPlace& after, int limit);

// --- Production and stock ---

// False where the version is there already.
absl::StatusOr<bool> SaveFigures(store::Transaction& tx, const pb::FiledFigures& figures);
absl::StatusOr<std::optional<pb::FiledFigures>> FindFigures(store::ReadSession& session,
                                                            pb::FigureKind kind, int year,
                                                            int half);
absl::StatusOr<std::vector<pb::FiledFigures>> ListFigures(store::ReadSession& session,
                                                          pb::FigureKind kind, int year,
                                                          const VersionPlace& after, int limit);
// Sources opened as own production.
absl::Status ForEachOwnProduction(store::ReadSession& session, const Take<pb::Source>& take);

}  // namespace kp::certificate
