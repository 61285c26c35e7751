#include "certificate-svc/domain/officer_register.h"

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/error.h"
#include "certificate-svc/domain/events.h"
#include "certificate-svc/domain/once.h"
#include "certificate-svc/store/officers.h"
#include "mesh/rpc/page_token.h"
#include "mesh/rpc/reasons.h"
#include "scheme/text.h"

namespace kp::certificate {
namespace {

constexpr int kDefaultPage = 100;
constexpr size_t kMaxPerson = 64;
constexpr size_t kMaxName = 200;

// An officer's authority is one of the entity's, and has the powers that the officer is to have: an
// entity may split them (Germany does).
absl::Status CheckAuthority(const Environment& env, const SchemeView& view,
                            const v1::OfficerEntry& entry) {
  const scheme::Authority* authority = view.parties.FindAuthority(env.entity, entry.authority());
  if (authority == nullptr) {
    return FieldError(
        {kOfficerMalformed, "officer.authority",
         absl::StrCat("\"", entry.authority(), "\" is no authority of this entity in the registry"),
         "CORE V(a)"});
  }
  const scheme::Date today =
      scheme::DayInZone(env.clock.Now(), view.parties.ZoneOf(env.entity, entry.authority()));
  constexpr std::pair<access::v1::Power, scheme::Power> kPowers[] = {
      {access::v1::POWER_ISSUE, scheme::Power::kIssue},
      {access::v1::POWER_VALIDATE, scheme::Power::kValidate},
      {access::v1::POWER_VERIFY, scheme::Power::kVerify}};
  for (const auto& [power, of_authority] : kPowers) {
    const auto held = [&](const int one) { return one == power; };
    if (std::ranges::none_of(entry.powers(), held)) continue;
    if (view.parties.HasPower(env.entity, *authority, of_authority, today) ==
        scheme::Certainty::kNo) {
      return FieldError({kOfficerMalformed, "officer.powers",
                         absl::StrCat(entry.authority(), " is not designated to ",
                                      scheme::PowerName(of_authority)),
                         "CORE V(a)"});
    }
  }
  return absl::OkStatus();
}

// One spelling of a person's id: "bw-3" and "BW-3" are one person.
v1::OfficerEntry Named(const v1::OfficerEntry& in) {
  v1::OfficerEntry entry = in;
  absl::AsciiStrToUpper(entry.mutable_person());
  return entry;
}

// Without an administrator nobody could add one any more.
absl::Status CheckNotLastAdministrator(store::Transaction& tx, const v1::OfficerEntry& ended,
                                              absl::Time now) {
  const auto administers = [](const v1::OfficerEntry& entry) {
    const auto& powers = entry.powers();
    return std::find(powers.begin(), powers.end(), access::v1::POWER_ADMINISTER) != powers.end();
  };
  if (!administers(ended)) return absl::OkStatus();
  constexpr int kAll = 100'000;
  KP_ASSIGN_OR_RETURN(const auto entries, ListOfficers(tx, "", absl::UnixEpoch(), kAll));
  for (const v1::OfficerEntry& entry : entries) {
    const bool holds = trust::ToTime(entry.from_time()) <= now &&
                       (!entry.has_until_time() || trust::ToTime(entry.until_time()) > now);
    if (holds && administers(entry) && entry.spiffe_id() != ended.spiffe_id()) {
      return absl::OkStatus();
    }
  }
  return MakeError(absl::StatusCode::kFailedPrecondition, kLastAdministrator,
                   "this is the last officer who may administer: add another one before");
}

}  // namespace

absl::StatusOr<bool> OfficerRegister::HasPower(const identity::SpiffeId& officer,
                                               access::v1::Power power, absl::Time at) {
  std::optional<v1::OfficerEntry> entry;
  KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
    KP_ASSIGN_OR_RETURN(entry, FindOfficer(session, officer.ToString(), at));
    return absl::OkStatus();
  }));
  if (!entry.has_value()) return false;
  if (power == access::v1::POWER_UNSPECIFIED) return true;
  for (const int held : entry->powers()) {
    if (held == power) return true;
  }
  return false;
}

absl::StatusOr<v1::Officer> OfficerRegister::PersonOf(const identity::SpiffeId& caller) const {
  std::optional<v1::OfficerEntry> entry;
  KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
    KP_ASSIGN_OR_RETURN(entry, FindOfficer(session, caller.ToString(), env_.clock.Now()));
    return absl::OkStatus();
  }));
  if (!entry.has_value()) {
    return MakeError(absl::StatusCode::kPermissionDenied, kOfficerUnknown,
                     "the officer register has no entry for this identity today");
  }
  v1::Officer officer;
  officer.set_spiffe_id(entry->spiffe_id());
  officer.set_person(entry->person());
  officer.set_authority(entry->authority());
  return officer;
}

