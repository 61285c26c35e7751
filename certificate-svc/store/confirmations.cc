#include "certificate-svc/store/confirmations.h"

#include "base/error.h"

namespace kp::certificate {

using store::Bytes;
using store::ReadSession;
using store::Transaction;

namespace {

// The key in the order of its columns' names.
void TouchConfirmation(Transaction& tx, std::string_view number, int64_t way, int64_t version) {
  tx.Touch("confirmations", {std::string(number), std::to_string(version), std::to_string(way)});
}

}  // namespace

absl::StatusOr<bool> InsertConfirmation(Transaction& tx, const ConfirmationRow& row) {
  KP_ASSIGN_OR_RETURN(
      const int64_t inserted,
      tx.Execute("INSERT INTO confirmations (number, way, version, digest, statement, recorded_at, "
                 "outcome) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                 row.number, static_cast<int>(row.way), row.version, Bytes{row.digest},
                 Bytes{row.statement}, row.recorded_at, row.outcome));
  if (inserted == 1) TouchConfirmation(tx, row.number, static_cast<int>(row.way), row.version);
  return inserted == 1;
}

absl::Status SaveConfirmationOutcome(Transaction& tx, std::string_view number,
                                     pb::ConfirmationWay way, int64_t version,
                                     std::string_view outcome) {
  TouchConfirmation(tx, number, static_cast<int>(way), version);
  return tx
      .Execute("UPDATE confirmations SET outcome = ? WHERE number = ? AND way = ? AND version = ?",
               outcome, number, static_cast<int>(way), version)
      .status();
}

absl::StatusOr<std::vector<ConfirmationRow>> ConfirmationsOf(ReadSession& session,
                                                             std::string_view number) {
  KP_ASSIGN_OR_RETURN(
      const auto found,
      (session.Query<int64_t, int64_t, Bytes, Bytes, absl::Time, std::string>(
          "SELECT way, version, digest, statement, recorded_at, outcome FROM confirmations "
          "WHERE number = ? ORDER BY way, version",
          number)));
  std::vector<ConfirmationRow> rows;
  for (const auto& [way, version, digest, statement, recorded_at, outcome] : found) {
    rows.push_back({std::string(number), static_cast<pb::ConfirmationWay>(way), version,
                    digest.value, statement.value, recorded_at, outcome});
  }
  return rows;
}

absl::Status DeleteConfirmations(Transaction& tx, std::string_view number) {
  KP_ASSIGN_OR_RETURN(const auto taken,
                      (tx.Query<int64_t, int64_t>("DELETE FROM confirmations WHERE number = ? "
                                                  "RETURNING way, version",
                                                  number)));
  for (const auto& [way, version] : taken) TouchConfirmation(tx, number, way, version);
  return absl::OkStatus();
}

}  // namespace kp::certificate
