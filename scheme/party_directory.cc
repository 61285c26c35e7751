#include "scheme/party_directory.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "scheme/reasons.h"
#include "scheme/text.h"

namespace kp::scheme {

struct PartyDirectory::Index {
  PartyFacts facts;
  std::map<ParticipantCode, const Participant*> participants;
  std::map<EntityCode, const Entity*> entities;
  std::map<EntityCode, const TradingEntity*> trading_entities;
  std::map<EntityCode, const Entity*> issuers;  // by code and alias
  std::map<EntityCode, IssuerProfile> profiles;
  std::map<EntityCode, absl::TimeZone> zones;
  std::map<const Authority*, absl::TimeZone> authority_zones;
  IssuerProfile unknown_profile;
};

namespace {

using Path = std::string;

absl::Status Contradiction(const char* reason, const Path& field, const std::string& message) {
  return FieldError({reason, field, message, ""});
}

Path At(const char* list, std::size_t i) {
  return std::string(list) + "[" + std::to_string(i) + "]";
}

absl::Status CheckPeriods(std::span<const Period> periods, const Path& field) {
  for (std::size_t i = 0; i < periods.size(); ++i) {
    const Period& period = periods[i];
    if (period.until && period.until->latest && period.from.earliest &&
        *period.until->latest <= *period.from.earliest) {
      return Contradiction(reasons::kPeriodReversed, field + "." + At("periods", i),
                           "ends before it begins");
    }
  }
  return absl::OkStatus();
}

EntityCode EntityOf(const ParticipantCode& code) {
  return EntityCode::Parse(code.text()).value_or(EntityCode());
}

// Entities for the participants and trading entities that issue under their own code, and the
// territory of the same code.
void AddImplied(PartyFacts& facts) {
  const auto listed = [&](const EntityCode& code) {
    return std::any_of(facts.entities.begin(), facts.entities.end(),
                       [&](const Entity& entity) { return entity.code == code; });
  };
  for (const Participant& participant : facts.participants) {
    if (listed(EntityOf(participant.code))) continue;
    Entity entity;
    entity.code = EntityOf(participant.code);
    entity.participant = participant.code;
    entity.name = participant.name;
    facts.entities.push_back(std::move(entity));
  }
  for (const TradingEntity& trading : facts.trading_entities) {
    if (listed(trading.code)) continue;
    Entity entity;
    entity.code = trading.code;
    entity.name = trading.name;
    facts.entities.push_back(std::move(entity));
  }
  const Period always = {UncertainDate::On(Date(1900, 1, 1)), std::nullopt};
  for (Entity& entity : facts.entities) {
    const absl::StatusOr<CountryCode> own = CountryCode::Parse(entity.code.text());
    if (!own.ok()) continue;
    if (std::none_of(entity.territories.begin(), entity.territories.end(),
                     [&](const Territory& territory) { return territory.country == *own; })) {
      entity.territories.push_back({*own, always});
    }
  }
}

}  // namespace

PartyDirectory::PartyDirectory() : index_(std::make_shared<const Index>()) {}
PartyDirectory::PartyDirectory(std::shared_ptr<const Index> index) : index_(std::move(index)) {}

absl::StatusOr<PartyDirectory> PartyDirectory::Create(PartyFacts given) {
  auto index = std::make_shared<Index>();
  index->facts = std::move(given);
  AddImplied(index->facts);
  const PartyFacts& facts = index->facts;

  for (std::size_t i = 0; i < facts.participants.size(); ++i) {
    const Participant& participant = facts.participants[i];
    const Path path = At("participants", i);
    KP_RETURN_IF_ERROR(CheckPeriods(participant.periods, path));
    if (!index->participants.emplace(participant.code, &participant).second) {
      return Contradiction(reasons::kDuplicateId, path + ".code", participant.code.text());
    }
  }
  for (std::size_t i = 0; i < facts.trading_entities.size(); ++i) {
    const TradingEntity& trading = facts.trading_entities[i];
    const Path path = At("trading_entities", i);
    KP_RETURN_IF_ERROR(CheckPeriods(trading.periods, path));
    if (!index->trading_entities.emplace(trading.code, &trading).second) {
      return Contradiction(reasons::kDuplicateId, path + ".code", trading.code.text());
    }
  }
  for (std::size_t i = 0; i < facts.entities.size(); ++i) {
    const Entity& entity = facts.entities[i];
    if (!index->entities.emplace(entity.code, &entity).second) {
      return Contradiction(reasons::kDuplicateId, At("entities", i) + ".code", entity.code.text());
    }
    // A place that another entity serves prints no certificates of its own.
    if (entity.served_by.empty()) index->issuers.emplace(entity.code, &entity);
    index->profiles.emplace(entity.code, KnownProfile(entity.code));
  }
  for (const IssuerProfile& profile : facts.profiles) {
    index->profiles.insert_or_assign(profile.code, profile);
  }
  for (const auto& [code, profile] : index->profiles) {
    const auto entity = index->entities.find(code);
    if (entity == index->entities.end()) continue;
    for (const EntityCode& alias : profile.aliases) {
      if (!index->issuers.emplace(alias, entity->second).second) {
        return Contradiction(reasons::kDuplicateId, "profiles",
                             "alias " + alias.text() + " of " + code.text() + " is taken");
      }
    }
    absl::StatusOr<absl::TimeZone> zone = LoadZone(profile.zone_name);
    if (!zone.ok()) return WithFieldPrefix(zone.status(), "profiles." + code.text() + ".zone_name");
    // UTC is what a profile has that tells none.
    if (profile.zone_name != "UTC") index->zones.emplace(code, *zone);
  }
  for (std::size_t i = 0; i < facts.entities.size(); ++i) {
    const Entity& entity = facts.entities[i];
    const Path path = At("entities", i);
    KP_RETURN_IF_ERROR(CheckPeriods(entity.periods, path));
    const bool known = entity.participant.empty()
                           ? index->trading_entities.contains(entity.code)
                           : index->participants.contains(entity.participant);
    if (!known) {
      return Contradiction(reasons::kCodeUnknown, path + ".participant",
                           entity.code.text() + " belongs to no participant of these facts");
    }
    if (!entity.served_by.empty()) {
      const auto server = index->entities.find(entity.served_by);
      if (server == index->entities.end() || !server->second->served_by.empty()) {
        return Contradiction(reasons::kCodeUnknown, path + ".served_by",
                             entity.served_by.text() + " is no entity that serves others");
      }
    }
    for (std::size_t j = 0; j < entity.authorities.size(); ++j) {
      const Authority& authority = entity.authorities[j];
      const Path authority_path = path + "." + At("authorities", j);
      KP_RETURN_IF_ERROR(CheckPeriods(authority.periods, authority_path));
      if (authority.zone_name.empty()) continue;
      absl::StatusOr<absl::TimeZone> zone = LoadZone(authority.zone_name);
      if (!zone.ok()) return WithFieldPrefix(zone.status(), authority_path + ".zone_name");
      index->authority_zones.emplace(&authority, *zone);
      index->zones.emplace(entity.code, *zone);
    }
  }
  return PartyDirectory(std::move(index));
}

namespace {

template <class Map, class Key>
auto Lookup(const Map& map, const Key& key) -> typename Map::mapped_type {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : found->second;
}

}  // namespace

const Participant* PartyDirectory::FindParticipant(const ParticipantCode& code) const {
  return Lookup(index_->participants, code);
}

const Entity* PartyDirectory::FindEntity(const EntityCode& code) const {
  return Lookup(index_->entities, code);
}

const TradingEntity* PartyDirectory::FindTradingEntity(const EntityCode& code) const {
  return Lookup(index_->trading_entities, code);
}

const Entity* PartyDirectory::FindIssuer(const EntityCode& number_prefix) const {
  return Lookup(index_->issuers, number_prefix);
}

const Entity* PartyDirectory::IssuerFor(const EntityCode& code) const {
  const Entity* entity = FindEntity(code);
  if (entity == nullptr || entity->served_by.empty()) return entity;
  return FindEntity(entity->served_by);
}

const Entity* PartyDirectory::EntityOfCountry(const CountryCode& country, Date day) const {
  const Entity* found = nullptr;
  for (const Entity& entity : index_->facts.entities) {
    const bool serves = std::any_of(
        entity.territories.begin(), entity.territories.end(), [&](const Territory& territory) {
          return territory.country == country && territory.period.Covers(day) == Certainty::kYes;
        });
    // Great Britain was the EU's territory before it was an entity of its own.
    if (!serves || Recognised(entity.code, day) == Certainty::kNo) continue;
    if (found == nullptr || entity.code.text() == country.text()) found = &entity;
  }
  return found;
}

ParticipantCode PartyDirectory::ParticipantOf(const EntityCode& code) const {
  const Entity* entity = FindEntity(code);
  if (entity != nullptr && !entity->participant.empty()) return entity->participant;
  return ParticipantCode::Parse(code.text()).value_or(ParticipantCode());
}

ParticipantCode PartyDirectory::ParticipantOfCountry(const CountryCode& country, Date day) const {
  const Entity* entity = EntityOfCountry(country, day);
  if (entity != nullptr) return ParticipantOf(entity->code);
  return ParticipantCode::Parse(country.text()).value_or(ParticipantCode());
}

Certainty PartyDirectory::Recognised(const EntityCode& code, Date first, Date last) const {
  const Entity* entity = FindEntity(code);
  if (entity == nullptr) return Certainty::kNo;
  Certainty answer = Certainty::kNo;
  if (entity->participant.empty()) {
    answer = AnyCovers(FindTradingEntity(code)->periods, first, last);
  } else {
    answer = AnyCovers(FindParticipant(entity->participant)->periods, first, last);
  }
  if (!entity->periods.empty()) answer = std::min(answer, AnyCovers(entity->periods, first, last));
  return answer;
}

bool PartyDirectory::EverRecognised(const EntityCode& code) const {
  const Entity* entity = FindEntity(code);
  if (entity == nullptr) return false;
  return entity->participant.empty() ? !FindTradingEntity(code)->periods.empty()
                                     : !FindParticipant(entity->participant)->periods.empty();
}

const IssuerProfile& PartyDirectory::ProfileOf(const EntityCode& code) const {
  const auto found = index_->profiles.find(code);
  return found == index_->profiles.end() ? index_->unknown_profile : found->second;
}

const Authority* PartyDirectory::FindAuthority(const EntityCode& entity,
                                               std::string_view name) const {
  const Entity* owner = FindEntity(entity);
  if (owner == nullptr || name.empty()) return nullptr;
  const std::string folded = FoldName(name);
  for (const Authority& authority : owner->authorities) {
    if (FoldName(authority.name) == folded) return &authority;
    for (const std::string& alias : authority.aliases) {
      if (FoldName(alias) == folded) return &authority;
    }
  }
  return nullptr;
}

Certainty PartyDirectory::HasPower(const EntityCode& entity, const Authority& authority,
                                   Power power, Date day) const {
  const auto& powers = authority.powers;
  if (std::find(powers.begin(), powers.end(), power) == powers.end()) return Certainty::kNo;
  if (authority.periods.empty()) return Recognised(entity, day);
  return std::min(Recognised(entity, day), AnyCovers(authority.periods, day, day));
}

absl::TimeZone PartyDirectory::ZoneOf(const EntityCode& entity, std::string_view authority) const {
  const auto own = index_->authority_zones.find(FindAuthority(entity, authority));
  if (own != index_->authority_zones.end()) return own->second;
  const auto zone = index_->zones.find(entity);
  return zone == index_->zones.end() ? absl::UTCTimeZone() : zone->second;
}

const PartyFacts& PartyDirectory::facts() const { return index_->facts; }

const char* PowerName(Power power) {
  switch (power) {
    case Power::kIssue:
      return "issue";
    case Power::kValidate:
      return "validate";
    case Power::kVerify:
      return "verify";
    case Power::kAdminister:
      return "administer";
  }
  return "";
}

}  // namespace kp::scheme
