#include "certificate-svc/domain/paper_source.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/error.h"
#include "certificate-svc/domain/sources.h"
#include "mesh/store/event_log.h"
#include "scheme/source_book.h"

namespace kp::certificate {

namespace pb = ::kp::certificate::v1;

namespace {

// Persons who entered the paper, or put it right.
absl::StatusOr<std::vector<std::string>> AuthorsOf(store::Transaction& tx, const Environment& env,
                                                   const std::string& number) {
  constexpr int kPage = 1000;
  std::vector<std::string> persons;
  for (int64_t after = 0;;) {
    KP_ASSIGN_OR_RETURN(const auto events, env.events.OfSubject(tx, number, after, kPage));
    for (const store::Event& event : events) {
      after = event.sequence;
      const std::string& kind = event.what.kind;
      if (kind != "IMPORT_AMENDED" && !kind.starts_with("IMPORT_ENTERED")) continue;
      if (std::ranges::find(persons, event.what.actor_person) == persons.end()) {
        persons.push_back(event.what.actor_person);
      }
    }
    if (events.size() < kPage) return persons;
  }
}

// What stands between the paper and the first certificate that draws on it.
pb::SourceNeed NeedOf(const pb::ImportEntry& entry, const v1::Officer& officer,
                      const std::vector<std::string>& authors) {
  const auto refers = [](const pb::Finding& finding) {
    return finding.severity() == pb::SEVERITY_REFER;
  };
  const bool refer = std::ranges::any_of(entry.findings(), refers) ||
                     std::ranges::any_of(entry.differences(), refers);
  const bool second = std::ranges::find(authors, officer.person()) == authors.end();
  return WriteNeed(scheme::NeedOfPaper(refer, second));
}

}  // namespace

absl::Status FillStandingOfPaper(store::Transaction& tx, const Environment& env,
                                 const v1::ImportEntry& entry, const v1::Officer& officer,
                                 v1::Source& source) {
  KP_ASSIGN_OR_RETURN(const auto authors, AuthorsOf(tx, env, entry.number()));
  *source.mutable_officer() = officer;
  source.clear_entered_by();
  for (const std::string& person : authors) source.add_entered_by(person);
  source.set_need(NeedOf(entry, officer, authors));
  return absl::OkStatus();
}

}  // namespace kp::certificate
