// Codes of two letters: countries (ISO 3166-1), participants of the scheme and issuing entities.
// They are different types because they are different things: NA is a country, a participant and an
// entity; EU is a participant and an entity but no country; HK is a country and an entity of the
// participant CN; GL is a country whose stones the entity EU certifies.
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace kp::scheme {

// Whether `code` (two upper-case letters) is in ISO 3166-1 alpha-2.
bool IsIsoCountry(std::string_view code);

// A country or territory of ISO 3166-1. Empty when default-constructed: not stated.
class CountryCode final {
 public:
  CountryCode() = default;
  // Trims, upper-cases. Errors: CODE_MALFORMED, COUNTRY_UNKNOWN.
  static absl::StatusOr<CountryCode> Parse(std::string_view text);
  const std::string& text() const { return text_; }
  bool empty() const { return text_.empty(); }
  friend auto operator<=>(const CountryCode&, const CountryCode&) = default;

 private:
  explicit CountryCode(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

// A Participant of the scheme: a country's code, or EU (EC is its old alias). Form only: who takes
// part is in the PartyDirectory. Empty when default-constructed.
class ParticipantCode final {
 public:
  ParticipantCode() = default;
  // Trims, upper-cases, turns EC into EU. Errors: CODE_MALFORMED.
  static absl::StatusOr<ParticipantCode> Parse(std::string_view text);
  const std::string& text() const { return text_; }
  bool empty() const { return text_.empty(); }
  friend auto operator<=>(const ParticipantCode&, const ParticipantCode&) = default;

 private:
  explicit ParticipantCode(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

// An issuing entity: prints certificates under its own code, keeps its own register. Form only, as
// above. Empty when default-constructed.
class EntityCode final {
 public:
  EntityCode() = default;
  // Trims, upper-cases, turns EC into EU. Errors: CODE_MALFORMED.
  static absl::StatusOr<EntityCode> Parse(std::string_view text);
  const std::string& text() const { return text_; }
  bool empty() const { return text_.empty(); }
  friend auto operator<=>(const EntityCode&, const EntityCode&) = default;

 private:
  explicit EntityCode(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

}  // namespace kp::scheme
