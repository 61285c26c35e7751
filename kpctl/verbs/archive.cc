#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "certificate-svc/archive/archive.h"
#include "certificate-svc/store/schema.h"
#include "kp/certificate/v1/archive_service.grpc.pb.h"
#include "kpctl/connection.h"
#include "kpctl/private_directory.h"
#include "kpctl/refuse_overwrite.h"
#include "kpctl/register_files.h"
#include "kpctl/verbs/verbs.h"
#include "mesh/outbox/outbox.h"
#include "mesh/statement/keys.h"

namespace kp::kpctl {
namespace {

namespace cert = ::kp::certificate::v1;

struct ArchiveFlags {
  std::string database, file, key;
  TrustFlags trust;
};

absl::Status Errno(const char* what, const std::string& path) {
  return absl::UnavailableError(absl::StrCat(what, " ", path, ": ", std::strerror(errno)));
}

// Whatever happens after it returns OK, the file or the directory's entry is on the disk.
absl::Status Sync(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return Errno("open", path);
  const bool synced = ::fsync(fd) == 0;
  const absl::Status status = synced ? absl::OkStatus() : Errno("fsync", path);
  ::close(fd);
  return status;
}

nlohmann::json ManifestJson(const cert::ArchiveManifest& manifest) {
  nlohmann::json tables = nlohmann::json::object();
  for (const auto& table : manifest.tables()) tables[table.name()] = table.rows();
  return {{"register", manifest.register_id()},
          {"first_event", manifest.first_sequence()},
          {"last_event", manifest.last_sequence()},
          {"exported", TimeText(manifest.export_time())},
          {"rows", tables}};
}

void Print(Context& context, const cert::ArchiveManifest& manifest) {
  int64_t rows = 0;
  for (const auto& table : manifest.tables()) rows += table.rows();
  Facts facts;
  facts.Add("register", manifest.register_id());
  facts.Add("events", absl::StrCat(manifest.first_sequence(), " to ", manifest.last_sequence()));
  facts.Add("rows", absl::StrCat(rows, " in ", manifest.tables_size(), " tables"));
  facts.Add("exported", TimeText(manifest.export_time()));
  facts.Print(context.out);
}

// `faults` of the register that the archive holds.
absl::StatusOr<int> ShowResult(Context& context, const cert::ArchiveManifest& manifest,
                               const certificate::AuditReport& report) {
  nlohmann::json json = ManifestJson(manifest);
  json["faults"] = nlohmann::json::array();
  for (const auto& fault : report.faults) {
    json["faults"].push_back(
        {{"table", fault.table}, {"subject", fault.subject}, {"text", fault.text}});
  }
  KP_RETURN_IF_ERROR(context.ShowJson(json, [&] {
    Print(context, manifest);
    context.out << '\n';
    for (const auto& fault : report.faults) {
      context.out << fault.table << ' ' << Printable(fault.subject) << ": "
                  << Printable(fault.text) << '\n';
    }
    context.out << (report.faults.empty() ? "complete, and every byte as it was signed\n"
                                          : "complete, but with faults\n");
  }));
  return report.faults.empty() ? kExitDone : kExitReject;
}

absl::StatusOr<int> Export(Context& context, const ArchiveFlags& flags) {
  KP_RETURN_IF_ERROR(RefuseOverwrite(flags.file));
  KP_ASSIGN_OR_RETURN(const statement::KeyLookup keys, ReadKeys(context.clock, flags.trust));
  KP_ASSIGN_OR_RETURN(statement::PrivateKey key, statement::PrivateKey::FromPemFile(flags.key));
  KP_ASSIGN_OR_RETURN(const auto database, OpenRegister(context.clock, flags.database));
  const std::string part = flags.file + ".part";
  const auto remove = absl::MakeCleanup([&] { ::unlink(part.c_str()); });
  // Parties and values stand in it: nobody else reads it.
  const int fd = ::open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return Errno("open", part);
  ::close(fd);
  std::ofstream out(part, std::ios::binary | std::ios::in);
  KP_ASSIGN_OR_RETURN(
      const certificate::ArchiveExport made,
      certificate::ExportArchive(*database, keys,
                                 std::make_shared<statement::LocalSigner>(std::move(key)),
                                 context.clock.Now(), out));
  out.close();
  if (!made.report.faults.empty()) {
    const certificate::AuditFault& first = made.report.faults.front();
    return MakeError(absl::StatusCode::kFailedPrecondition, certificate::kArchiveRegisterFaulty,
                     absl::StrCat("the register has ", made.report.faults.size(),
                                  " faults, the first in ", first.table, ", ", first.subject, ": ",
                                  first.text));
  }
  KP_RETURN_IF_ERROR(Sync(part));
  if (::rename(part.c_str(), flags.file.c_str()) != 0) return Errno("rename", flags.file);
  const std::string directory = std::filesystem::path(flags.file).parent_path();
  KP_RETURN_IF_ERROR(Sync(directory.empty() ? "." : directory));
  nlohmann::json json = ManifestJson(made.manifest);
  json["file"] = flags.file;
  KP_RETURN_IF_ERROR(context.ShowJson(json, [&] { Print(context, made.manifest); }));
  return kExitDone;
}

absl::StatusOr<int> Import(Context& context, const ArchiveFlags& flags,
                           const std::string& connection) {
  KP_ASSIGN_OR_RETURN(const statement::KeyLookup keys, ReadKeys(context.clock, flags.trust));
  std::ifstream in(flags.file, std::ios::binary);
  if (!in) {
    return MakeError(absl::StatusCode::kNotFound, "FILE_UNREADABLE",
                     absl::StrCat(flags.file, " cannot be read"));
  }
  store::Options options;
  options.connection = connection;
  KP_ASSIGN_OR_RETURN(const auto database,
                      store::Database::Open(std::move(options), context.clock,
                                            {outbox::OutboxSchema(),
                                             certificate::CertificateSchema()}));
  KP_ASSIGN_OR_RETURN(const cert::ArchiveManifest manifest,
                      certificate::ImportArchive(in, *database, keys));
  KP_ASSIGN_OR_RETURN(const certificate::AuditReport report, certificate::Audit(*database, keys));
  return ShowResult(context, manifest, report);
}

// Read into a database that goes away again: an archive is as good as what comes back out of it.
absl::StatusOr<int> Verify(Context& context, const ArchiveFlags& flags) {
  KP_ASSIGN_OR_RETURN(const auto directory, PrivateDirectory::Create());
  return Import(context, flags, absl::StrCat("sqlite3://", directory->path(), "/register.db"));
}

absl::StatusOr<int> Purge(Context& context, const std::string& file,
                          const std::string& request_id) {
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    return MakeError(absl::StatusCode::kNotFound, "FILE_UNREADABLE",
                     absl::StrCat(file, " cannot be read"));
  }
  cert::PurgeArchivedRequest request;
  KP_ASSIGN_OR_RETURN(*request.mutable_manifest(), certificate::ReadSignedManifest(in));
  request.set_request_id(context.RequestId(request_id));
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(const auto response,
                      connection->Call(&cert::ArchiveService::Stub::PurgeArchived, request));
  KP_RETURN_IF_ERROR(context.Show(response, [&] {
    for (const std::string& number : response.numbers()) context.out << number << '\n';
    for (const std::string& number : response.foreign_numbers()) context.out << number << '\n';
    context.out << response.numbers_size() << " certificates have gone, and what the books had of "
                << response.foreign_numbers_size() << " of others"
                << (response.more() ? "; there are more: call again\n" : "\n");
  }));
  return kExitDone;
}

}  // namespace

