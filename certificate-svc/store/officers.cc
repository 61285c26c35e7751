#include "certificate-svc/store/officers.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/error.h"
#include "mesh/trust/snapshot.h"

namespace kp::certificate {
namespace {

using store::ReadSession;
using store::Transaction;

constexpr std::string_view kSelect =
    "SELECT spiffe_id, person, display_name, authority, powers, from_time, until_time "
    "FROM officers ";

using Columns = std::tuple<std::string, std::string, std::string, std::string, std::string,
                           absl::Time, std::optional<absl::Time>>;

void TouchOfficer(Transaction& tx, absl::Time from, std::string_view spiffe_id) {
  tx.Touch("officers", {std::to_string(absl::ToUnixMicros(from)), std::string(spiffe_id)});
}

absl::StatusOr<v1::OfficerEntry> ToEntry(const Columns& row) {
  const auto& [spiffe_id, person, name, authority, powers, from, until] = row;
  v1::OfficerEntry entry;
  entry.set_spiffe_id(spiffe_id);
  entry.set_person(person);
  entry.set_display_name(name);
  entry.set_authority(authority);
  const std::vector<std::string> numbers = absl::StrSplit(powers, ',', absl::SkipEmpty());
  for (const std::string& number : numbers) {
    int power = 0;
    if (!absl::SimpleAtoi(number, &power) || !access::v1::Power_IsValid(power)) {
      return absl::DataLossError("an officer's powers cannot be read");
    }
    entry.add_powers(static_cast<access::v1::Power>(power));
  }
  *entry.mutable_from_time() = trust::ToTimestamp(from);
  if (until.has_value()) *entry.mutable_until_time() = trust::ToTimestamp(*until);
  return entry;
}

}  // namespace

absl::Status LockOfficers(Transaction& tx) {
  // An update takes the row, on PostgreSQL too; what follows reads behind whoever had it before.
  KP_ASSIGN_OR_RETURN(const int64_t taken,
                      tx.Execute("UPDATE counters SET value = value + 1 WHERE name = 'officers'"));
  return taken == 1 ? absl::OkStatus() : absl::InternalError("a counter is missing");
}

absl::StatusOr<std::optional<v1::OfficerEntry>> FindOfficer(ReadSession& session,
                                                            std::string_view spiffe_id,
                                                            absl::Time at) {
  const std::string sql =
      std::string(kSelect) +
      "WHERE spiffe_id = ? AND from_time <= ? AND (until_time IS NULL OR until_time > ?)";
  KP_ASSIGN_OR_RETURN(
      const auto found,
      (session.QueryOne<std::string, std::string, std::string, std::string, std::string, absl::Time,
                        std::optional<absl::Time>>(sql, spiffe_id, at, at)));
  if (!found.has_value()) return std::optional<v1::OfficerEntry>();
  KP_ASSIGN_OR_RETURN(v1::OfficerEntry entry, ToEntry(*found));
  return std::optional<v1::OfficerEntry>(std::move(entry));
}

absl::StatusOr<bool> HasEntryAfter(ReadSession& session, std::string_view spiffe_id,
                                   absl::Time from) {
  KP_ASSIGN_OR_RETURN(const auto count,
                      session.QueryOne<int64_t>(
                          "SELECT COUNT(*) FROM officers WHERE spiffe_id = ? AND "
                          "(until_time IS NULL OR until_time > ?)",
                          spiffe_id, from));
  return count.value_or(0) > 0;
}

absl::Status InsertOfficer(Transaction& tx, const v1::OfficerEntry& entry) {
  std::optional<absl::Time> until;
  if (entry.has_until_time()) until = trust::ToTime(entry.until_time());
  TouchOfficer(tx, trust::ToTime(entry.from_time()), entry.spiffe_id());
  return tx
      .Execute("INSERT INTO officers (spiffe_id, person, display_name, authority, powers, "
               "from_time, until_time) VALUES (?, ?, ?, ?, ?, ?, ?)",
               entry.spiffe_id(), entry.person(), entry.display_name(), entry.authority(),
               absl::StrJoin(entry.powers(), ","),
               trust::ToTime(entry.from_time()), until)
      .status();
}

absl::StatusOr<bool> EndOfficer(Transaction& tx, std::string_view spiffe_id, absl::Time at) {
  KP_ASSIGN_OR_RETURN(const auto changed,
                      tx.Query<absl::Time>(
                          "UPDATE officers SET until_time = ? WHERE spiffe_id = ? AND from_time <= ? "
                          "AND (until_time IS NULL OR until_time > ?) RETURNING from_time",
                          at, spiffe_id, at, at));
  for (const absl::Time from : changed) TouchOfficer(tx, from, spiffe_id);
  return !changed.empty();
}

absl::StatusOr<std::string> PersonBehind(ReadSession& session, std::string_view spiffe_id) {
  KP_ASSIGN_OR_RETURN(
      const auto person,
      session.QueryOne<std::string>(
          "SELECT person FROM officers WHERE spiffe_id = ? ORDER BY from_time LIMIT 1", spiffe_id));
  return person.value_or("");
}

absl::StatusOr<std::vector<v1::OfficerEntry>> ListOfficers(ReadSession& session,
                                                           std::string_view after_id,
                                                           absl::Time after_time, int limit) {
  const std::string sql = std::string(kSelect) +
                          "WHERE (spiffe_id, from_time) > (?, ?) ORDER BY spiffe_id, from_time "
                          "LIMIT ?";
  KP_ASSIGN_OR_RETURN(
      const auto found,
      (session.Query<std::string, std::string, std::string, std::string, std::string, absl::Time,
                     std::optional<absl::Time>>(sql, after_id, after_time, limit)));
  std::vector<v1::OfficerEntry> entries;
  for (const auto& row : found) {
    KP_ASSIGN_OR_RETURN(v1::OfficerEntry entry, ToEntry(row));
    entries.push_back(std::move(entry));
  }
  return entries;
}

absl::StatusOr<bool> AnyOfficer(ReadSession& session) {
  KP_ASSIGN_OR_RETURN(const auto one,
                      session.QueryOne<int64_t>("SELECT COUNT(*) FROM officers"));
  return one.value_or(0) > 0;
}

}  // namespace kp::certificate
