#include "certificate-svc/domain/numbers.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/error.h"
#include "certificate-svc/domain/events.h"
#include "certificate-svc/domain/once.h"
#include "certificate-svc/domain/record.h"
#include "certificate-svc/store/certificates.h"
#include "certificate-svc/store/serial_ranges.h"
#include "mesh/rpc/page_token.h"
#include "mesh/rpc/reasons.h"
#include "scheme/reasons.h"
#include "scheme/serial_range.h"

namespace kp::certificate {
namespace {

constexpr size_t kDefaultSerialDigits = 7;
constexpr int kFirstYear = 2003;  // the scheme began
constexpr int kLastYear = 2999;   // scheme/dates.h

size_t DigitsOf(const scheme::IssuerProfile& profile) {
  return profile.serial.has_value() && profile.serial->digits > 0
             ? static_cast<size_t>(profile.serial->digits)
             : kDefaultSerialDigits;
}

std::string Numbered(const Environment& env, const scheme::IssuerProfile& profile, int64_t serial) {
  std::string text = absl::StrCat(serial);
  const size_t digits = DigitsOf(profile);
  if (text.size() < digits) text.insert(0, digits - text.size(), '0');
  return absl::StrCat(env.entity.text(), text);
}

// The one spelling of an authority's name, by which ranges are compared.
std::string NameOf(const Environment& env, const SchemeView& view, const std::string& authority) {
  const scheme::Authority* known = view.parties.FindAuthority(env.entity, authority);
  return known == nullptr ? authority : known->name;
}

absl::Status Fault(const char* field, std::string message) {
  return FieldError({scheme::reasons::kRangeMalformed, field, std::move(message), "R06"});
}

// One end of a range: a number of this entity in the form of its profile.
absl::StatusOr<scheme::CertificateNumber> ReadEnd(const Environment& env, const SchemeView& view,
                                                  const std::string& text, const char* field) {
  auto number = scheme::CertificateNumber::Parse(text);
  if (!number.ok()) return WithFieldPrefix(number.status(), field);
  const scheme::Entity* issuer = view.parties.FindIssuer(number->issuer());
  if (issuer == nullptr || issuer->code != env.entity) {
    return FieldError({scheme::reasons::kNumberPrefixWrong, field,
                       absl::StrCat("does not begin with the letters of ", env.entity.text()),
                       "R06"});
  }
  const auto& form = view.parties.ProfileOf(env.entity).serial;
  const std::string& serial = number->serial();
  if (form.has_value() && form->hard &&
      (serial.find_first_not_of("0123456789") != std::string::npos ||
       serial.size() != static_cast<size_t>(form->digits))) {
    return FieldError(
        {scheme::reasons::kNumberSerialForm, field,
         absl::StrCat("a serial of ", env.entity.text(), " has ", form->digits, " digits"), "R06"});
  }
  return number;
}

// The record of what is asked for, without id, officer and time.
absl::StatusOr<pb::SerialRange> ReadRequest(const Environment& env, const SchemeView& view,
                                            const v1::AllotSerialRangeRequest& request) {
  KP_ASSIGN_OR_RETURN(const auto first, ReadEnd(env, view, request.first_number(), "first_number"));
  KP_ASSIGN_OR_RETURN(const auto last, ReadEnd(env, view, request.last_number(), "last_number"));
  KP_RETURN_IF_ERROR(scheme::MakeSerialRange(first, last).status());
  if (!request.text().empty()) KP_RETURN_IF_ERROR(CheckReasons(request.text()));
  pb::SerialRange record;
  record.set_first_number(first.canonical());
  record.set_last_number(last.canonical());
  record.set_text(request.text());
  record.set_blanks(request.blanks());
  if (request.blanks() == pb::CERTIFICATE_STATE_LOST ||
      request.blanks() == pb::CERTIFICATE_STATE_STOLEN) {
    if (!request.authority().empty()) {
      return Fault("authority", "must be empty: blank forms are gone for every authority");
    }
    if (request.year() != 0) {
      return Fault("year", "must be 0: blank forms are gone for every year");
    }
    return record;
  }
  if (request.blanks() != pb::CERTIFICATE_STATE_UNSPECIFIED) {
    return Fault("blanks", "must be LOST or STOLEN, or unspecified to allot a range");
  }
  const scheme::Authority* authority = view.parties.FindAuthority(env.entity, request.authority());
  if (request.authority().empty() || authority == nullptr) {
    return Fault("authority", absl::StrCat("must be an authority that the registry knows of ",
                                           env.entity.text()));
  }
  if (request.year() != 0 && (request.year() < kFirstYear || request.year() > kLastYear)) {
    return Fault("year", absl::StrCat("must be 0, or ", kFirstYear, " to ", kLastYear));
  }
  record.set_authority(authority->name);
  record.set_year(request.year());
  return record;
}

// Decided under the register's row, which the event holds.
absl::Status CheckFree(store::Transaction& tx, const scheme::SerialRange& range) {
  if (range.kind == scheme::RangeKind::kAllotted) {
    KP_ASSIGN_OR_RETURN(const auto other, FindOverlap(tx, range));
    if (!other.has_value()) return absl::OkStatus();
    const std::string year = other->range.year == 0 ? "" : absl::StrCat(" for ", other->range.year);
    return MakeError(absl::StatusCode::kFailedPrecondition, kRangeOverlaps,
                     absl::StrCat(other->range.ToString(), " is allotted to \"",
                                  other->range.authority, "\"", year, " already"));
  }
  constexpr int kNamed = 20;
  KP_ASSIGN_OR_RETURN(std::vector<std::string> given, NumbersGivenOf(tx, range, kNamed + 1));
  if (given.empty()) return absl::OkStatus();
  const bool more = given.size() > kNamed;
  if (more) given.pop_back();
  return FaultError(absl::StatusCode::kFailedPrecondition,
                    {kBlanksIssued, "first_number",
                     absl::StrCat("no blank forms, but issued: ", absl::StrJoin(given, ", "),
                                  more ? " and more" : ""),
                     "R06"});
}

}  // namespace

absl::StatusOr<v1::AllotSerialRangeResponse> SerialRanges::Allot(
    const identity::SpiffeId& caller, const v1::AllotSerialRangeRequest& request) {
  KP_ASSIGN_OR_RETURN(const v1::Officer actor, officers_.PersonOf(caller));
  using Response = v1::AllotSerialRangeResponse;
  return Once<Response>(
      env_, caller.ToString(), "AllotSerialRange", request, [&]() -> absl::StatusOr<Act<Response>> {
        KP_ASSIGN_OR_RETURN(const auto view, env_.scheme.Current());
        KP_ASSIGN_OR_RETURN(pb::SerialRange record, ReadRequest(env_, *view, request));
        if (!record.authority().empty() &&
            record.authority() != NameOf(env_, *view, actor.authority())) {
          KP_ASSIGN_OR_RETURN(
              const bool administers,
              officers_.HasPower(caller, access::v1::POWER_ADMINISTER, env_.clock.Now()));
          if (!administers) {
            return MakeError(absl::StatusCode::kPermissionDenied, kAllotmentNotYours,
                             "only an administrator allots to another authority");
          }
        }
        record.set_id(env_.ids.NewUuid());
        *record.mutable_officer() = actor;
        record.mutable_record_time()->set_seconds(absl::ToUnixSeconds(env_.clock.Now()));
        KP_ASSIGN_OR_RETURN(const scheme::SerialRange range, ReadSerialRange(record));
        const char* const kind = range.kind == scheme::RangeKind::kAllotted     ? "RANGE_ALLOTTED"
                                 : range.kind == scheme::RangeKind::kBlanksLost ? "BLANKS_LOST"
                                                                                : "BLANKS_STOLEN";
        KP_ASSIGN_OR_RETURN(const store::NewEvent event,
                            SignEvent(env_, {.kind = kind,
                                             .subject = record.id(),
                                             .officer = &actor,
                                             .text = record.text(),
                                             .serial_range = &record}));
        return Act<Response>(
            [this, record, range, event](store::Transaction& tx) -> absl::StatusOr<Response> {
              KP_RETURN_IF_ERROR(env_.events.Append(tx, event).status());
              KP_RETURN_IF_ERROR(CheckFree(tx, range));
              KP_RETURN_IF_ERROR(InsertSerialRange(tx, record));
              Response response;
              response.set_range_id(record.id());
              *response.mutable_range() = record;
              return response;
            });
      });
}

absl::StatusOr<v1::ListSerialRangesResponse> SerialRanges::List(
    const identity::SpiffeId& caller, const v1::ListSerialRangesRequest& request) const {
  const std::string binding = absl::StrCat("ListSerialRanges|", caller.ToString());
  KP_ASSIGN_OR_RETURN(const int size, rpc::PageSize(request.page_size(), 50, 500));
  KP_ASSIGN_OR_RETURN(const std::string key, rpc::ReadPageToken(request.page_token(), binding));
  int64_t before = 0;
  if (!key.empty() && !absl::SimpleAtoi(key, &before)) {
    return FieldError({std::string(rpc::kPageTokenInvalid), "page_token", "cannot be read", ""});
  }
  std::vector<SerialRangeRow> rows;
  KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
    KP_ASSIGN_OR_RETURN(rows, ListSerialRanges(session, before, size + 1));
    return absl::OkStatus();
  }));
  v1::ListSerialRangesResponse response;
  if (rows.size() > static_cast<size_t>(size)) {
    rows.pop_back();
    response.set_next_page_token(rpc::MakePageToken(absl::StrCat(rows.back().position), binding));
  }
  for (SerialRangeRow& row : rows) {
    v1::SerialRangeItem& item = *response.add_ranges();
    *item.mutable_range() = std::move(row.record);
    if (row.range.kind != scheme::RangeKind::kAllotted || row.next > row.range.last) continue;
    scheme::SerialKey next = row.range.first;
    next.value = row.next;
    item.set_next_number(scheme::NumberText(next));
  }
  return response;
}

