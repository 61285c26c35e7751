#include "certificate-svc/store/coverage.h"

#include <algorithm>

namespace kp::certificate {
namespace {

using enum Cover;

constexpr ColumnCover kAnswers[] = {
    {"answered_at", kSealed, ""},
    {"asker", kSealed, ""},
    {"digest", kSealed, ""},
    {"number", kSealed, ""},
    {"sealed", kNone, "the program's mark of what waits to be sealed"},
    {"statement", kSealed, ""},
};
constexpr ColumnCover kBookNumbers[] = {
    {"book", kSealed, ""},
    {"number", kSealed, ""},
};
constexpr ColumnCover kCaseEntries[] = {
    {"case_id", kSealed, ""},     {"outcome", kSealed, ""},  {"place", kSealed, ""},
    {"recorded_at", kSealed, ""}, {"sequence", kSealed, ""}, {"side", kSealed, ""},
    {"statement", kSealed, ""},
};
constexpr ColumnCover kCases[] = {
    {"certificate_digest", kSealed, ""},
    {"closed", kSealed, ""},
    {"id", kSealed, ""},
    {"number", kSealed, ""},
    {"partner", kSealed, ""},
    {"position", kSealed, ""},
    {"record", kSealed, ""},
    {"reference", kSealed, ""},
    {"revision", kSealed, ""},
    {"side", kSealed, ""},
};
constexpr ColumnCover kCertificates[] = {
    {"application_id", kCompared, "the events"},
    {"expiry_day", kCompared, "the record"},
    {"export_day", kCompared, "the record"},
    {"importing_entity", kCompared, "the record"},
    {"number", kCompared, "the events"},
    {"position", kCompared, "the number of applications before it"},
    {"record", kCompared, "the last event about it"},
    {"revision", kCompared, "the number of events about it"},
    {"state", kCompared, "the record"},
    {"statement", kCompared, "its signature, and its digest in the event VALIDATED"},
    {"validation_day", kCompared, "the record"},
};
constexpr ColumnCover kConfirmations[] = {
    {"digest", kSealed, ""},    {"number", kSealed, ""}, {"outcome", kSealed, ""},
    {"recorded_at", kSealed, ""}, {"statement", kSealed, ""}, {"version", kSealed, ""},
    {"way", kSealed, ""},
};
constexpr ColumnCover kConfirmedExports[] = {
    {"number", kSealed, ""},
    {"partner", kSealed, ""},
    {"receipt_day", kSealed, ""},
    {"record", kSealed, ""},
};
constexpr ColumnCover kConfirmedImports[] = {
    {"confirm_day", kSealed, ""}, {"issuer", kSealed, ""}, {"number", kSealed, ""},
    {"receipt_day", kSealed, ""}, {"record", kSealed, ""},
};
constexpr ColumnCover kCounters[] = {
    {"name", kNone, "names of counters of the program"},
    {"value", kNone, "where the next row is put; the keys of the tables let none be taken twice"},
};
constexpr std::string_view kDrawsWhy = "the records of certificates in force";
constexpr ColumnCover kDraws[] = {
    {"application_id", kCompared, kDrawsWhy},
    {"carats", kCompared, kDrawsWhy},
    {"source_id", kCompared, kDrawsWhy},
};
constexpr ColumnCover kEvidence[] = {
    {"answer", kSealed, ""},
    {"caller", kSealed, ""},
    {"id", kSealed, ""},
    {"number", kSealed, ""},
    {"question", kSealed, ""},
    {"response", kSealed, ""},
    {"sealed", kNone, "the program's mark of what waits to be sealed"},
    {"verified_at", kSealed, ""},
};
constexpr ColumnCover kFiledFigures[] = {
    {"half", kSealed, ""},    {"kind", kSealed, ""}, {"record", kSealed, ""},
    {"version", kSealed, ""}, {"year", kSealed, ""},
};
constexpr ColumnCover kFiledParts[] = {
    {"partner", kSealed, ""}, {"quarter", kSealed, ""}, {"statement", kSealed, ""},
    {"version", kSealed, ""}, {"year", kSealed, ""},
};
constexpr ColumnCover kFiledQuarters[] = {
    {"entity", kSealed, ""},      {"preliminary", kSealed, ""}, {"quarter", kSealed, ""},
    {"recorded_at", kSealed, ""}, {"statement", kSealed, ""},   {"version", kSealed, ""},
    {"year", kSealed, ""},
};
constexpr ColumnCover kHomeUses[] = {
    {"number", kSealed, ""},
    {"receipt", kSealed, ""},
    {"received_at", kSealed, ""},
};
constexpr ColumnCover kImportBook[] = {
    {"issuer", kSealed, ""},        {"number", kSealed, ""},   {"position", kSealed, ""},
    {"record", kSealed, ""},        {"revision", kSealed, ""}, {"state", kSealed, ""},
    {"submitted_day", kSealed, ""}, {"way", kSealed, ""},
};
constexpr ColumnCover kImportCertificates[] = {
    {"number", kSealed, ""},
    {"reference", kSealed, ""},
};
constexpr ColumnCover kImportDeadlines[] = {
    {"due_day", kSealed, ""}, {"issuer", kSealed, ""},    {"kind", kSealed, ""},
    {"number", kSealed, ""},  {"since_day", kSealed, ""}, {"source", kSealed, ""},
};
constexpr ColumnCover kImportVersions[] = {
    {"entry", kSealed, ""},
    {"number", kSealed, ""},
    {"version", kSealed, ""},
};
constexpr std::string_view kInboxMessageWhy =
    "what was received is told by the events; this keeps it from being received twice";
constexpr ColumnCover kInboxMessage[] = {
    {"digest", kNone, kInboxMessageWhy},      {"message_id", kNone, kInboxMessageWhy},
    {"outcome", kNone, kInboxMessageWhy},     {"receipt", kNone, kInboxMessageWhy},
    {"received_at", kNone, kInboxMessageWhy}, {"sender", kNone, kInboxMessageWhy},
};
constexpr ColumnCover kIncoming[] = {
    {"change", kSealed, ""},      {"cursor", kSealed, ""}, {"export_day", kSealed, ""},
    {"issuer", kSealed, ""},      {"number", kSealed, ""}, {"prealert", kSealed, ""},
    {"received_at", kSealed, ""}, {"state", kSealed, ""},  {"status_statement", kSealed, ""},
};
constexpr std::string_view kNumbersWhy = "the certificates";
constexpr ColumnCover kNumbers[] = {
    {"application_id", kCompared, kNumbersWhy},
    {"number", kCompared, kNumbersWhy},
};
constexpr ColumnCover kOfficers[] = {
    {"authority", kSealed, ""},  {"display_name", kSealed, ""}, {"from_time", kSealed, ""},
    {"person", kSealed, ""},     {"powers", kSealed, ""},       {"spiffe_id", kSealed, ""},
    {"until_time", kSealed, ""},
};
constexpr std::string_view kOutboxMessageWhy =
    "the post: what it brings is a statement that the receiver checks";
constexpr ColumnCover kOutboxMessage[] = {
    {"attempts", kNone, kOutboxMessageWhy},     {"body", kNone, kOutboxMessageWhy},
    {"claimed_by", kNone, kOutboxMessageWhy},   {"claimed_until", kNone, kOutboxMessageWhy},
    {"content_type", kNone, kOutboxMessageWhy}, {"created_at", kNone, kOutboxMessageWhy},
    {"give_up_at", kNone, kOutboxMessageWhy},   {"id", kNone, kOutboxMessageWhy},
    {"kind", kNone, kOutboxMessageWhy},         {"last_error", kNone, kOutboxMessageWhy},
    {"next_try_at", kNone, kOutboxMessageWhy},  {"order_key", kNone, kOutboxMessageWhy},
    {"outcome", kNone, kOutboxMessageWhy},      {"partner", kNone, kOutboxMessageWhy},
    {"position", kNone, kOutboxMessageWhy},     {"receipt", kNone, kOutboxMessageWhy},
    {"state", kNone, kOutboxMessageWhy},
};
constexpr std::string_view kOutboxPartnerWhy = "the post: where the next message is put";
constexpr ColumnCover kOutboxPartner[] = {
    {"last_position", kNone, kOutboxPartnerWhy},
    {"partner", kNone, kOutboxPartnerWhy},
};
constexpr ColumnCover kSerialRanges[] = {
    {"authority", kCompared, "the record"},
    {"digits", kCompared, "the record"},
    {"first_value", kCompared, "the record"},
    {"head", kCompared, "the record"},
    {"id", kCompared, "the event of the range"},
    {"kind", kCompared, "the record"},
    {"last_value", kCompared, "the record"},
    {"next_value", kNone, "where the next number is sought; numbers lets none be given twice"},
    {"position", kSealed, ""},
    {"record", kCompared, "the event of the range"},
    {"year", kCompared, "the record"},
};
constexpr ColumnCover kSources[] = {
    {"carats_in", kCompared, "the record"},
    {"drawn", kCompared, "the sum of draws"},
    {"half", kCompared, "the record"},
    {"id", kCompared, "the event that opened it"},
    {"kind", kCompared, "the record"},
    {"origin", kCompared, "the record"},
    {"position", kSealed, ""},
    {"record", kCompared, "the event that opened or amended it"},
    {"state", kCompared, "the events that opened, confirmed, settled or closed it"},
    {"year", kCompared, "the record"},
};
constexpr ColumnCover kStoreEvent[] = {
    {"actor_id", kCompared, "the chain of events"},
    {"actor_person", kCompared, "the chain of events"},
    {"chain", kCompared, "the chain of events"},
    {"content_type", kCompared, "the chain of events"},
    {"digest", kCompared, "the chain of events"},
    {"kind", kCompared, "the chain of events"},
    {"recorded_at", kCompared, "the chain of events"},
    {"register_id", kCompared, "the chain of events"},
    {"sequence", kCompared, "the chain of events"},
    {"statement", kCompared, "the chain of events, its signature"},
    {"subject", kCompared, "the chain of events"},
};
constexpr std::string_view kStoreMigrationWhy =
    "the versions of the schema; a program that does not fit refuses the database";
constexpr ColumnCover kStoreMigration[] = {
    {"applied_at", kNone, kStoreMigrationWhy}, {"component", kNone, kStoreMigrationWhy},
    {"digest", kNone, kStoreMigrationWhy},     {"name", kNone, kStoreMigrationWhy},
    {"version", kNone, kStoreMigrationWhy},
};
constexpr std::string_view kStoreProbeWhy = "a row that is written to see whether one can be";
constexpr ColumnCover kStoreProbe[] = {
    {"id", kNone, kStoreProbeWhy},
    {"probed_at", kNone, kStoreProbeWhy},
};
constexpr ColumnCover kStoreRegister[] = {
    {"chain", kCompared, "the last event"},
    {"last_sequence", kCompared, "the last event"},
    {"register_id", kCompared, "every event"},
};
constexpr std::string_view kStoreRequestWhy =
    "responses for callers that ask again; the act itself is told by the events";
constexpr ColumnCover kStoreRequest[] = {
    {"caller", kNone, kStoreRequestWhy},     {"created_at", kNone, kStoreRequestWhy},
    {"digest", kNone, kStoreRequestWhy},     {"method", kNone, kStoreRequestWhy},
    {"request_id", kNone, kStoreRequestWhy}, {"response", kNone, kStoreRequestWhy},
};
constexpr ColumnCover kTechnical[] = {
    {"number", kSealed, ""},
    {"record", kSealed, ""},
    {"recorded_at", kSealed, ""},
    {"technical_number", kSealed, ""},
    {"void_outcome", kSealed, ""},
    {"void_statement", kSealed, ""},
    {"voided_at", kSealed, ""},
};
constexpr std::string_view kTicketsWhy = "questions on the way; the answer becomes evidence";
constexpr ColumnCover kTickets[] = {
    {"asked_at", kNone, kTicketsWhy},    {"caller", kNone, kTicketsWhy},
    {"evidence_id", kNone, kTicketsWhy}, {"id", kNone, kTicketsWhy},
    {"message_id", kNone, kTicketsWhy},  {"question", kNone, kTicketsWhy},
    {"request", kNone, kTicketsWhy},
};
constexpr ColumnCover kTransits[] = {
    {"number", kSealed, ""},
    {"record", kSealed, ""},
    {"revision", kSealed, ""},
};
constexpr std::string_view kUsesWhy = "the last event of its use";
// Of times an event tells the second, and of the customs leg only while there is one.
constexpr ColumnCover kUses[] = {
    {"confirmed", kCompared, kUsesWhy},
    {"confirmed_at", kSealed, ""},
    {"customs_at", kSealed, ""},
    {"customs_leg", kCompared, kUsesWhy},
    {"customs_partner", kSealed, ""},
    {"customs_version", kCompared, kUsesWhy},
    {"importing_entity", kCompared, kUsesWhy},
    {"number", kCompared, kUsesWhy},
    {"reference", kCompared, kUsesWhy},
    {"reserved_until", kSealed, ""},
    {"revision", kCompared, kUsesWhy},
};
constexpr std::string_view kWrongTriesWhy = "a counter against guessing, which nobody signed";
constexpr ColumnCover kWrongTries[] = {
    {"asker", kNone, kWrongTriesWhy},
    {"number", kNone, kWrongTriesWhy},
    {"tries", kNone, kWrongTriesWhy},
};

constexpr TableCover kTables[] = {
    {"answers", kAnswers, true},
    {"book_numbers", kBookNumbers},
    {"case_entries", kCaseEntries},
    {"cases", kCases},
    {"certificates", kCertificates},
    {"confirmations", kConfirmations},
    {"confirmed_exports", kConfirmedExports},
    {"confirmed_imports", kConfirmedImports},
    {"counters", kCounters},
    {"draws", kDraws},
    {"evidence", kEvidence, true},
    {"filed_figures", kFiledFigures},
    {"filed_parts", kFiledParts},
    {"filed_quarters", kFiledQuarters},
    {"home_uses", kHomeUses},
    {"import_book", kImportBook},
    {"import_certificates", kImportCertificates},
    {"import_deadlines", kImportDeadlines},
    {"import_versions", kImportVersions},
    {"inbox_message", kInboxMessage},
    {"incoming", kIncoming},
    {"numbers", kNumbers},
    {"officers", kOfficers},
    {"outbox_message", kOutboxMessage},
    {"outbox_partner", kOutboxPartner},
    {"serial_ranges", kSerialRanges},
    {"sources", kSources},
    {"store_event", kStoreEvent},
    {"store_migration", kStoreMigration},
    {"store_probe", kStoreProbe},
    {"store_register", kStoreRegister},
    {"store_request", kStoreRequest},
    {"technical", kTechnical},
    {"tickets", kTickets},
    {"transits", kTransits},
    {"uses", kUses},
    {"wrong_tries", kWrongTries},
};

}  // namespace

std::span<const TableCover> Coverage() { return kTables; }

const TableCover* CoverOf(std::string_view table) {
  const auto found = std::ranges::find(kTables, table, &TableCover::table);
  return found == std::end(kTables) ? nullptr : found;
}

}  // namespace kp::certificate
