#include <map>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "certificate-svc/audit/checks.h"
#include "certificate-svc/domain/environment.h"
#include "certificate-svc/store/certificates.h"
#include "certificate-svc/store/schema.h"
#include "certificate-svc/store/sources.h"
#include "mesh/statement/proto_cbor.h"

namespace kp::certificate {
namespace {

constexpr int kPage = 500;
constexpr char kCertificates[] = "certificates";

struct Row {
  int64_t position = 0;
  std::string application_id, number, importing_entity;
  std::string export_day, validation_day, expiry_day;
  int64_t state = 0;
  int64_t revision = 0;
  std::string record, statement;  // as they stand, base64; no statement: empty
  // Made of it:
  std::string subject;
  absl::StatusOr<statement::Statement> signed_certificate = absl::InternalError("");
};

// What certificates have drawn: (application, source) and thousandths of a carat.
using Draws = std::map<std::pair<std::string, std::string>, int64_t>;

// Whether a certificate holds what it drew: stones that never left, or came back, or go out under
// another certificate, were given back.
bool HoldsItsSources(const pb::Certificate& record) {
  return !record.number().empty() && record.state() != pb::CERTIFICATE_STATE_RETURNED &&
         record.state() != pb::CERTIFICATE_STATE_REPLACED &&
         (record.state() != pb::CERTIFICATE_STATE_VOID || !record.export_date().empty());
}

class CertificateWalk final {
 public:
  CertificateWalk(store::ReadSession& session, const std::string& entity, Auditor& auditor,
                  EventBook& book, const store::EventLog& events)
      : session_(session), entity_(entity), auditor_(auditor), book_(book), events_(events) {}

  absl::Status Run() {
    KP_ASSIGN_OR_RETURN(const auto migrations,
                        (session_.Query<int64_t, absl::Time>(
                            "SELECT version, applied_at FROM store_migration WHERE component = ?",
                            CertificateSchema().name)));
    for (const auto& [version, applied_at] : migrations) migrated_[version] = applied_at;
    int64_t after = INT64_MIN;
    while (true) {
      KP_ASSIGN_OR_RETURN(std::vector<Row> rows, Read(after));
      if (rows.empty()) break;
      after = rows.back().position;
      InParallel(rows.size(), [&](size_t i) {
        std::string bytes;
        if (absl::Base64Unescape(rows[i].statement, &bytes)) {
          rows[i].signed_certificate =
              CheckSigned(bytes, CertificateContentType(), entity_, auditor_.keys());
        }
      });
      for (const Row& row : rows) KP_RETURN_IF_ERROR(Check(row));
      if (rows.size() < kPage) break;
    }
    for (const auto& [application_id, facts] : book_.certificates) {
      if (facts.seen) continue;
      auditor_.Fault(kCertificates, facts.number.empty() ? application_id : facts.number,
                     absl::StrCat("the row is missing; event ", facts.last_sequence,
                                  " was the last about it"));
    }
    KP_RETURN_IF_ERROR(CheckNumbers());
    return CheckSources();
  }

 private:
  absl::StatusOr<std::vector<Row>> Read(int64_t after) {
    KP_ASSIGN_OR_RETURN(
        auto found,
        (session_.Query<int64_t, std::string, std::optional<std::string>, int64_t, std::string,
                        int64_t, std::string, std::optional<std::string>,
                        std::optional<std::string>, std::optional<std::string>,
                        std::optional<std::string>>(
            "SELECT position, application_id, number, state, importing_entity, revision, record, "
            "statement, export_day, validation_day, expiry_day FROM certificates "
            "WHERE position > ? ORDER BY position LIMIT ?",
            after, kPage)));
    std::vector<Row> rows;
    for (auto& [position, application, number, state, importer, revision, record, statement,
                export_day, validation_day, expiry_day] : found) {
      Row& row = rows.emplace_back();
      row.position = position;
      row.application_id = application;
      row.number = number.value_or("");
      row.importing_entity = importer;
      row.export_day = export_day.value_or("");
      row.validation_day = validation_day.value_or("");
      row.expiry_day = expiry_day.value_or("");
      row.state = state;
      row.revision = revision;
      row.record = std::move(record);
      row.statement = statement.value_or("");
      row.subject = row.number.empty() ? application : row.number;
    }
    return rows;
  }