std::string ProvisionalNumber(const Environment& env, const scheme::IssuerProfile& profile) {
  return Numbered(env, profile, 0);
}

absl::StatusOr<std::string> NextNumber(const Environment& env, const SchemeView& view,
                                       const std::string& authority, int year) {
  const std::string name = NameOf(env, view, authority);
  constexpr int kTries = 2000;  // of one transaction: others wait for it
  std::string number;
  std::string ranges;
  while (number.empty()) {
    KP_RETURN_IF_ERROR(env.database.Write([&](store::Transaction& tx) -> absl::Status {
      number.clear();
      KP_ASSIGN_OR_RETURN(const bool kept, HasAllottedRanges(tx));
      if (kept) {
        auto taken = TakeSerial(tx, name, year, kTries);
        if (absl::IsNotFound(taken.status())) {
          KP_ASSIGN_OR_RETURN(ranges, DescribeRanges(tx, name, year));
          return MakeError(
              absl::StatusCode::kFailedPrecondition, kSerialsExhausted,
              ranges.empty()
                  ? absl::StrCat("no range is allotted to \"", name, "\" for ", year)
                  : absl::StrCat("no number is left for \"", name, "\" in ", year, ": ", ranges));
        }
        KP_ASSIGN_OR_RETURN(number, std::move(taken));
        return absl::OkStatus();
      }
      for (bool used = true; used;) {
        KP_ASSIGN_OR_RETURN(const int64_t serial, NextSerial(tx));
        number = Numbered(env, view.parties.ProfileOf(env.entity), serial);
        KP_ASSIGN_OR_RETURN(used, IsNumberUsed(tx, number));
        if (used) continue;
        // Blank forms can be gone where no ranges are kept as well.
        KP_ASSIGN_OR_RETURN(const auto parsed, scheme::CertificateNumber::Parse(number));
        KP_ASSIGN_OR_RETURN(const scheme::SerialFacts facts, FindSerialFacts(tx, parsed));
        used = facts.blank.has_value();
      }
      return absl::OkStatus();
    }));
  }
  return number;
}