void AddArchive(Registrar& registrar) {
  Context& context = registrar.context();
  CLI::App* group = registrar.Group(
      "archive", "A whole register as one file that proves itself complete, and the way back");
  auto made = std::make_shared<ArchiveFlags>();
  CLI::App* verb = registrar.Add(
      group, "export", "Audits a register and writes it to a file, signed by the entity",
      "kpctl archive export /var/lib/kp/data.db bw-2031.kpa --key bw.key --root root-1.doc "
      "--manifest manifest-7/manifest.doc",
      [&context, made] { return Export(context, *made); });
  verb->add_option("DATABASE", made->database,
                   "The register: an SQLite file, sqlite3://PATH or postgresql://...")
      ->required();
  verb->add_option("FILE", made->file, "File to write")->required();
  verb->add_option("--key", made->key, "Private key with which the entity signs its statements")
      ->required()
      ->type_name("FILE");
  AddTrustFlags(verb, made->trust);

  auto checked = std::make_shared<ArchiveFlags>();
  verb = registrar.Add(
      group, "verify", "Proves that nothing is missing, and audits the register in the file",
      "kpctl archive verify bw-2031.kpa --root root-1.doc --manifest manifest-7/manifest.doc",
      [&context, checked] { return Verify(context, *checked); });
  verb->add_option("FILE", checked->file, "The archive")->required();
  AddTrustFlags(verb, checked->trust);

  auto taken = std::make_shared<ArchiveFlags>();
  verb = registrar.Add(
      group, "import", "Puts an archive into a database that holds no register yet",
      "kpctl archive import bw-2031.kpa restored.db --root root-1.doc --manifest "
      "manifest-7/manifest.doc",
      [&context, taken] { return Import(context, *taken, ToConnection(taken->database)); });
  verb->add_option("FILE", taken->file, "The archive")->required();
  verb->add_option("DATABASE", taken->database,
                   "An SQLite file, made if there is none, sqlite3://PATH or postgresql://...")
      ->required();
  AddTrustFlags(verb, taken->trust);

  auto purged = std::make_shared<ArchiveFlags>();
  auto request_id = std::make_shared<std::string>();
  verb = registrar.Add(
      group, "purge",
      "Takes the contents of certificates whose period of retention is over and that this archive "
      "of the register holds, for ever",
      "kpctl archive purge bw-2031.kpa",
      [&context, purged, request_id] { return Purge(context, purged->file, *request_id); });
  verb->add_option("FILE", purged->file, "The archive; verify it first, and keep it")->required();
  AddRequestId(verb, *request_id);
}

}  // namespace kp::kpctl
