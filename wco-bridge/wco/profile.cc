#include "wco-bridge/wco/profile.h"

#include "absl/strings/str_cat.h"
#include "wco-bridge/wco/codes.h"

namespace kp::wco {
namespace {

bool Fits(const Profile& profile, const MetaData& meta_data) {
  return (profile.country.empty() || profile.country == meta_data.country) &&
         (profile.agency.empty() || profile.agency == meta_data.agency) &&
         profile.customization == meta_data.customization &&
         profile.customization_version == meta_data.customization_version &&
         profile.model_version == meta_data.model_version;
}

bool InForce(const Profile& profile, absl::CivilDay day) {
  return profile.valid_from <= day && (!profile.valid_until || day <= *profile.valid_until);
}

std::string Describe(std::string_view country, std::string_view agency,
                     std::string_view customization, std::string_view version,
                     std::string_view model) {
  const auto named = [](std::string_view value) {
    return std::string(value.empty() ? "-" : value);
  };
  return absl::StrCat("country ", named(country), ", agency ", named(agency), ", customization ",
                      named(customization), " ", named(version), ", model ", named(model));
}

}  // namespace

const Profile& PlainProfile() {
  static const Profile* const kProfile = new Profile{
      .name = "wco-kp-v1",
      .country = "",
      .agency = "",
      .customization = "KPCS",
      .customization_version = "v1",
      .model_version = "3.6",
      .valid_from = absl::CivilDay(2003, 1, 1),
      .valid_until = std::nullopt,
      .documents = {{"L", "116", DocumentKind::kCertificate},
                    {"C", "034", DocumentKind::kCertificate},
                    {"Y", "015", DocumentKind::kSealStatement}},
      .carat_units = {"CTM"},
      .mass_units = {"KGM"},
      .expiry_statement = "KPEXP",
  };
  return *kProfile;
}

ProfileChoice SelectProfile(const MetaData& meta_data, std::span<const Profile> registered,
                            absl::CivilDay day) {
  const Profile* chosen = nullptr;
  std::string supported;
  for (const Profile& profile : registered) {
    if (!InForce(profile, day)) {
      continue;
    }
    if (Fits(profile, meta_data) &&
        (chosen == nullptr || chosen->valid_from < profile.valid_from)) {
      chosen = &profile;
    }
    absl::StrAppend(&supported, supported.empty() ? "" : "; ", profile.name, " (",
                    Describe(profile.country.empty() ? "any" : profile.country,
                             profile.agency.empty() ? "any" : profile.agency, profile.customization,
                             profile.customization_version, profile.model_version),
                    ")");
  }
  if (chosen != nullptr) {
    return {chosen, std::nullopt};
  }
  Fault fault{.code = std::string(kUnknownProfile),
              .text = "no profile of this partner fits what MetaData names",
              .value = Describe(meta_data.country, meta_data.agency, meta_data.customization,
                                meta_data.customization_version, meta_data.model_version),
              .expected = supported.empty() ? "no profile is in force today" : supported};
  fault.at.xpath = "/MetaData";
  return {nullptr, std::move(fault)};
}

}  // namespace kp::wco