absl::Status OfficerRegister::Check(const v1::OfficerEntry& entry) const {
  std::vector<Fault> faults;
  const auto fault = [&](std::string field, std::string message) {
    faults.push_back({kOfficerMalformed, "officer." + std::move(field), std::move(message), ""});
  };
  const auto id = identity::SpiffeId::Parse(entry.spiffe_id());
  if (!id.ok()) {
    fault("spiffe_id", std::string(id.status().message()));
  } else if (id->role() != access::v1::ROLE_OFFICER || id->trust_domain() != own_domain_) {
    fault("spiffe_id", absl::StrCat("must be spiffe://", own_domain_, "/officer/<name>"));
  }
  const bool sound = std::ranges::all_of(entry.person(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.' || c == '_';
  });
  if (entry.person().empty() || entry.person().size() > kMaxPerson || !sound) {
    fault("person",
          absl::StrCat("is required: at most ", kMaxPerson, " letters, digits, '-', '.', '_'"));
  }
  const auto text = [&](const std::string& value, const char* field) {
    if (scheme::FoldName(value).empty()) {
      fault(field, "is required");
    } else if (const auto bad = scheme::CheckText(value, field, kMaxName)) {
      fault(field, bad->message);
    }
  };
  text(entry.display_name(), "display_name");
  text(entry.authority(), "authority");
  std::set<int> powers;
  for (const int power : entry.powers()) {
    if (!access::v1::Power_IsValid(power) || power == access::v1::POWER_UNSPECIFIED) {
      fault("powers", absl::StrCat("has the unknown value ", power));
    } else if (!powers.insert(power).second) {
      fault("powers", "names a power twice");
    }
  }
  if (entry.powers().empty()) fault("powers", "must name at least one power");
  const absl::Time from =
      entry.has_from_time() ? trust::ToTime(entry.from_time()) : env_.clock.Now();
  if (entry.has_until_time() && trust::ToTime(entry.until_time()) <= from) {
    fault("until_time", "must lie after from_time");
  }
  return FieldErrors(faults);
}

absl::StatusOr<v1::OfficerEntry> OfficerRegister::Add(const identity::SpiffeId& caller,
                                                      const v1::AddOfficerRequest& request) {
  KP_RETURN_IF_ERROR(Check(request.officer()));
  KP_ASSIGN_OR_RETURN(const v1::Officer actor, PersonOf(caller));
  KP_ASSIGN_OR_RETURN(const auto view, env_.scheme.Current());
  KP_RETURN_IF_ERROR(CheckAuthority(env_, *view, request.officer()));
  return Once<v1::OfficerEntry>(
      env_, caller.ToString(), "AddOfficer", request,
      [&]() -> absl::StatusOr<Act<v1::OfficerEntry>> {
        v1::OfficerEntry entry = Named(request.officer());
        if (!entry.has_from_time()) {
          *entry.mutable_from_time() = trust::ToTimestamp(env_.clock.Now());
        }
        KP_ASSIGN_OR_RETURN(
            store::NewEvent event,
            SignEvent(env_, {.kind = "OFFICER_ADDED",
                             .subject = entry.spiffe_id(),
                             .officer = &actor,
                             .statement_digest = statement::Sha256(entry.SerializeAsString())}));
        return Act<v1::OfficerEntry>([this, entry, event](store::Transaction& tx)
                                         -> absl::StatusOr<v1::OfficerEntry> {
          KP_RETURN_IF_ERROR(LockOfficers(tx));
          // An identity stays with its person, so that nobody acts twice under one certificate.
          KP_ASSIGN_OR_RETURN(const std::string person, PersonBehind(tx, entry.spiffe_id()));
          if (!person.empty() && person != entry.person()) {
            return FieldError({kOfficerMalformed, "officer.person",
                               absl::StrCat("this identity belongs to person ", person), "R11"});
          }
          KP_ASSIGN_OR_RETURN(const bool exists, HasEntryAfter(tx, entry.spiffe_id(),
                                                               trust::ToTime(entry.from_time())));
          if (exists) {
            return MakeError(absl::StatusCode::kAlreadyExists, kOfficerExists,
                             "this identity has an entry for an overlapping time");
          }
          KP_RETURN_IF_ERROR(InsertOfficer(tx, entry));
          KP_RETURN_IF_ERROR(env_.events.Append(tx, event).status());
          return entry;
        });
      });
}

