#include "certificate-svc/store/serial_ranges.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "certificate-svc/store/certificates.h"

namespace kp::certificate {
namespace {

using scheme::RangeKind;
using scheme::SerialKey;
using store::Bytes;
using store::ReadSession;
using store::Transaction;

#define KP_RANGE_COLUMNS "SELECT position, record, next_value FROM serial_ranges "

RangeKind KindOf(const pb::SerialRange& record) {
  switch (record.blanks()) {
    case pb::CERTIFICATE_STATE_LOST:
      return RangeKind::kBlanksLost;
    case pb::CERTIFICATE_STATE_STOLEN:
      return RangeKind::kBlanksStolen;
    default:
      return RangeKind::kAllotted;
  }
}

absl::StatusOr<SerialRangeRow> ToRow(int64_t position, const Bytes& bytes, int64_t next) {
  SerialRangeRow row;
  row.position = position;
  row.next = next;
  if (!row.record.ParseFromString(bytes.value)) {
    return absl::DataLossError("a serial range is damaged");
  }
  KP_ASSIGN_OR_RETURN(row.range, ReadSerialRange(row.record));
  return row;
}

template <typename Found>
absl::StatusOr<std::vector<SerialRangeRow>> ToRows(const Found& found) {
  KP_RETURN_IF_ERROR(found.status());
  std::vector<SerialRangeRow> rows;
  for (const auto& [position, record, next] : *found) {
    KP_ASSIGN_OR_RETURN(SerialRangeRow row, ToRow(position, record, next));
    rows.push_back(std::move(row));
  }
  return rows;
}

// The latest report of blank forms that covers the number.
absl::StatusOr<std::optional<SerialRangeRow>> FindBlank(ReadSession& session,
                                                        const SerialKey& key) {
  KP_ASSIGN_OR_RETURN(
      auto rows,
      ToRows(session.Query<int64_t, Bytes, int64_t>(
          KP_RANGE_COLUMNS "WHERE head = ? AND digits = ? AND kind > 0 AND first_value <= ? AND "
                           "last_value >= ? ORDER BY position DESC LIMIT 1",
          key.head, key.digits, key.value, key.value)));
  if (rows.empty()) return std::optional<SerialRangeRow>();
  return std::optional<SerialRangeRow>(std::move(rows.front()));
}

}  // namespace

absl::StatusOr<scheme::SerialRange> ReadSerialRange(const pb::SerialRange& record) {
  const auto first = scheme::CertificateNumber::Parse(record.first_number());
  const auto last = scheme::CertificateNumber::Parse(record.last_number());
  if (!first.ok() || !last.ok()) return absl::DataLossError("a serial range has no numbers");
  auto range = scheme::MakeSerialRange(*first, *last);
  if (!range.ok()) return absl::DataLossError("a serial range is none");
  range->kind = KindOf(record);
  range->authority = record.authority();
  range->year = record.year();
  return range;
}

absl::Status InsertSerialRange(Transaction& tx, const pb::SerialRange& record) {
  KP_ASSIGN_OR_RETURN(const scheme::SerialRange range, ReadSerialRange(record));
  KP_ASSIGN_OR_RETURN(const int64_t position, NextOf(tx, "serial_range"));
  tx.Touch("serial_ranges", {record.id()});
  return tx
      .Execute(
          "INSERT INTO serial_ranges (id, position, kind, head, digits, first_value, "
          "last_value, authority, year, next_value, record) "
          "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
          record.id(), position, static_cast<int>(range.kind), range.first.head,
          range.first.digits, range.first.value, range.last, range.authority, range.year,
          range.first.value, Bytes{record.SerializeAsString()})
      .status();
}

absl::StatusOr<scheme::SerialFacts> FindSerialFacts(ReadSession& session,
                                                    const scheme::CertificateNumber& number) {
  scheme::SerialFacts facts;
  KP_ASSIGN_OR_RETURN(facts.kept, HasAllottedRanges(session));
  const auto key = scheme::SerialKeyOf(number);
  if (!key.has_value()) return facts;
  KP_ASSIGN_OR_RETURN(const auto blank, FindBlank(session, *key));
  if (blank.has_value()) facts.blank = blank->range.kind;
  if (!facts.kept) return facts;
  KP_ASSIGN_OR_RETURN(
      auto rows,
      ToRows(session.Query<int64_t, Bytes, int64_t>(
          KP_RANGE_COLUMNS "WHERE head = ? AND digits = ? AND kind = 0 AND first_value <= ? AND "
                           "last_value >= ? LIMIT 1",
          key->head, key->digits, key->value, key->value)));
  if (!rows.empty()) facts.allotted = std::move(rows.front().range);
  return facts;
}

absl::StatusOr<std::optional<SerialRangeRow>> FindOverlap(ReadSession& session,
                                                          const scheme::SerialRange& range) {
  KP_ASSIGN_OR_RETURN(
      auto rows,
      ToRows(session.Query<int64_t, Bytes, int64_t>(
          KP_RANGE_COLUMNS "WHERE head = ? AND digits = ? AND kind = 0 AND first_value <= ? AND "
                           "last_value >= ? ORDER BY first_value LIMIT 1",
          range.first.head, range.first.digits, range.last, range.first.value)));
  if (rows.empty()) return std::optional<SerialRangeRow>();
  return std::optional<SerialRangeRow>(std::move(rows.front()));
}

absl::StatusOr<std::vector<std::string>> NumbersGivenOf(ReadSession& session,
                                                        const scheme::SerialRange& range,
                                                        int limit) {
  SerialKey end = range.first;
  end.value = range.last;
  const std::string last = scheme::NumberText(end);
  std::string from = scheme::NumberText(range.first);
  constexpr int kPage = 500;
  std::vector<std::string> given;
  // Within a series the order of the texts is that of the numbers, in every collation of digits.
  // Numbers of other series lie between them and are left out here.
  for (bool first = true, more = true; more && given.size() < static_cast<size_t>(limit);
       first = false) {
    KP_ASSIGN_OR_RETURN(
        const auto page,
        first ? session.Query<std::string>("SELECT number FROM numbers WHERE number >= ? AND "
                                           "number <= ? ORDER BY number LIMIT ?",
                                           from, last, kPage)
              : session.Query<std::string>("SELECT number FROM numbers WHERE number > ? AND "
                                           "number <= ? ORDER BY number LIMIT ?",
                                           from, last, kPage));
    more = page.size() == kPage;
    for (const std::string& text : page) {
      from = text;
      const auto number = scheme::CertificateNumber::Parse(text);
      const auto key = number.ok() ? scheme::SerialKeyOf(*number) : std::nullopt;
      if (!key.has_value() || !range.Contains(*key)) continue;
      if (given.size() < static_cast<size_t>(limit)) given.push_back(text);
    }
  }
  return given;
}

absl::StatusOr<std::vector<SerialRangeRow>> ListSerialRanges(ReadSession& session,
                                                             int64_t before_position, int limit) {
  const int64_t before = before_position == 0 ? INT64_MAX : before_position;
  return ToRows(session.Query<int64_t, Bytes, int64_t>(
      KP_RANGE_COLUMNS "WHERE position < ? ORDER BY position DESC LIMIT ?", before, limit));
}

absl::StatusOr<std::string> DescribeRanges(ReadSession& session, std::string_view authority,
                                           int year) {
  constexpr size_t kShown = 5;
  KP_ASSIGN_OR_RETURN(
      const auto rows,
      ToRows(session.Query<int64_t, Bytes, int64_t>(
          KP_RANGE_COLUMNS "WHERE kind = 0 AND authority = ? AND (year = ? OR year = 0) "
                           "ORDER BY position DESC LIMIT ?",
          authority, year, kShown + 1)));
  std::string text;
  for (size_t i = 0; i < std::min(rows.size(), kShown); ++i) {
    absl::StrAppend(&text, i == 0 ? "" : ", ", rows[i].range.ToString());
  }
  if (rows.size() > kShown) absl::StrAppend(&text, " and older ones");
  return text;
}

absl::StatusOr<bool> HasAllottedRanges(ReadSession& session) {
  KP_ASSIGN_OR_RETURN(const auto any, session.QueryOne<std::string>(
                                          "SELECT id FROM serial_ranges WHERE kind = 0 LIMIT 1"));
  return any.has_value();
}

absl::StatusOr<std::string> TakeSerial(Transaction& tx, std::string_view authority, int year,
                                       int tries) {
  for (int i = 0; i < tries; ++i) {
    KP_ASSIGN_OR_RETURN(const auto open,
                        tx.QueryOne<std::string>(
                            "SELECT id FROM serial_ranges WHERE kind = 0 AND authority = ? AND "
                            "(year = ? OR year = 0) AND next_value <= last_value "
                            "ORDER BY year DESC, position LIMIT 1",
                            authority, year));
    if (!open.has_value()) return absl::NotFoundError("no serial is left");
    KP_ASSIGN_OR_RETURN(const auto taken,
                        (tx.QueryOne<std::string, int64_t, int64_t>(
                            "UPDATE serial_ranges SET next_value = next_value + 1 WHERE id = ? AND "
                            "next_value <= last_value RETURNING head, digits, next_value - 1",
                            *open)));
    if (!taken.has_value()) continue;  // another replica took the last one
    const auto& [head, digits, value] = *taken;
    const SerialKey key{head, static_cast<int>(digits), value};
    KP_ASSIGN_OR_RETURN(const auto blank, FindBlank(tx, key));
    if (blank.has_value()) {
      // Over the whole report at once.
      KP_RETURN_IF_ERROR(
          tx.Execute("UPDATE serial_ranges SET next_value = CASE WHEN last_value < ? "
                     "THEN last_value + 1 ELSE ? END "
                     "WHERE id = ? AND next_value <= ?",
                     blank->range.last, blank->range.last + 1, *open, blank->range.last)
              .status());
      continue;
    }
    const std::string number = scheme::NumberText(key);
    KP_ASSIGN_OR_RETURN(const bool used, IsNumberUsed(tx, number));
    if (!used) return number;
  }
  return std::string();
}

}  // namespace kp::certificate
