#include <algorithm>

#include "scheme/measure.h"
#include "scheme/reasons.h"

namespace kp::scheme {
namespace {

bool Contains(const std::vector<std::string>& list, const std::string& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

std::string LineField(std::size_t line, const char* field) {
  return "lines[" + std::to_string(line) + "]." + field;
}

bool SuspendsCountry(MeasureKind kind) {
  return kind == MeasureKind::kSuspension || kind == MeasureKind::kSelfSuspension;
}

// What an officer reads, with the decision cited.
std::string Cite(const Measure& measure, const std::string& what) {
  std::string text = what + ": " + measure.decision;
  if (!measure.source.empty()) text += " (" + measure.source + ")";
  if (measure.demo) text += " [DEMO, not a decision of the scheme]";
  return text;
}

// The participants that a line's stones may come from, and the names on the line.
class Evaluation final {
 public:
  Evaluation(const MeasureBook& book, const PartyDirectory& parties, const Certificate& certificate,
             const MeasureQuestion& question)
      : book_(book), parties_(parties), certificate_(certificate), question_(question) {
    const EntityCode& issuer = certificate.issuing_entity.empty() ? certificate.number.issuer()
                                                                  : certificate.issuing_entity;
    provenance_ = parties.ParticipantOf(issuer);
    if (!certificate.importing_entity.empty()) {
      destination_ = parties.ParticipantOf(certificate.importing_entity);
    }
    if (certificate.origin) {
      for (const CountryCode& country : certificate.origin->countries()) AddOrigin(country);
    }
    for (const Line& line : certificate.lines) {
      if (!line.origin.empty()) AddOrigin(line.origin);
    }
  }

  MeasureOutcome Run() {
    for (const Measure& measure : book_.measures()) One(measure);
    AreaAttestation& attestation = outcome_.attestation;
    attestation.day = question_.decided_last;
    attestation.clear = !blocked_;
    attestation.countersigned = certificate_.countersigned;
    std::sort(attestation.measures.begin(), attestation.measures.end());
    std::sort(attestation.countersigned.begin(), attestation.countersigned.end());
    return std::move(outcome_);
  }

 private:
  void AddOrigin(const CountryCode& country) {
    origins_.push_back(parties_.ParticipantOfCountry(country, question_.decided_last));
  }

  bool IsOrigin(const ParticipantCode& code) const {
    return std::find(origins_.begin(), origins_.end(), code) != origins_.end();
  }

  bool Concerns(const Measure& measure) const {
    return measure.participant == provenance_ || IsOrigin(measure.participant);
  }

  Certainty InForce(const Measure& measure) const {
    return measure.period.Covers(question_.decided_first, question_.decided_last);
  }

  void Add(Severity severity, const char* reason, const Measure& measure, const std::string& what,
           const std::string& pointer = "", const char* rule = "R15") {
    outcome_.findings.push_back({rule, severity, pointer, Cite(measure, what), reason});
  }

  // A refusal, softened where the sources do not tell whether the measure was in force.
  void Refuse(Certainty in_force, const char* reason, const Measure& measure,
              const std::string& what, const std::string& pointer = "", const char* rule = "R15") {
    if (in_force == Certainty::kYes) {
      Add(Severity::kHard, reason, measure, what, pointer, rule);
    } else {
      Add(Severity::kRefer, reasons::kMeasureDateUncertain, measure,
          what + " (whether it was in force on the deciding date is not certain)", pointer, rule);
    }
  }

  void One(const Measure& measure) {
    if (measure.kind == MeasureKind::kRemoval) {
      Removal(measure);
      return;
    }
    const Certainty in_force = InForce(measure);
    if (in_force == Certainty::kNo) return;
    Destination(measure, in_force);
    if (!Concerns(measure)) return;
    switch (measure.kind) {
      case MeasureKind::kEmbargo:
        Refuse(in_force, reasons::kEmbargo, measure, "embargo on " + measure.participant.text());
        break;
      case MeasureKind::kEmbargoExceptGovernmentCertificate:
        ExceptGovernmentCertificate(measure);
        break;
      case MeasureKind::kSuspension:
      case MeasureKind::kSelfSuspension:
        Suspension(measure, in_force);
        break;
      case MeasureKind::kAreaRestriction:
        AreaRestriction(measure, in_force);
        break;
      case MeasureKind::kAreaPermission:
      case MeasureKind::kOperationPermission:
        // They act through the suspension or restriction that they free from.
        if (question_.view == MeasureView::kIssuer) LookedAt(measure);
        break;
      case MeasureKind::kCountersignature:
        Countersignature(measure, in_force);
        break;
      case MeasureKind::kEnhancedVigilance:
        Vigilance(measure);
        break;
      case MeasureKind::kRemoval:
        break;
    }
  }

  // Decides on the day of presentation, whatever the day of export: all certificates of a removed
  // participant are refused at once. Exported while removed is refused as well.
  void Removal(const Measure& measure) {
    const Certainty at_export = InForce(measure);
    const Certainty now = measure.period.Covers(question_.presentation);
    Destination(measure, at_export);
    const bool its_own = measure.participant == provenance_;
    if (!its_own && !IsOrigin(measure.participant)) return;
    const Certainty in_force = its_own ? std::max(now, at_export) : at_export;
    if (in_force == Certainty::kNo) return;
    Refuse(in_force, reasons::kParticipantRemoved, measure,
           measure.participant.text() + " is removed from the list of Participants");
  }

  // Nothing goes to a Participant that is removed or suspended (R03).
  void Destination(const Measure& measure, Certainty in_force) {
    const bool bars = measure.kind == MeasureKind::kRemoval || SuspendsCountry(measure.kind);
    if (!bars || in_force == Certainty::kNo || measure.participant != destination_) return;
    Refuse(in_force, reasons::kDestinationSuspended, measure,
           "the importing side " + destination_.text() + " is suspended or removed",
           "importing_entity", "R03");
  }

  void ExceptGovernmentCertificate(const Measure& measure) {
    if (measure.participant == provenance_) {
      Add(Severity::kInfo, reasons::kMeasurePermits, measure,
          "certified by the government of " + measure.participant.text());
    } else {
      Add(Severity::kRefer, reasons::kGovernmentCertificateNeeded, measure,
          "stones of " + measure.participant.text() +
              " need the certificate of its government behind them");
    }
  }

  // The area permissions in force inside a suspended participant.
  std::vector<const Measure*> Permissions(MeasureKind kind, const ParticipantCode& code) const {
    std::vector<const Measure*> found;
    for (const Measure& measure : book_.measures()) {
      if (measure.kind == kind && measure.participant == code &&
          InForce(measure) == Certainty::kYes) {
        found.push_back(&measure);
      }
    }
    return found;
  }

  void Suspension(const Measure& measure, Certainty in_force) {
    const std::string what = measure.participant.text() + " is suspended";
    const auto permissions = Permissions(MeasureKind::kAreaPermission, measure.participant);
    if (permissions.empty()) {
      Refuse(in_force, reasons::kParticipantSuspended, measure, what);
      return;
    }
    if (question_.view != MeasureView::kIssuer) {
      RequireAttestation(measure, in_force, what + ", but for permitted areas");
      return;
    }
    LookedAt(measure);
    if (Inherited(measure, what)) return;
    for (std::size_t i = 0; i < certificate_.lines.size(); ++i) {
      if (!LineConcerned(i, measure)) continue;
      const Area* area = book_.FindArea(measure.participant, certificate_.lines[i].area);
      if (area == nullptr) {
        Block(in_force, reasons::kAreaNotStated, measure, what + ": state a permitted area",
              LineField(i, "area"));
      } else if (std::none_of(permissions.begin(), permissions.end(),
                              [&](const Measure* permission) {
                                return Contains(permission->areas, area->id);
                              })) {
        Block(in_force, reasons::kAreaRestricted, measure,
              what + ": no permission for " + area->name, LineField(i, "area"));
      }
    }
  }

  void AreaRestriction(const Measure& measure, Certainty in_force) {
    if (question_.view != MeasureView::kIssuer) {
      RequireAttestation(measure, in_force,
                         "areas of " + measure.participant.text() + " are restricted");
      return;
    }
    LookedAt(measure);
    if (Inherited(measure, "areas of " + measure.participant.text() + " are restricted")) return;
    const auto permissions = Permissions(MeasureKind::kOperationPermission, measure.participant);
    for (std::size_t i = 0; i < certificate_.lines.size(); ++i) {
      if (!LineConcerned(i, measure)) continue;
      const Line& line = certificate_.lines[i];
      const Area* area = book_.FindArea(measure.participant, line.area);
      const Operation* operation = book_.FindOperation(measure.participant, line.operation);
      if (measure.scope == MeasureScope::kOperation) {
        if (operation == nullptr) {
          Block(in_force, reasons::kAreaNotStated, measure,
                "operations of " + measure.participant.text() +
                    " are restricted: state the operation",
                LineField(i, "operation"));
        } else if (Contains(measure.operations, operation->id)) {
          Block(in_force, reasons::kAreaRestricted, measure, operation->name + " is restricted",
                LineField(i, "operation"));
        }
        continue;
      }
      if (area == nullptr) {
        Block(in_force, reasons::kAreaNotStated, measure,
              "areas of " + measure.participant.text() + " are restricted: state the area",
              LineField(i, "area"));
        continue;
      }
      if (!Contains(measure.areas, area->id)) continue;
      const bool freed =
          operation != nullptr &&
          std::any_of(permissions.begin(), permissions.end(), [&](const Measure* permission) {
            return Contains(permission->operations, operation->id);
          });
      if (!freed) {
        Block(in_force, reasons::kAreaRestricted, measure, area->name + " is restricted",
              LineField(i, "area"));
      }
    }
  }

  void Countersignature(const Measure& measure, Certainty in_force) {
    const std::string what = "a countersignature of " + measure.countersigner_role + " is needed";
    const bool whole_country =
        measure.scope == MeasureScope::kCountry || measure.scope == MeasureScope::kShipment;
    // Each shipment of the participant itself; a re-exporter's shipments are not its monitor's.
    if (whole_country && measure.participant != provenance_) return;
    if (question_.view != MeasureView::kIssuer) {
      RequireAttestation(measure, in_force, what);
      return;
    }
    LookedAt(measure);
    if (!whole_country && !AnyLineIn(measure)) return;
    if (Contains(certificate_.countersigned, measure.countersigner_role)) {
      Add(Severity::kInfo, reasons::kMeasurePermits, measure,
          "countersigned by " + measure.countersigner_role);
    } else if (question_.countersignature_due) {
      Block(in_force, reasons::kCountersignatureMissing, measure, what, "");
    } else {
      Add(Severity::kInfo, reasons::kCountersignatureMissing, measure, what + " before validation");
    }
  }

  void Vigilance(const Measure& measure) {
    if (measure.scope == MeasureScope::kArea) {
      if (question_.view != MeasureView::kIssuer) return;
      LookedAt(measure);
      if (!AnyLineIn(measure)) return;
    }
    Add(Severity::kRefer, reasons::kEnhancedVigilance, measure,
        "heightened attention for " + measure.participant.text());
  }

  // Whether the stones of a line are, or for all that is known may be, of the measure's
  // participant.
  bool LineConcerned(std::size_t i, const Measure& measure) const {
    const Line& line = certificate_.lines[i];
    if (!line.origin.empty()) {
      return parties_.ParticipantOfCountry(line.origin, question_.decided_last) ==
             measure.participant;
    }
    if (certificate_.origin && certificate_.origin->kind() != Origin::Kind::kMixedUndisclosed) {
      return IsOrigin(measure.participant);
    }
    return measure.participant == provenance_;
  }

  // Whether a line is, or may be, of one of the areas or operations of the measure.
  bool AnyLineIn(const Measure& measure) const {
    for (std::size_t i = 0; i < certificate_.lines.size(); ++i) {
      if (!LineConcerned(i, measure)) continue;
      const Line& line = certificate_.lines[i];
      if (measure.scope == MeasureScope::kOperation) {
        const Operation* operation = book_.FindOperation(measure.participant, line.operation);
        if (operation == nullptr || Contains(measure.operations, operation->id)) return true;
      } else {
        const Area* area = book_.FindArea(measure.participant, line.area);
        if (area == nullptr || Contains(measure.areas, area->id)) return true;
      }
    }
    return false;
  }

  // A re-exporter does not know the areas: the attestations of the certificates that the stones came
  // with speak for it, when each of them does.
  bool Inherited(const Measure& measure, const std::string& what) {
    const auto& sources = certificate_.sources;
    if (measure.participant == provenance_ || sources.empty()) return false;
    const bool all = std::all_of(sources.begin(), sources.end(), [&](const SourceDraw& source) {
      return std::any_of(source.attestations.begin(), source.attestations.end(),
                         [&](const AreaAttestation& attestation) {
                           return attestation.clear && Contains(attestation.measures, measure.id);
                         });
    });
    if (all) {
      Add(Severity::kInfo, reasons::kMeasurePermits, measure,
          what + "; the issuers of the sources attest it clear");
    }
    return all;
  }

  void LookedAt(const Measure& measure) { outcome_.attestation.measures.push_back(measure.id); }

  void Block(Certainty in_force, const char* reason, const Measure& measure,
             const std::string& what, const std::string& pointer) {
    blocked_ = true;
    Refuse(in_force, reason, measure, what, pointer);
  }

  // What only the issuer can decide, and has to attest.
  void RequireAttestation(const Measure& measure, Certainty in_force, const std::string& what) {
    const auto& attestations = certificate_.attestations;
    const bool attested = std::any_of(
        attestations.begin(), attestations.end(), [&](const AreaAttestation& attestation) {
          return attestation.clear && Contains(attestation.measures, measure.id);
        });
    if (attested) {
      Add(Severity::kInfo, reasons::kMeasurePermits, measure,
          what + "; the issuer attests it clear");
      return;
    }
    // A paper shows no attestation, and of a decision that was entered after the export the issuer
    // could not know: neither proves anything against the certificate.
    const bool known_to_issuer =
        DayInZone(measure.recorded_at, absl::UTCTimeZone()) < question_.decided_last;
    const bool must =
        question_.view == MeasureView::kStatement && known_to_issuer && in_force == Certainty::kYes;
    Add(must ? Severity::kHard : Severity::kRefer, reasons::kMeasureNotAttested, measure,
        what + "; no attestation of the issuer");
  }

  const MeasureBook& book_;
  const PartyDirectory& parties_;
  const Certificate& certificate_;
  const MeasureQuestion& question_;
  ParticipantCode provenance_;
  ParticipantCode destination_;
  std::vector<ParticipantCode> origins_;
  MeasureOutcome outcome_;
  bool blocked_ = false;
};

}  // namespace

MeasureOutcome EvaluateMeasures(const MeasureBook& book, const PartyDirectory& parties,
                                const Certificate& certificate, const MeasureQuestion& question) {
  return Evaluation(book, parties, certificate, question).Run();
}

std::vector<Finding> UnknownPlaces(const MeasureBook& book, const PartyDirectory& parties,
                                   const Certificate& certificate, Date day) {
  std::vector<Finding> findings;
  for (std::size_t i = 0; i < certificate.lines.size(); ++i) {
    const Line& line = certificate.lines[i];
    ParticipantCode participant = parties.ParticipantOf(certificate.issuing_entity);
    if (!line.origin.empty()) {
      participant = parties.ParticipantOfCountry(line.origin, day);
    } else if (certificate.origin && certificate.origin->kind() == Origin::Kind::kSingle) {
      participant = parties.ParticipantOfCountry(certificate.origin->countries().front(), day);
    }
    if (!line.area.empty() && book.FindArea(participant, line.area) == nullptr) {
      findings.push_back({"R15", Severity::kHard, LineField(i, "area"),
                          "'" + line.area + "' is no known area of " + participant.text(),
                          reasons::kAreaUnknown});
    }
    if (!line.operation.empty() && book.FindOperation(participant, line.operation) == nullptr) {
      findings.push_back({"R15", Severity::kHard, LineField(i, "operation"),
                          "'" + line.operation + "' is no known operation of " + participant.text(),
                          reasons::kOperationUnknown});
    }
  }
  return findings;
}

}  // namespace kp::scheme
