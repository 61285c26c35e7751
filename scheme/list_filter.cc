#include "scheme/list_filter.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "scheme/reasons.h"

namespace kp::scheme {

absl::StatusOr<EntityCode> ReadOtherEntity(const PartyDirectory& parties, const EntityCode& own,
                                           FilterRole role, std::string_view text,
                                           std::string_view field, Date today) {
  const absl::StatusOr<EntityCode> code = EntityCode::Parse(text);
  if (!code.ok()) return WithFieldPrefix(code.status(), field);
  const auto other_issues = [&](const EntityCode& issuer) {
    return FieldError({reasons::kEntityNotIssuing, std::string(field),
                       absl::StrCat(code->text(), " issues no certificates: ", issuer.text(),
                                    " issues for ", code->text()),
                       ""});
  };
  const Entity* const entity = parties.FindEntity(*code);
  if (entity == nullptr) {
    if (const auto country = CountryCode::Parse(code->text()); country.ok()) {
      const Entity* const issuer = parties.EntityOfCountry(*country, today);
      if (issuer != nullptr) return other_issues(issuer->code);
    }
    return FieldError({reasons::kCodeUnknown, std::string(field),
                       absl::StrCat("the trust documents know no entity ", code->text()), ""});
  }
  const EntityCode& issuer = entity->served_by.empty() ? entity->code : entity->served_by;
  if (issuer == own) {
    return FieldError({reasons::kSameEntity, std::string(field),
                       absl::StrCat("no certificate is needed between ", own.text(), " and ",
                                    *code == own ? "itself" : code->text()),
                       "R04"});
  }
  if (role == FilterRole::kPartner && issuer != *code) return other_issues(issuer);
  return *code;
}

absl::Status CheckSpan(std::optional<Date> from, std::optional<Date> until, SpanEnd end,
                       std::string_view field) {
  if (!from.has_value() || !until.has_value()) return absl::OkStatus();
  if (*until > *from || (*until == *from && end == SpanEnd::kIncluded)) return absl::OkStatus();
  return FieldError({reasons::kPeriodReversed, std::string(field),
                     absl::StrCat("no day lies in it: ", FormatDate(*until),
                                  end == SpanEnd::kIncluded ? " lies before " : " is not after ",
                                  FormatDate(*from)),
                     ""});
}

}  // namespace kp::scheme