  absl::Status Check(const Row& row) {
    ++auditor_.report().certificates;
    const auto known = book_.certificates.find(row.application_id);
    if (known == book_.certificates.end()) {
      auditor_.Fault(kCertificates, row.subject,
                     absl::StrCat("no event speaks of application ", row.application_id));
      return absl::OkStatus();
    }
    CertificateFacts& facts = known->second;
    facts.seen = true;
    const auto bytes = auditor_.Bytes(kCertificates, row.subject, "record", row.record);
    pb::Certificate record;
    if (bytes.has_value() && statement::Sha256(*bytes) != facts.record_digest) {
      KP_RETURN_IF_ERROR(Compare(row, facts, *bytes));
    }
    if (bytes.has_value() && record.ParseFromString(*bytes)) {
      CheckColumns(row, record, facts);
      if (HoldsItsSources(record)) {
        for (const pb::SourceDraw& draw : record.sources()) {
          draws_[{row.application_id, draw.source_id()}] = draw.carats_thousandths();
        }
      }
    }
    auditor_.Same(kCertificates, row.subject, "the number", row.number, facts.number);
    auditor_.Same(kCertificates, row.subject, "the revision", row.revision, facts.changes);
    if (!row.number.empty()) numbers_[row.number] = row.application_id;
    CheckStatement(row, facts);
    return absl::OkStatus();
  }

  // Names what differs from the event that came last.
  absl::Status Compare(const Row& row, const CertificateFacts& facts, const std::string& bytes) {
    KP_ASSIGN_OR_RETURN(const auto found, events_.After(session_, facts.last_sequence - 1, 1));
    pb::Certificate record;
    std::string difference = "it cannot be read";
    if (record.ParseFromString(bytes) && !found.empty()) {
      KP_ASSIGN_OR_RETURN(const auto parsed,
                          statement::Statement::Parse(found.front().what.statement));
      KP_ASSIGN_OR_RETURN(auto said, statement::DecodePayload<v1::RegisterEvent>(parsed));
      said.mutable_certificate()->clear_use();
      difference = Difference(said.certificate(), record);
      if (difference.empty()) difference = "it says the same in other bytes";
    }
    auditor_.Fault(
        kCertificates, row.subject,
        absl::StrCat("the record is not that of event ", facts.last_sequence, ": ", difference));
    return absl::OkStatus();
  }

  void CheckColumns(const Row& row, const pb::Certificate& record, const CertificateFacts& facts) {
    auditor_.Same(kCertificates, row.subject, "the column position", row.position, facts.ordinal);
    auditor_.Same(kCertificates, row.subject, "the column state", row.state,
                  static_cast<int64_t>(record.state()));
    auditor_.Same(kCertificates, row.subject, "the column importing_entity", row.importing_entity,
                  record.importing_entity());
    CheckDay(row, facts, "the column export_day", row.export_day, record.export_date(), 4);
    CheckDay(row, facts, "the column validation_day", row.validation_day,
             record.validation_date(), 6);
    CheckDay(row, facts, "the column expiry_day", row.expiry_day, record.expiry_date(), 9);
  }

  // Columns that came with a later version of the schema are written when the row is changed: they
  // are empty in one that nobody has changed since.
  void CheckDay(const Row& row, const CertificateFacts& facts, const char* what,
                const std::string& stored, const std::string& expected, int64_t version) {
    if (stored.empty() && (row.revision == 1 || facts.last_time < migrated_[version])) return;
    auditor_.Same(kCertificates, row.subject, what, stored, expected);
  }

