// The signatures in the books that signed events seal row by row: cases, technical certificates,
// confirmations, the import book, filed statistics.
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "certificate-svc/audit/checks.h"
#include "certificate-svc/domain/environment.h"
#include "kp/certificate/v1/amendment.pb.h"
#include "kp/certificate/v1/import_book.pb.h"
#include "kp/certificate/v1/statistics.pb.h"
#include "kp/certificate/v1/technical.pb.h"
#include "mesh/statement/proto_cbor.h"

namespace kp::certificate {
namespace {

constexpr int kPage = 500;

// One signed statement of a page, to be verified beside the others.
struct Held {
  const char* table;
  std::string subject;
  std::string bytes;
  std::string content_type;
  std::string issuer;
};

class BookWalk final {
 public:
  BookWalk(store::ReadSession& session, const std::string& entity, Auditor& auditor)
      : session_(session), entity_(entity), auditor_(auditor) {}

  absl::Status Run() {
    KP_RETURN_IF_ERROR(CaseEntries());
    KP_RETURN_IF_ERROR(Technical());
    KP_RETURN_IF_ERROR(Confirmations());
    KP_RETURN_IF_ERROR(Imports());
    KP_RETURN_IF_ERROR(Quarters());
    return Parts();
  }

 private:
  // The bytes of a column, to be verified with the others of the page.
  void Hold(const char* table, const std::string& subject, const std::string& column,
            const std::string& text, const std::string& content_type, const std::string& issuer) {
    auto bytes = auditor_.Bytes(table, subject, column, text);
    if (bytes.has_value()) {
      held_.push_back({table, subject, *std::move(bytes), content_type, issuer});
    }
  }

  void Verify() {
    std::vector<absl::Status> checked(held_.size());
    InParallel(held_.size(), [&](size_t i) {
      checked[i] =
          CheckSigned(held_[i].bytes, held_[i].content_type, held_[i].issuer, auditor_.keys())
              .status();
    });
    for (size_t i = 0; i < held_.size(); ++i) {
      ++auditor_.report().signatures;
      if (checked[i].ok()) continue;
      auditor_.Fault(held_[i].table, held_[i].subject,
                     absl::StrCat("the signed statement (", held_[i].content_type,
                                  ") does not hold: ", std::string(checked[i].message()), " (",
                                  ReasonOf(checked[i]), ")"));
    }
    held_.clear();
  }

  absl::Status CaseEntries() {
    std::string case_id;
    int64_t at_side = -1, at_sequence = 0;
    while (true) {
      KP_ASSIGN_OR_RETURN(
          const auto page,
          (session_.Query<std::string, int64_t, int64_t, std::string, std::optional<int64_t>,
                          std::optional<std::string>>(
              "SELECT e.case_id, e.side, e.sequence, e.statement, c.side, c.partner "
              "FROM case_entries e LEFT JOIN cases c ON c.id = e.case_id "
              "WHERE (e.case_id, e.side, e.sequence) > (?, ?, ?) "
              "ORDER BY e.case_id, e.side, e.sequence LIMIT ?",
              case_id, at_side, at_sequence, kPage)));
      for (const auto& [id, side, sequence, text, own_side, partner] : page) {
        case_id = id;
        at_side = side;
        at_sequence = sequence;
        const std::string subject =
            absl::StrCat("case_id ", id, ", sequence ", sequence, ", side ", side);
        const bool own = own_side.has_value() && side == *own_side;
        Hold("case_entries", subject, "statement", text, CaseContentType(),
             own ? entity_ : partner.value_or(""));
      }
      Verify();
      if (page.size() < kPage) return absl::OkStatus();
    }
  }

  absl::Status Technical() {
    std::string after;
    while (true) {
      KP_ASSIGN_OR_RETURN(
          const auto page,
          (session_.Query<std::string, std::string, std::optional<std::string>>(
              "SELECT technical_number, record, void_statement FROM technical "
              "WHERE technical_number > ? ORDER BY technical_number LIMIT ?",
              after, kPage)));
      for (const auto& [number, text, void_text] : page) {
        after = number;
        const std::string subject = absl::StrCat("technical_number ", number);
        const auto bytes = auditor_.Bytes("technical", subject, "record", text);
        v1::TechnicalCertificate record;
        if (!bytes.has_value()) continue;
        if (!record.ParseFromString(*bytes)) {
          auditor_.Fault("technical", subject, "the column record cannot be read");
          continue;
        }
        held_.push_back({"technical", subject, record.statement(), TechnicalContentType(),
                         record.issuer()});
        if (void_text.has_value()) {
          Hold("technical", subject, "void_statement", *void_text, TechnicalVoidContentType(),
               record.issuer());
        }
      }
      Verify();
      if (page.size() < kPage) return absl::OkStatus();
    }
  }

