#include "certificate-svc/audit/event_book.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "certificate-svc/domain/environment.h"
#include "certificate-svc/domain/retention.h"
#include "certificate-svc/domain/seal.h"
#include "mesh/statement/proto_cbor.h"
#include "scheme/wire/certificate.h"

namespace kp::certificate {
namespace {

constexpr char kTable[] = "store_event";
constexpr char kAppliedEvent[] = "APPLIED";

RowKey ShortDigest(const std::string& text) {
  const std::string digest = statement::Sha256(text);
  RowKey out;
  std::copy_n(digest.begin(), out.size(), out.begin());
  return out;
}

std::string About(const store::Event& event) {
  return absl::StrCat("event ", event.sequence, " (", event.what.kind, " of ", event.what.subject,
                      ")");
}

}  // namespace

RowKey KeyOfRow(const v1::SealedRow& row) {
  std::string text = row.table();
  for (const std::string& part : row.key()) absl::StrAppend(&text, "|", part.size(), ":", part);
  return ShortDigest(text);
}

RowKey DigestOfRow(const v1::SealedRow& row) {
  std::string text;
  for (const v1::SealedColumn& column : row.columns()) {
    absl::StrAppend(&text, column.name(), "=", column.digest());
  }
  return ShortDigest(text);
}

void EventBook::NoteRows(const store::Event& event, const v1::RegisterEvent& said) {
  const bool found = said.kind() == kRowsFoundEvent;
  rows_sealed = true;
  if (found && rows_written_) {
    auditor_.Fault(kTable, About(event),
                   "rows were taken over as they were found, when the register sealed its own");
  }
  rows_written_ = rows_written_ || !found;
  for (const v1::SealedRow& row : said.rows()) {
    if (row.columns().empty()) {
      rows.erase(KeyOfRow(row));
    } else {
      rows[KeyOfRow(row)] = {event.sequence, DigestOfRow(row), found, false};
    }
  }
}

absl::Status EventBook::Take(const std::vector<store::Event>& page) {
  const auto gone = [](const store::Event& event) {
    return event.what.statement.empty() && !event.what.content_type.empty();
  };
  std::vector<absl::StatusOr<v1::RegisterEvent>> said(page.size(), absl::InternalError(""));
  InParallel(page.size(), [&](size_t i) {
    if (gone(page[i])) return;
    said[i] = [&]() -> absl::StatusOr<v1::RegisterEvent> {
      KP_ASSIGN_OR_RETURN(
          const auto statement,
          CheckSigned(page[i].what.statement, EventContentType(), register_id_, auditor_.keys()));
      return statement::DecodePayload<v1::RegisterEvent>(statement);
    }();
  });
  auditor_.report().events += static_cast<int64_t>(page.size());
  for (size_t i = 0; i < page.size(); ++i) {
    if (page[i].what.kind == kAppliedEvent) ++applied_;
    if (gone(page[i])) {
      taken_.push_back({page[i].sequence, page[i].what.subject, About(page[i])});
      continue;
    }
    ++auditor_.report().signatures;
    if (said[i].ok()) {
      Note(page[i], *std::move(said[i]));
    } else {
      auditor_.Fault(kTable, About(page[i]),
                     absl::StrCat("the signed statement does not hold: ",
                                  std::string(said[i].status().message()), " (",
                                  ReasonOf(said[i].status()), ")"));
    }
  }
  return absl::OkStatus();
}

void EventBook::CheckTaken() {
  for (const Taken& taken : taken_) {
    const auto told = purged.find(taken.subject);
    if (told != purged.end() && told->second > taken.sequence) continue;
    auditor_.Fault(kTable, taken.about,
                   "its statement is gone, and no event tells that retention took it");
  }
}

void EventBook::Note(const store::Event& event, v1::RegisterEvent said) {
  const std::string about = About(event);
  auditor_.Same(kTable, about, "the row's kind", event.what.kind, said.kind());
  auditor_.Same(kTable, about, "the row's subject", event.what.subject, said.subject());
  auditor_.Same(kTable, about, "the row's content type", event.what.content_type,
                EventContentType());
  if (said.has_officer()) {
    auditor_.Same(kTable, about, "the row's actor", event.what.actor_id,
                  said.officer().spiffe_id());
    auditor_.Same(kTable, about, "the row's person", event.what.actor_person,
                  said.officer().person());
  }
  if (said.has_certificate()) {
    v1::Certificate& record = *said.mutable_certificate();
    if (said.kind().starts_with("USE_")) {
      uses[record.number()] = {event.sequence, record.use(), false};
    }
    record.clear_use();
    CertificateFacts& facts = certificates[record.application_id()];
    ++facts.changes;
    facts.last_sequence = event.sequence;
    facts.last_time = event.recorded_at;
    if (said.kind() == kAppliedEvent) facts.ordinal = applied_;
    facts.record_digest = statement::Sha256(record.SerializeAsString());
    facts.number = record.number();
    if (said.kind() == "VALIDATED") {
      facts.statement_digest = said.statement_digest();
      const auto content = statement::EncodePayload(scheme::wire::WriteStatement(record));
      facts.content_digest = content.ok() ? statement::Sha256(*content) : "";
    }
  }
  if (said.kind() == kRowsEvent || said.kind() == kRowsFoundEvent) NoteRows(event, said);
  if (said.kind() == kPurgedEvent) {
    purged[said.subject()] = event.sequence;
    if (said.subject() != said.text()) purged_numbers[said.text()] = said.subject();
  }
  if (said.has_serial_range()) {
    ranges[said.serial_range().id()] = said.serial_range().SerializeAsString();
  }
  if (said.kind() == "SOURCE_OPENED" || said.kind() == "SOURCE_AMENDED") {
    SourceFacts facts;
    facts.sequence = event.sequence;
    if (said.has_source()) facts.record = said.source().SerializeAsString();
    if (said.has_officer()) facts.digest = said.statement_digest();
    const auto before = sources.find(said.subject());
    // What is amended waits or is open anew; closed it stays closed.
    if (before != sources.end() && before->second.state == v1::SOURCE_STATE_CLOSED) {
      facts.state = v1::SOURCE_STATE_CLOSED;
    }
    sources[said.subject()] = std::move(facts);
  }
  if (said.kind() == "SOURCE_CONFIRMED" || said.kind() == "SOURCE_SETTLED") {
    sources[said.subject()].state = v1::SOURCE_STATE_OPEN;
  }
  if (said.kind() == "SOURCE_CLOSED") sources[said.subject()].state = v1::SOURCE_STATE_CLOSED;
  if (said.kind() == "PREALERT") prealerts[said.subject()] = said.statement_digest();
  if (said.kind() == "STATUS") statuses[said.subject()] = said.statement_digest();
  if (said.kind() == "USE_RECEIPT") use_receipts.insert(said.statement_digest());
}

}  // namespace kp::certificate