  void CheckStatement(const Row& row, const CertificateFacts& facts) {
    if (row.statement.empty() || facts.statement_digest.empty()) {
      if (row.statement.empty() != facts.statement_digest.empty()) {
        auditor_.Fault(kCertificates, row.subject,
                       row.statement.empty() ? "the signed statement is missing"
                                             : "has a signed statement, but was never validated");
      }
      return;
    }
    if (!auditor_.Bytes(kCertificates, row.subject, "statement", row.statement).has_value()) return;
    ++auditor_.report().signatures;
    if (!row.signed_certificate.ok()) {
      auditor_.Fault(kCertificates, row.subject,
                     absl::StrCat("the signed statement does not hold: ",
                                  std::string(row.signed_certificate.status().message()), " (",
                                  ReasonOf(row.signed_certificate.status()), ")"));
      return;
    }
    if (row.signed_certificate->digest() != facts.statement_digest) {
      auditor_.Fault(kCertificates, row.subject,
                     "the signed statement is not the one that was signed at validation");
    }
    auto content = statement::DecodePayload<v1::CertificateStatement>(*row.signed_certificate);
    bool same = false;
    if (content.ok()) {
      content->clear_salt();
      const auto payload = statement::EncodePayload(*content);
      same = payload.ok() && statement::Sha256(*payload) == facts.content_digest;
    }
    if (!same) {
      auditor_.Fault(kCertificates, row.subject,
                     "the signed statement does not say what the record said at validation");
    }
  }

  absl::Status CheckNumbers() {
    constexpr char kTable[] = "numbers";
    std::map<std::string, std::string> expected = numbers_;
    // A number stays taken when its record has gone.
    expected.insert(book_.purged_numbers.begin(), book_.purged_numbers.end());
    std::string after;
    while (true) {
      KP_ASSIGN_OR_RETURN(const auto page,
                          (session_.Query<std::string, std::string>(
                              "SELECT number, application_id FROM numbers WHERE number > ? "
                              "ORDER BY number LIMIT ?",
                              after, kPage)));
      for (const auto& [number, application_id] : page) {
        after = number;
        const auto known = expected.find(number);
        if (known == expected.end()) {
          auditor_.Fault(kTable, number, "no certificate has this number");
          continue;
        }
        auditor_.Same(kTable, number, "the application", application_id, known->second);
        expected.erase(known);
      }
      if (page.size() < kPage) break;
    }
    for (const auto& [number, application_id] : expected) {
      auditor_.Fault(kTable, number, "is missing, so that the number could be given again");
    }
    return absl::OkStatus();
  }

  absl::Status CheckSources() {
    constexpr char kTable[] = "draws";
    std::map<std::string, int64_t> drawn;
    Draws expected = draws_;
    std::string application, source;
    while (true) {
      KP_ASSIGN_OR_RETURN(
          const auto page,
          (session_.Query<std::string, std::string, int64_t>(
              "SELECT application_id, source_id, carats FROM draws "
              "WHERE (application_id, source_id) > (?, ?) ORDER BY application_id, source_id "
              "LIMIT ?",
              application, source, kPage)));
      for (const auto& [by, from, carats] : page) {
        application = by;
        source = from;
        drawn[from] += carats;
        const std::string subject = absl::StrCat(from, " by ", by);
        const auto known = expected.find({by, from});
        // What a certificate drew that has gone to the archive stays drawn.
        if (known == expected.end() && book_.purged.contains(by)) continue;
        if (known == expected.end()) {
          auditor_.Fault(kTable, subject, "no certificate in force draws this");
          continue;
        }
        auditor_.Same(kTable, subject, "the draw", carats, known->second);
        expected.erase(known);
      }
      if (page.size() < kPage) break;
    }
    for (const auto& [key, carats] : expected) {
      auditor_.Fault(kTable, absl::StrCat(key.second, " by ", key.first),
                     absl::StrCat("is missing: ", carats, " thousandths of a carat"));
    }
    return CheckSourceBook(drawn);
  }

