// The tables whose rows signed events seal (domain/seal.h): each row, and that none is missing.
#include <algorithm>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/error.h"
#include "certificate-svc/audit/checks.h"
#include "certificate-svc/domain/seal.h"
#include "certificate-svc/store/coverage.h"
#include "mesh/statement/proto_cbor.h"

namespace kp::certificate {
namespace {

constexpr int kPage = 500;

// The key of a row for people: "number BW0000001, side 0".
std::string SubjectOf(const store::TableShape& table, const v1::SealedRow& row) {
  std::vector<std::string> parts;
  for (size_t i = 0; i < table.key.size() && i < static_cast<size_t>(row.key_size()); ++i) {
    parts.push_back(absl::StrCat(table.key[i], " ", row.key(static_cast<int>(i))));
  }
  return absl::StrJoin(parts, ", ");
}

class RowWalk final {
 public:
  RowWalk(store::ReadSession& session, Auditor& auditor, EventBook& book,
          const store::EventLog& events)
      : session_(session), auditor_(auditor), book_(book), events_(events) {}

  absl::Status Run() {
    KP_ASSIGN_OR_RETURN(tables_, SealedTables(session_));
    KP_ASSIGN_OR_RETURN(const bool found, AreRowsFound(session_));
    sealed_ = found || book_.rows_sealed;
    for (const store::TableShape& table : tables_) KP_RETURN_IF_ERROR(Walk(table));
    return NameMissing();
  }

 private:
  absl::Status Walk(const store::TableShape& table) {
    std::vector<store::Param> after;
    while (true) {
      KP_ASSIGN_OR_RETURN(const auto rows, store::ReadRows(session_, table, after, kPage));
      for (const auto& row : rows) KP_RETURN_IF_ERROR(Check(table, SealOf(table, row)));
      if (rows.size() < kPage) return absl::OkStatus();
      KP_ASSIGN_OR_RETURN(after, store::KeyOf(table, rows.back()));
    }
  }

  absl::Status Check(const store::TableShape& table, const v1::SealedRow& stored) {
    const auto known = book_.rows.find(KeyOfRow(stored));
    if (known == book_.rows.end()) {
      if (sealed_ && !CoverOf(table.name)->later) {
        auditor_.Fault(table.name, SubjectOf(table, stored), "no event speaks of this row");
      } else {
        ++auditor_.report().not_covered[table.name];
      }
      return absl::OkStatus();
    }
    RowFacts& facts = known->second;
    facts.seen = true;
    ++auditor_.report().rows;
    if (facts.found) ++auditor_.report().found[table.name];
    if (DigestOfRow(stored) == facts.digest) return absl::OkStatus();
    return Compare(table, stored, facts.sequence);
  }

  // Names the columns that differ from what the event says. Those that it does not tell of came
  // with a later version of the schema.
  absl::Status Compare(const store::TableShape& table, const v1::SealedRow& stored,
                       int64_t sequence) {
    KP_ASSIGN_OR_RETURN(const auto told, Read(sequence));
    const RowKey key = KeyOfRow(stored);
    for (const v1::SealedRow& row : told) {
      if (KeyOfRow(row) != key) continue;
      for (const v1::SealedColumn& was : row.columns()) {
        for (const v1::SealedColumn& is : stored.columns()) {
          if (is.name() != was.name() || is.digest() == was.digest()) continue;
          auditor_.Fault(table.name, SubjectOf(table, stored),
                         absl::StrCat("the column ", is.name(), " is not as event ", sequence,
                                      " says that it was written"));
        }
      }
    }
    return absl::OkStatus();
  }

  absl::Status NameMissing() {
    std::set<int64_t> sequences;
    for (const auto& [key, facts] : book_.rows) {
      if (facts.seen) continue;
      if (sequences.size() > kMaxAuditFaults) break;
      sequences.insert(facts.sequence);
    }
    for (const int64_t sequence : sequences) {
      KP_ASSIGN_OR_RETURN(const auto told, Read(sequence));
      for (const v1::SealedRow& row : told) {
        const auto facts = book_.rows.find(KeyOfRow(row));
        if (facts == book_.rows.end() || facts->second.seen || facts->second.sequence != sequence) {
          continue;
        }
        const auto table = std::ranges::find(tables_, row.table(), &store::TableShape::name);
        auditor_.Fault(
            row.table(), table == tables_.end() ? "" : SubjectOf(*table, row),
            absl::StrCat("the row is missing; event ", sequence, " was the last to tell of it"));
      }
    }
    return absl::OkStatus();
  }

  // The rows that an event tells of. Its signature was verified before.
  absl::StatusOr<google::protobuf::RepeatedPtrField<v1::SealedRow>> Read(int64_t sequence) {
    if (last_read_ != sequence) {
      KP_ASSIGN_OR_RETURN(const auto found, events_.After(session_, sequence - 1, 1));
      if (found.empty()) return absl::DataLossError("an event that was there is not");
      KP_ASSIGN_OR_RETURN(const auto parsed,
                          statement::Statement::Parse(found.front().what.statement));
      KP_ASSIGN_OR_RETURN(const auto said, statement::DecodePayload<v1::RegisterEvent>(parsed));
      last_rows_ = said.rows();
      last_read_ = sequence;
    }
    return last_rows_;
  }

  store::ReadSession& session_;
  Auditor& auditor_;
  EventBook& book_;
  const store::EventLog& events_;
  std::vector<store::TableShape> tables_;
  bool sealed_ = false;  // whether every row must have an event
  int64_t last_read_ = 0;
  google::protobuf::RepeatedPtrField<v1::SealedRow> last_rows_;
};

}  // namespace

absl::Status CheckRows(store::ReadSession& session, Auditor& auditor, EventBook& book,
                       const store::EventLog& events) {
  return RowWalk(session, auditor, book, events).Run();
}

}  // namespace kp::certificate