absl::Status CheckNumberIsAllotted(store::Transaction& tx, const Environment& env,
                                   const SchemeView& view, const v1::Certificate& record) {
  KP_ASSIGN_OR_RETURN(const auto number, scheme::CertificateNumber::Parse(record.number()));
  KP_ASSIGN_OR_RETURN(const scheme::Date issued, scheme::ParseDate(record.issue_date()));
  KP_ASSIGN_OR_RETURN(const scheme::SerialFacts facts, FindSerialFacts(tx, number));
  const auto finding =
      scheme::CheckSerial(number, facts, NameOf(env, view, record.issuing_authority()),
                          static_cast<int>(issued.year()), "printed_number");
  if (!finding.has_value()) return absl::OkStatus();
  return scheme::RefuseHard({*finding});
}

absl::StatusOr<std::optional<scheme::Finding>> JudgeUnknownNumber(
    store::ReadSession& session, const Environment& env, const SchemeView& view,
    const scheme::CertificateNumber& number, std::optional<scheme::Date> stated_issue_date) {
  KP_ASSIGN_OR_RETURN(scheme::SerialFacts facts, FindSerialFacts(session, number));
  // A number without a record was issued all the same (retention.h).
  KP_ASSIGN_OR_RETURN(facts.archived, IsNumberUsed(session, number.canonical()));
  const scheme::Entity* own = view.parties.FindEntity(env.entity);
  const bool complete = own != nullptr && own->register_complete_from.has_value() &&
                        stated_issue_date.has_value() &&
                        *stated_issue_date >= *own->register_complete_from;
  const int year = stated_issue_date.has_value() ? static_cast<int>(stated_issue_date->year()) : 0;
  return scheme::JudgeUnknownSerial(number, facts, year, complete);
}

}  // namespace kp::certificate
