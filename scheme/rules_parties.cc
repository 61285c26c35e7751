// The rules that are decided by who takes part, by days, and by measures.
#include "scheme/reasons.h"
#include "scheme/rule_checks.h"

namespace kp::scheme {
namespace {

std::string OnDays(const std::pair<Date, Date>& days) {
  if (days.first == days.second) return " on " + FormatDate(days.first);
  return " from " + FormatDate(days.first) + " to " + FormatDate(days.second);
}

void NeedParticipant(RuleContext& context, const EntityCode& code, const char* side,
                     const char* pointer) {
  const std::pair<Date, Date> days = context.export_days();
  const Certainty answer = context.input.parties.Recognised(code, days.first, days.second);
  const std::string who = std::string(side) + " " + code.text();
  if (answer == Certainty::kNo) {
    context.Find(Severity::kHard, reasons::kNotAParticipant, pointer,
                 who + " was no active Participant" + OnDays(days));
  } else if (answer == Certainty::kUncertain) {
    context.Find(Severity::kRefer, reasons::kParticipationUncertain, pointer,
                 "it cannot be told whether " + who + " was an active Participant" + OnDays(days));
  }
}

// An act on `day` lies within the certificate's validity.
void NeedWithinValidity(RuleContext& context, Date day, const char* pointer, const char* act) {
  const Certificate& certificate = context.certificate;
  if (certificate.expiry_date && day > *certificate.expiry_date) {
    context.Find(Severity::kHard, reasons::kActAfterExpiry, pointer,
                 std::string(act) + " on " + FormatDate(day) + " comes after expiry on " +
                     FormatDate(*certificate.expiry_date));
  }
  if (certificate.issue_date && day < *certificate.issue_date) {
    context.Find(Severity::kHard, reasons::kDateOfIssueWrong, pointer,
                 std::string(act) + " on " + FormatDate(day) + " comes before issue on " +
                     FormatDate(*certificate.issue_date));
  }
}

}  // namespace

// An issuer that nobody knows is R23's, an unknown destination R17's.
void CheckParticipants(RuleContext& context) {
  const PartyDirectory& parties = context.input.parties;
  const Entity* exporter = parties.FindIssuer(context.issuer());
  if (exporter != nullptr) {
    NeedParticipant(context, exporter->code, "the exporting side", "issuing_entity");
  }
  const EntityCode& importer = context.certificate.importing_entity;
  if (parties.FindEntity(importer) != nullptr) {
    NeedParticipant(context, importer, "the importing side", "importing_entity");
  }
}

void CheckEntities(RuleContext& context) {
  const PartyDirectory& parties = context.input.parties;
  const Entity* exporting = parties.IssuerFor(context.issuer());
  const Entity* importing = parties.IssuerFor(context.certificate.importing_entity);
  if (exporting == nullptr || exporting != importing) return;
  context.Find(Severity::kHard, reasons::kSameEntity, "importing_entity",
               "no certificate exists for a movement within " + exporting->code.text());
}

void CheckNumber(RuleContext& context) {
  const Certificate& certificate = context.certificate;
  const CertificateNumber& number = certificate.number;
  if (number.empty()) return;
  const PartyDirectory& parties = context.input.parties;
  const Entity* claimed = parties.FindIssuer(number.issuer());
  const EntityCode& entity = certificate.issuing_entity;
  // Letters that nobody has are R23's, unless the register itself is to give them.
  const bool other = claimed == nullptr ? entity != number.issuer() : claimed->code != entity;
  if (!entity.empty() && other) {
    context.Find(
        Severity::kHard, reasons::kNumberPrefixWrong, "number",
        "begins with " + number.issuer().text() + ", not with the letters of " + entity.text());
  }
  if (claimed == nullptr) return;
  const std::optional<SerialForm>& form = parties.ProfileOf(claimed->code).serial;
  if (!form) return;
  const std::string& serial = number.serial();
  const bool digits_only = serial.find_first_not_of("0123456789") == std::string::npos;
  if (digits_only && serial.size() == static_cast<std::size_t>(form->digits)) return;
  context.Find(
      form->hard ? Severity::kHard : Severity::kRefer, reasons::kNumberSerialForm, "number",
      "a serial of " + claimed->code.text() + " has " + std::to_string(form->digits) + " digits");
}

void CheckDates(RuleContext& context) {
  const Certificate& certificate = context.certificate;
  const Date today = context.input.today;
  if (certificate.issue_date) {
    const Date issue = *certificate.issue_date;
    // The zone of an unknown issuer may be a day off.
    const bool wrong = context.stage == Stage::kIssue ? issue != today : issue > today + 1;
    if (wrong) {
      context.Find(Severity::kHard, reasons::kDateOfIssueWrong, "issue_date",
                   FormatDate(issue) +
                       (context.stage == Stage::kIssue ? " is not the day of issue, "
                                                       : " lies after today, ") +
                       FormatDate(today));
    }
  }
  if (certificate.issue_date && certificate.expiry_date) {
    const Date issue = *certificate.issue_date;
    const Date expiry = *certificate.expiry_date;
    const ValidityLimit& limit = context.input.parties.ProfileOf(context.issuer()).validity;
    if (expiry < issue) {
      context.Find(Severity::kHard, reasons::kExpiryBeforeIssue, "expiry_date",
                   FormatDate(expiry) + " lies before issue on " + FormatDate(issue));
    } else if (expiry > limit.LatestExpiry(issue)) {
      context.Find(limit.hard ? Severity::kHard : Severity::kRefer, reasons::kValidityTooLong,
                   "expiry_date",
                   FormatDate(expiry) + " is later than " + limit.ToString() + " after issue, " +
                       FormatDate(limit.LatestExpiry(issue)) +
                       (limit.hard ? "" : " (a usual length, not this issuer's known limit)"));
    }
  }
  if (certificate.validation) {
    NeedWithinValidity(context, certificate.validation->day, "validation.day", "validation");
  }
  if (certificate.export_date) {
    NeedWithinValidity(context, *certificate.export_date, "export_date", "export");
    if (context.stage == Stage::kExport && *certificate.export_date > today) {
      context.Find(Severity::kHard, reasons::kDateInFuture, "export_date",
                   FormatDate(*certificate.export_date) + " lies after today, " +
                       FormatDate(today));
    }
  }
}

void CheckValidator(RuleContext& context) {
  const RuleInput& input = context.input;
  if (context.stage == Stage::kValidation &&
      (input.validated_by.empty() || input.validated_by == input.issued_by)) {
    context.Find(Severity::kHard, reasons::kSamePerson, "validation",
                 "the person who issued cannot validate: another person must");
  }
  if (!context.certificate.validation) return;
  const Validation& validation = *context.certificate.validation;
  const Entity* entity = input.parties.FindIssuer(context.issuer());
  // Of another entity whose authorities are not known, nothing can be said.
  if (context.presented() && (entity == nullptr || entity->authorities.empty())) return;
  const EntityCode code = entity == nullptr ? context.issuer() : entity->code;
  const Authority* authority = input.parties.FindAuthority(code, validation.authority);
  const Certainty power =
      authority == nullptr
          ? Certainty::kUncertain
          : input.parties.HasPower(code, *authority, Power::kValidate, validation.day);
  if (power == Certainty::kYes) return;
  const bool hard = !context.presented() || power == Certainty::kNo;
  context.Find(hard ? Severity::kHard : Severity::kRefer, reasons::kAuthorityNotDesignated,
               "validation.authority",
               "'" + validation.authority + "' is not known to be designated by " + code.text() +
                   " to validate on " + FormatDate(validation.day));
}

void CheckMeasures(RuleContext& context) {
  const RuleInput& input = context.input;
  if (context.stage == Stage::kApplication || context.stage == Stage::kIssue) {
    for (Finding& finding :
         UnknownPlaces(input.measures, input.parties, context.certificate, input.today)) {
      context.result.findings.push_back(std::move(finding));
    }
  }
  if (context.stage == Stage::kApplication) return;
  const std::pair<Date, Date> days = context.export_days();
  MeasureQuestion question;
  question.view = context.presented() ? input.view : MeasureView::kIssuer;
  question.decided_first = days.first;
  question.decided_last = days.second;
  question.presentation = input.today;
  question.countersignature_due = context.stage != Stage::kIssue;
  MeasureOutcome outcome =
      EvaluateMeasures(input.measures, input.parties, context.certificate, question);
  for (Finding& finding : outcome.findings) context.result.findings.push_back(std::move(finding));
  context.result.attestation = std::move(outcome.attestation);
}

void CheckDestination(RuleContext& context) {
  const Certificate& certificate = context.certificate;
  if (certificate.importing_entity.empty()) return;
  const PartyDirectory& parties = context.input.parties;
  const Entity* importing = parties.IssuerFor(certificate.importing_entity);
  if (importing == nullptr) {
    context.Find(Severity::kHard, reasons::kDestinationWrong, "importing_entity",
                 certificate.importing_entity.text() + " is no issuing entity of a Participant");
    return;
  }
  const CountryCode& country = certificate.importer.country;
  const Entity* named = parties.FindEntity(certificate.importing_entity);
  if (country.empty() || (importing->territories.empty() && named->territories.empty())) return;
  const Entity* there = parties.EntityOfCountry(country, context.export_days().second);
  const Entity* serving = there == nullptr ? nullptr : parties.IssuerFor(there->code);
  if (serving == importing) return;
  context.Find(Severity::kHard, reasons::kDestinationWrong, "importer.country",
               country.text() + " is no territory of " + importing->code.text());
}

void CheckIssuerIsReal(RuleContext& context) {
  const EntityCode issuer = context.issuer();
  if (issuer.empty()) return;
  const PartyDirectory& parties = context.input.parties;
  const Entity* entity = parties.FindIssuer(issuer);
  const char* const pointer = context.certificate.number.empty() ? "issuing_entity" : "number";
  const auto fake = [&](const std::string& when) {
    context.Find(
        Severity::kHard, reasons::kIssuerNotAParticipant, pointer,
        issuer.text() + " was neither a Participant nor a recognised trading entity" + when);
  };
  if (entity == nullptr || !parties.EverRecognised(entity->code)) return fake("");
  const std::optional<Date>& issued = context.certificate.issue_date;
  const Date day = issued.value_or(context.input.today);
  const Certainty answer = parties.Recognised(entity->code, day);
  if (answer == Certainty::kYes) return;
  // Without a date of issue it may have been issued when its issuer took part.
  if (answer == Certainty::kNo && issued) return fake(" on " + FormatDate(day));
  context.Find(Severity::kRefer, reasons::kParticipationUncertain, pointer,
               "it cannot be told whether " + issuer.text() + " took part on the day of issue" +
                   (issued ? ", " + FormatDate(day) + ": the sources tell its beginning or end "
                                                      "less exactly; if it did not, the "
                                                      "certificate is a fake"
                           : std::string(", which is not stated")));
}

void CheckExpired(RuleContext& context) {
  const Certificate& certificate = context.certificate;
  if (!certificate.expiry_date || context.input.today <= *certificate.expiry_date) return;
  const bool in_time =
      certificate.export_date && *certificate.export_date <= *certificate.expiry_date;
  context.Find(in_time ? Severity::kInfo : Severity::kRefer, reasons::kCertificateExpired,
               "expiry_date",
               "expired on " + FormatDate(*certificate.expiry_date) +
                   (in_time ? "; exported in time" : "; no export in time is known"));
}

void CheckStatisticsFiled(RuleContext& context) {
  const auto& known = context.input.statistics;
  const Quarter due = LastDueQuarter(context.input.today);
  if (!known.has_value() || due.first_day() < known->since) {
    context.decided = false;
    return;
  }
  if (known->latest.has_value() && *known->latest >= due) return;
  context.Find(Severity::kInfo, reasons::kStatisticsNotFiled, "number",
               context.issuer().text() + " has not filed its trade of " + due.ToString() +
                   ", due on " + FormatDate(due.due_day()));
}

}  // namespace kp::scheme
