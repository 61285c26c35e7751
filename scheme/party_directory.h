// Who takes part in the scheme, as of any day: an immutable value that the caller builds from the
// trust documents. Plain structs go in, questions are answered with yes, no or uncertain.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "scheme/codes.h"
#include "scheme/dates.h"
#include "scheme/import_profile.h"
#include "scheme/issuer_profile.h"

namespace kp::scheme {

// Powers of an authority and of an officer.
enum class Power { kIssue, kValidate, kVerify, kAdminister };
const char* PowerName(Power power);  // "issue"

struct Participant {
  ParticipantCode code;
  std::string name;
  // Admissions and withdrawals. A start that no source tells should be bounded by the first list
  // that names the participant (`from.latest`), or every answer about it stays uncertain. Removal
  // and suspension are measures, not ends of a period.
  std::vector<Period> periods;
};

// A body designated by its entity, for the powers listed (CORE V(a)).
struct Authority {
  std::string name;
  std::vector<std::string> aliases;  // other names, spellings, languages
  std::vector<Power> powers;
  std::vector<Period> periods;  // empty: as long as the entity
  std::string zone_name;        // tz database; empty: the profile's
};

// A country or territory whose parties an entity serves.
struct Territory {
  CountryCode country;
  Period period;
};

struct Entity {
  EntityCode code;
  // Empty for a recognised trading entity, which stands for itself (Chinese Taipei).
  ParticipantCode participant;
  std::string name;
  std::vector<Period> periods;  // empty: as long as its participant takes part
  // Another entity whose certificates serve this place: EU for GL and XI. Movements between a place
  // and the entity that serves it need no certificate.
  EntityCode served_by;
  // Where its exporters and importers are. Empty: not known, nothing is checked against it. (A
  // country's own code is implied for an entity of that code.)
  std::vector<Territory> territories;
  std::vector<Authority> authorities;
  bool connected = false;                      // on the mesh
  bool inspection_required = false;            // no validation without one (EU art. 12(2))
  int inspection_percent = 0;                  // of applications that are opened by risk
  bool sources_required = false;               // no issue without them (EU art. 12(1)(a))
  ImportProfile imports;                       // what it asks of imports
  std::vector<std::string> languages;          // beside English, the usual one first (F4)
  std::vector<std::string> paper_features;     // what its paper is recognised by (F6)
  std::optional<Date> register_complete_from;  // every number issued since is on its register
};

// A territory that meets the requirements without being a Participant (KP notice 2003-10-31):
// counts for R03, R17 and R23.
struct TradingEntity {
  EntityCode code;
  std::string name;
  std::vector<Period> periods;
};

struct PartyFacts {
  std::vector<Participant> participants;
  // A participant or trading entity without an entity of its own code gets one implied, not
  // connected, without authorities.
  std::vector<Entity> entities;
  std::vector<TradingEntity> trading_entities;
  // Empty or incomplete: KnownProfile fills in.
  std::vector<IssuerProfile> profiles;
};

// Copies are cheap (shared, immutable); thread-safe.
class PartyDirectory final {
 public:
  // Nobody takes part.
  PartyDirectory();
  // Errors, with the field of `facts`: CODE_UNKNOWN (an entity of a participant, or served by an
  // entity, that the facts do not hold), DUPLICATE_ID (a code or alias twice), PERIOD_REVERSED,
  // ZONE_UNKNOWN.
  static absl::StatusOr<PartyDirectory> Create(PartyFacts facts);

  const Participant* FindParticipant(const ParticipantCode& code) const;
  const Entity* FindEntity(const EntityCode& code) const;
  const TradingEntity* FindTradingEntity(const EntityCode& code) const;
  // The entity whose certificates bear these letters: its code or an alias of its profile.
  const Entity* FindIssuer(const EntityCode& number_prefix) const;
  // The entity that issues for `code`: served_by, else itself. Null when unknown.
  const Entity* IssuerFor(const EntityCode& code) const;
  // The entity that serves a country's parties on a day, if one is known for sure.
  const Entity* EntityOfCountry(const CountryCode& country, Date day) const;
  // The participant that an entity belongs to; its own code for a trading entity or an unknown one.
  ParticipantCode ParticipantOf(const EntityCode& code) const;
  // The participant a country's stones come from: that of its entity, else the country's own code.
  ParticipantCode ParticipantOfCountry(const CountryCode& country, Date day) const;

  // Whether the entity exists and its participant takes part (or it is a recognised trading entity)
  // on that day.
  Certainty Recognised(const EntityCode& code, Date day) const {
    return Recognised(code, day, day);
  }
  // The same for every day from `first` to `last`: no, when it is recognised on none of them.
  Certainty Recognised(const EntityCode& code, Date first, Date last) const;
  // Whether it was recognised on any day at all.
  bool EverRecognised(const EntityCode& code) const;

  const IssuerProfile& ProfileOf(const EntityCode& code) const;
  // An authority of the entity by name or alias (folded). Null when unknown.
  const Authority* FindAuthority(const EntityCode& entity, std::string_view name) const;
  Certainty HasPower(const EntityCode& entity, const Authority& authority, Power power,
                     Date day) const;
  // The zone of an authority of the entity; where the authority is unknown or empty the profile's, else
  // that of the entity's first authority that has one.
  absl::TimeZone ZoneOf(const EntityCode& entity, std::string_view authority) const;

  const PartyFacts& facts() const;

 private:
  struct Index;
  explicit PartyDirectory(std::shared_ptr<const Index> index);
  std::shared_ptr<const Index> index_;
};

}  // namespace kp::scheme