  absl::Status CheckSourceBook(const std::map<std::string, int64_t>& drawn) {
    constexpr char kTable[] = "sources";
    std::string after;
    while (true) {
      KP_ASSIGN_OR_RETURN(
          const auto page,
          (session_.Query<std::string, int64_t, int64_t, int64_t, std::string, int64_t, int64_t,
                          int64_t, std::string>(
              "SELECT id, kind, carats_in, drawn, record, state, year, half, origin FROM sources "
              "WHERE id > ? ORDER BY id LIMIT ?",
              after, kPage)));
      for (const auto& [id, kind, carats_in, taken, text, state, year, half, origin] : page) {
        after = id;
        const auto sum = drawn.find(id);
        auditor_.Same(kTable, id, "the sum drawn", taken, sum == drawn.end() ? 0 : sum->second);
        const auto known = book_.sources.find(id);
        if (known == book_.sources.end()) {
          auditor_.Fault(kTable, id, "no event opened this source");
          continue;
        }
        known->second.seen = true;
        const auto bytes = auditor_.Bytes(kTable, id, "record", text);
        if (!bytes.has_value()) continue;
        CheckSource(id, known->second, *bytes, {kind, carats_in, state, year, half, origin});
      }
      if (page.size() < kPage) break;
    }
    for (const auto& [id, facts] : book_.sources) {
      if (facts.seen) continue;
      auditor_.Fault(kTable, id,
                     absl::StrCat("the row is missing; event ", facts.sequence, " opened it"));
    }
    return absl::OkStatus();
  }

  struct SourceColumns {
    int64_t kind, carats_in, state, year, half;
    const std::string& origin;
  };

  void CheckSource(const std::string& id, const SourceFacts& facts, const std::string& bytes,
                   const SourceColumns& columns) {
    constexpr char kTable[] = "sources";
    pb::Source source;
    if (!source.ParseFromString(bytes)) {
      auditor_.Fault(kTable, id, "the record cannot be read");
      return;
    }
    if (!facts.record.empty() && facts.record != bytes) {
      pb::Source opened;
      opened.ParseFromString(facts.record);
      auditor_.Fault(kTable, id,
                     absl::StrCat("the record is not that of event ", facts.sequence, ": ",
                                  Difference(opened, source)));
    } else if (facts.record.empty() && !facts.digest.empty() &&
               facts.digest != statement::Sha256(bytes)) {
      auditor_.Fault(kTable, id,
                     absl::StrCat("the record does not have the digest of event ", facts.sequence));
    }
    auditor_.Same(kTable, id, "the column kind", columns.kind,
                  static_cast<int64_t>(source.kind()));
    auditor_.Same(kTable, id, "the column carats_in", columns.carats_in,
                  source.carats_thousandths());
    const pb::SourceState now =
        facts.state != pb::SOURCE_STATE_UNSPECIFIED ? facts.state : OpenedState(source);
    auditor_.Same(kTable, id, "the column state", columns.state, static_cast<int64_t>(now));
    auditor_.Same(kTable, id, "the column year", columns.year,
                  static_cast<int64_t>(source.year()));
    auditor_.Same(kTable, id, "the column half", columns.half,
                  static_cast<int64_t>(source.half()));
    auditor_.Same(kTable, id, "the column origin", columns.origin, OriginColumn(source));
  }

  store::ReadSession& session_;
  const std::string& entity_;
  Auditor& auditor_;
  EventBook& book_;
  const store::EventLog& events_;
  std::map<int64_t, absl::Time> migrated_;      // versions of the schema
  std::map<std::string, std::string> numbers_;  // of certificates: application id
  Draws draws_;                                 // that certificates say they hold
};

}  // namespace

absl::Status CheckCertificates(store::ReadSession& session, const std::string& entity,
                               Auditor& auditor, EventBook& book, const store::EventLog& events) {
  return CertificateWalk(session, entity, auditor, book, events).Run();
}

}  // namespace kp::certificate
