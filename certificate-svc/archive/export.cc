#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/random.h"
#include "certificate-svc/archive/archive.h"
#include "certificate-svc/archive/lines.h"
#include "certificate-svc/archive/tables.h"
#include "certificate-svc/audit/auditor.h"
#include "certificate-svc/domain/environment.h"
#include "mesh/store/event_log.h"
#include "mesh/trust/snapshot.h"

namespace kp::certificate {
namespace {

constexpr int kPage = 2000;

absl::StatusOr<v1::ArchiveTable> WriteTable(store::ReadSession& session,
                                            const store::TableShape& table, std::ostream& out) {
  v1::ArchiveTable written;
  TableDigest digest;
  const auto write = [&](const std::string& line) {
    digest.Add(line);
    out << line << '\n';
  };
  write(HeadLine(table));
  std::vector<store::Param> after;
  while (true) {
    KP_ASSIGN_OR_RETURN(const auto rows, store::ReadRows(session, table, after, kPage));
    for (const auto& row : rows) {
      KP_ASSIGN_OR_RETURN(const std::string line, RowLine(table, row));
      write(line);
      written.set_rows(written.rows() + 1);
    }
    if (rows.size() < kPage) break;
    KP_ASSIGN_OR_RETURN(after, store::KeyOf(table, rows.back()));
  }
  written.set_name(table.name);
  written.set_digest(digest.value());
  return written;
}

absl::StatusOr<v1::ArchiveManifest> WriteTables(store::Database& database,
                                                store::ReadSession& session,
                                                const std::string& register_id, std::ostream& out) {
  v1::ArchiveManifest manifest;
  manifest.set_register_id(register_id);
  const store::EventLog events(database, register_id);
  KP_ASSIGN_OR_RETURN(const int64_t last, events.Last(session));
  if (last == 0) {
    return MakeError(absl::StatusCode::kFailedPrecondition, kArchiveNothingToExport,
                     "the database holds no event");
  }
  KP_ASSIGN_OR_RETURN(const auto newest, events.After(session, last - 1, 1));
  if (newest.empty()) return absl::DataLossError("the last event is missing");
  manifest.set_first_sequence(1);  // the audit has seen every one from there
  manifest.set_last_sequence(last);
  manifest.set_chain(newest.front().chain);
  KP_ASSIGN_OR_RETURN(const auto components, ComponentsOf(session));
  for (const auto& component : components) *manifest.add_components() = component;
  out << kArchiveHead << '\n';
  KP_ASSIGN_OR_RETURN(const auto tables, ArchivedTables(session));
  for (const store::TableShape& table : tables) {
    KP_ASSIGN_OR_RETURN(*manifest.add_tables(), WriteTable(session, table, out));
  }
  return manifest;
}

}  // namespace

absl::StatusOr<std::vector<store::TableShape>> ArchivedTables(store::ReadSession& session) {
  KP_ASSIGN_OR_RETURN(auto tables, store::ReadTables(session));
  std::erase_if(tables, [](const store::TableShape& table) {
    return table.name == "store_probe" || table.name == "store_migration";
  });
  return tables;
}

absl::StatusOr<std::vector<v1::ArchiveComponent>> ComponentsOf(store::ReadSession& session) {
  KP_ASSIGN_OR_RETURN(const auto found,
                      (session.Query<std::string, int64_t>(
                          "SELECT component, MAX(version) FROM store_migration GROUP BY component "
                          "ORDER BY component")));
  std::vector<v1::ArchiveComponent> components;
  for (const auto& [name, version] : found) {
    v1::ArchiveComponent& component = components.emplace_back();
    component.set_name(name);
    component.set_version(static_cast<int32_t>(version));
  }
  return components;
}

absl::StatusOr<ArchiveExport> ExportArchive(store::Database& database,
                                            const statement::KeyLookup& keys,
                                            std::shared_ptr<const statement::Signer> signer,
                                            absl::Time now, std::ostream& out) {
  ArchiveExport made;
  const auto begin = out.tellp();
  KP_RETURN_IF_ERROR(database.Read([&](store::ReadSession& session) -> absl::Status {
    out.seekp(begin);  // a lost connection begins it again
    KP_ASSIGN_OR_RETURN(made.report, Audit(database, session, keys));
    if (!made.report.faults.empty()) return absl::OkStatus();
    KP_ASSIGN_OR_RETURN(made.manifest,
                        WriteTables(database, session, made.report.register_id, out));
    return absl::OkStatus();
  }));
  if (!made.report.faults.empty()) return made;
  *made.manifest.mutable_export_time() = trust::ToTimestamp(now);
  const statement::StatementSigner statements(made.manifest.register_id(), std::move(signer),
                                              SystemRandom());
  KP_ASSIGN_OR_RETURN(const statement::Statement signed_manifest,
                      statements.Sign(ArchiveContentType(), made.manifest, std::nullopt, now));
  // A key that is not the entity's would make an archive that nobody believes.
  KP_RETURN_IF_ERROR(CheckSigned(signed_manifest.bytes(), ArchiveContentType(),
                                 made.manifest.register_id(), keys)
                         .status());
  out << ManifestLine(signed_manifest.bytes()) << '\n' << std::flush;
  if (!out) return absl::UnavailableError("the archive cannot be written");
  return made;
}

}  // namespace kp::certificate
