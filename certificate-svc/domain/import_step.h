// The one way in which acts of the import book are done. For import_paper.cc and import_acts.cc.
#pragma once

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "certificate-svc/domain/events.h"
#include "certificate-svc/domain/import_book.h"
#include "certificate-svc/domain/once.h"
#include "certificate-svc/domain/record.h"

namespace kp::certificate {

template <typename Request>
absl::StatusOr<pb::ImportEntry> ImportBook::Step(const identity::SpiffeId& caller,
                                                 const char* method, const Request& request,
                                                 const std::string& number_text,
                                                 const std::string& kind, const std::string& text,
                                                 Absent absent, const Change& change,
                                                 const Extra& extra) {
  auto number = scheme::CertificateNumber::Parse(number_text);
  if (!number.ok()) return WithFieldPrefix(number.status(), "number");
  KP_ASSIGN_OR_RETURN(const v1::Officer officer, officers_.PersonOf(caller));
  return Once<pb::ImportEntry>(
      env_, caller.ToString(), method, request, [&]() -> absl::StatusOr<Act<pb::ImportEntry>> {
        KP_ASSIGN_OR_RETURN(const auto view, env_.scheme.Current());
        const scheme::Entity* issuer = view->parties.FindIssuer(number->issuer());
        Scene scene{*view,   officer,
                    *number, issuer == nullptr ? number->issuer().text() : issuer->code.text(),
                    false,   Today(env_, *view, officer.authority())};
        scene.on_mesh =
            view->trust->EndpointOf(scene.issuer, access::v1::ROLE_CERTIFICATE_SVC).ok();
        // What is to be entered anew is decided by the insertion alone.
        std::optional<ImportRow> found;
        KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
          if (absent == Absent::kWanted) return absl::OkStatus();
          KP_ASSIGN_OR_RETURN(found, FindImport(session, number->canonical()));
          return absl::OkStatus();
        }));
        ImportRow row;
        if (found.has_value()) {
          row = *std::move(found);
        } else {
          const bool make =
              absent == Absent::kWanted ||
              (absent == Absent::kOfMesh && scene.on_mesh && scene.issuer != env_.entity.text());
          if (!make) {
            return MakeError(absl::StatusCode::kNotFound, kImportUnknown,
                             absl::StrCat("the import book has no ", number->canonical(),
                                          scene.on_mesh ? "" : "; enter it from paper first"));
          }
          row.entry = BlankMeshEntry(env_, *view, number->canonical(), scene.issuer);
        }
        if (row.entry.printed_number().empty()) row.entry.set_printed_number(number->printed());
        KP_RETURN_IF_ERROR(change(scene, row.entry));
        row.entry.mutable_update_time()->set_seconds(absl::ToUnixSeconds(env_.clock.Now()));
        return Act<pb::ImportEntry>([this, row, view, officer, kind, text, extra, absent](
                                        store::Transaction& tx) -> absl::StatusOr<pb::ImportEntry> {
          pb::ImportEntry entry = row.entry;
          int64_t revision = row.revision;
          if (revision > 0) {
            // First of all: what `extra` draws or opens is for the one who changes the entry.
            KP_ASSIGN_OR_RETURN(const auto locked, LockImport(tx, entry.number()));
            if (!locked.has_value() || locked->revision != ++revision) {
              return MakeError(absl::StatusCode::kAborted, kConcurrentChange,
                               "the import was changed by somebody else meanwhile");
            }
          }
          if (extra) KP_RETURN_IF_ERROR(extra(tx, entry));
          KP_ASSIGN_OR_RETURN(const ImportVersion version, VersionOf(entry));
          KP_ASSIGN_OR_RETURN(const bool stored,
                              StoreImport(tx, env_, *view, revision, entry, version));
          if (!stored && absent == Absent::kWanted) {
            return MakeError(absl::StatusCode::kAlreadyExists, kImportExists,
                             absl::StrCat("the import book or the source book has ", entry.number(),
                                          " already"));
          }
          if (!stored) {
            return MakeError(absl::StatusCode::kAborted, kConcurrentChange,
                             "the import was entered by somebody else meanwhile");
          }
          // Signed here (some 25 microseconds): what an act draws from counters is part of it.
          KP_ASSIGN_OR_RETURN(const store::NewEvent event,
                              SignEvent(env_, {.kind = kind,
                                               .subject = entry.number(),
                                               .officer = &officer,
                                               .statement_digest = version.digest,
                                               .text = text}));
          KP_RETURN_IF_ERROR(env_.events.Append(tx, event).status());
          return entry;
        });
      });
}

}  // namespace kp::certificate