absl::StatusOr<v1::OfficerEntry> OfficerRegister::End(const identity::SpiffeId& caller,
                                                      const v1::EndOfficerRequest& request) {
  KP_ASSIGN_OR_RETURN(const v1::Officer actor, PersonOf(caller));
  return Once<v1::OfficerEntry>(
      env_, caller.ToString(), "EndOfficer", request,
      [&]() -> absl::StatusOr<Act<v1::OfficerEntry>> {
        const absl::Time now = env_.clock.Now();
        KP_ASSIGN_OR_RETURN(store::NewEvent event, SignEvent(env_, {.kind = "OFFICER_ENDED",
                                                                    .subject = request.spiffe_id(),
                                                                    .officer = &actor}));
        return Act<v1::OfficerEntry>(
            [this, &request, now,
             event](store::Transaction& tx) -> absl::StatusOr<v1::OfficerEntry> {
              KP_RETURN_IF_ERROR(LockOfficers(tx));
              KP_ASSIGN_OR_RETURN(auto entry, FindOfficer(tx, request.spiffe_id(), now));
              if (!entry.has_value()) {
                return MakeError(absl::StatusCode::kNotFound, kOfficerUnknown,
                                 "this identity has no entry that holds now");
              }
              KP_RETURN_IF_ERROR(CheckNotLastAdministrator(tx, *entry, now));
              KP_RETURN_IF_ERROR(EndOfficer(tx, request.spiffe_id(), now).status());
              KP_RETURN_IF_ERROR(env_.events.Append(tx, event).status());
              *entry->mutable_until_time() = trust::ToTimestamp(now);
              return *entry;
            });
      });
}

absl::StatusOr<v1::ListOfficersResponse> OfficerRegister::List(
    const identity::SpiffeId& caller, const v1::ListOfficersRequest& request) const {
  const std::string binding = absl::StrCat("ListOfficers|", caller.ToString());
  KP_ASSIGN_OR_RETURN(const int size, rpc::PageSize(request.page_size(), kDefaultPage, 500));
  KP_ASSIGN_OR_RETURN(const std::string after, rpc::ReadPageToken(request.page_token(), binding));
  // "<identity> <start in microseconds>"
  const std::pair<std::string, std::string> place = absl::StrSplit(after, absl::MaxSplits(' ', 1));
  const std::string& after_id = place.first;
  int64_t micros = 0;
  if (!after.empty() && !absl::SimpleAtoi(place.second, &micros)) {
    return FieldError({std::string(rpc::kPageTokenInvalid), "page_token", "cannot be read", ""});
  }
  const absl::Time after_time = absl::FromUnixMicros(micros);
  v1::ListOfficersResponse response;
  KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
    KP_ASSIGN_OR_RETURN(const auto entries, ListOfficers(session, after_id, after_time, size + 1));
    for (const v1::OfficerEntry& entry : entries) *response.add_officers() = entry;
    return absl::OkStatus();
  }));
  if (response.officers_size() > size) {
    response.mutable_officers()->RemoveLast();
    const v1::OfficerEntry& last = response.officers(response.officers_size() - 1);
    response.set_next_page_token(rpc::MakePageToken(
        absl::StrCat(last.spiffe_id(), " ", absl::ToUnixMicros(trust::ToTime(last.from_time()))),
        binding));
  }
  return response;
}

absl::Status OfficerRegister::Bootstrap(const std::vector<v1::OfficerEntry>& administrators) {
  for (const v1::OfficerEntry& entry : administrators) KP_RETURN_IF_ERROR(Check(entry));
  return env_.database.Write([&](store::Transaction& tx) -> absl::Status {
    // Two replicas may start at once.
    KP_RETURN_IF_ERROR(LockOfficers(tx));
    KP_ASSIGN_OR_RETURN(const bool any, AnyOfficer(tx));
    if (any) return absl::OkStatus();
    for (v1::OfficerEntry entry : administrators) {
      entry = Named(entry);
      *entry.mutable_from_time() = trust::ToTimestamp(env_.clock.Now());
      KP_RETURN_IF_ERROR(InsertOfficer(tx, entry));
    }
    return absl::OkStatus();
  });
}

}  // namespace kp::certificate