  absl::Status Confirmations() {
    std::string at_number;
    int64_t at_way = 0, at_version = 0;
    while (true) {
      KP_ASSIGN_OR_RETURN(
          const auto page,
          (session_.Query<std::string, int64_t, int64_t, std::string>(
              "SELECT number, way, version, statement FROM confirmations "
              "WHERE (number, way, version) > (?, ?, ?) ORDER BY number, way, version LIMIT ?",
              at_number, at_way, at_version, kPage)));
      for (const auto& [number, way, version, text] : page) {
        at_number = number;
        at_way = way;
        at_version = version;
        const std::string subject =
            absl::StrCat("number ", number, ", version ", version, ", way ", way);
        auto bytes = auditor_.Bytes("confirmations", subject, "statement", text);
        if (!bytes.has_value()) continue;
        // The first one by the mesh is the use as it was sent, later ones say that they amend.
        const auto parsed = statement::Statement::Parse(*bytes);
        const std::string type =
            way == v1::CONFIRMATION_WAY_PAPER ? ImportConfirmationContentType()
            : version > 1                     ? AmendedConfirmationContentType()
                                              : UseContentType();
        held_.push_back({"confirmations", subject, *std::move(bytes), type,
                         parsed.ok() ? parsed->issuer() : ""});
      }
      Verify();
      if (page.size() < kPage) return absl::OkStatus();
    }
  }

  absl::Status Imports() {
    int64_t after = INT64_MIN;
    while (true) {
      KP_ASSIGN_OR_RETURN(const auto page,
                          (session_.Query<int64_t, std::string>(
                              "SELECT position, record FROM import_book WHERE position > ? "
                              "ORDER BY position LIMIT ?",
                              after, kPage)));
      for (const auto& [position, text] : page) {
        after = position;
        const std::string subject = absl::StrCat("position ", position);
        const auto bytes = auditor_.Bytes("import_book", subject, "record", text);
        v1::ImportEntry entry;
        if (!bytes.has_value()) continue;
        if (!entry.ParseFromString(*bytes)) {
          auditor_.Fault("import_book", subject, "the column record cannot be read");
          continue;
        }
        if (!entry.confirmation().empty()) {
          held_.push_back({"import_book", subject, entry.confirmation(),
                           ImportConfirmationContentType(), entity_});
        }
        if (!entry.import_certificate().statement().empty()) {
          held_.push_back({"import_book", subject, entry.import_certificate().statement(),
                           ImportCertificateContentType(), entity_});
        }
      }
      Verify();
      if (page.size() < kPage) return absl::OkStatus();
    }
  }

  absl::Status Quarters() {
    std::string entity;
    int64_t year = 0, quarter = 0, version = -1;
    while (true) {
      KP_ASSIGN_OR_RETURN(
          const auto page,
          (session_.Query<std::string, int64_t, int64_t, int64_t, std::string>(
              "SELECT entity, year, quarter, version, statement FROM filed_quarters "
              "WHERE (entity, year, quarter, version) > (?, ?, ?, ?) "
              "ORDER BY entity, year, quarter, version LIMIT ?",
              entity, year, quarter, version, kPage)));
      for (const auto& [by, y, q, v, text] : page) {
        entity = by;
        year = y;
        quarter = q;
        version = v;
        Hold("filed_quarters", absl::StrCat(by, " ", y, "-Q", q, " version ", v), "statement", text,
             StatisticsContentType(), by);
      }
      Verify();
      if (page.size() < kPage) return absl::OkStatus();
    }
  }

  absl::Status Parts() {
    std::string partner;
    int64_t year = 0, quarter = 0, version = -1;
    while (true) {
      KP_ASSIGN_OR_RETURN(const auto page,
                          (session_.Query<std::string, int64_t, int64_t, int64_t, std::string>(
                              "SELECT partner, year, quarter, version, statement FROM filed_parts "
                              "WHERE (partner, year, quarter, version) > (?, ?, ?, ?) "
                              "ORDER BY partner, year, quarter, version LIMIT ?",
                              partner, year, quarter, version, kPage)));
      for (const auto& [to, y, q, v, text] : page) {
        partner = to;
        year = y;
        quarter = q;
        version = v;
        Hold("filed_parts", absl::StrCat(y, "-Q", q, " version ", v, " for ", to), "statement",
             text, StatisticsContentType(), entity_);
      }
      Verify();
      if (page.size() < kPage) return absl::OkStatus();
    }
  }

  store::ReadSession& session_;
  const std::string& entity_;
  Auditor& auditor_;
  std::vector<Held> held_;
};

}  // namespace

absl::Status CheckBooks(store::ReadSession& session, const std::string& entity, Auditor& auditor) {
  return BookWalk(session, entity, auditor).Run();
}

}  // namespace kp::certificate
