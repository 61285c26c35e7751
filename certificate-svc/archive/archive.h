// A whole register as one file that proves itself complete, and the way back (docs/retention.md).
// The file is lines of JSON: {"kp_archive":1}, then for each table {"table":...,"columns":[...]}
// and its rows as arrays, at the end {"manifest":"<base64>"}, a statement of the register's entity
// over all that stands before. Two exports of the same register differ in that last line only.
#pragma once

#include <istream>
#include <memory>
#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "certificate-svc/audit/audit.h"
#include "kp/certificate/v1/archive.pb.h"
#include "mesh/statement/statement.h"
#include "mesh/store/database.h"

namespace kp::certificate {

// An archive that cannot be read: INVALID_ARGUMENT, with the line.
inline constexpr char kArchiveMalformed[] = "ARCHIVE_MALFORMED";
// Something is missing, added or changed in an archive: FAILED_PRECONDITION, naming the table.
inline constexpr char kArchiveIncomplete[] = "ARCHIVE_INCOMPLETE";
// The archive follows a schema that this program does not know: FAILED_PRECONDITION.
inline constexpr char kArchiveSchemaUnknown[] = "ARCHIVE_SCHEMA_UNKNOWN";
// The register has faults, so that nobody should sign for it: FAILED_PRECONDITION. See kpctl fsck.
inline constexpr char kArchiveRegisterFaulty[] = "ARCHIVE_REGISTER_FAULTY";
// The database to import into holds a register already: FAILED_PRECONDITION.
inline constexpr char kArchiveTargetNotEmpty[] = "ARCHIVE_TARGET_NOT_EMPTY";
// The database to archive holds no event: FAILED_PRECONDITION.
inline constexpr char kArchiveNothingToExport[] = "ARCHIVE_NOTHING_TO_EXPORT";

struct ArchiveExport {
  v1::ArchiveManifest manifest;
  AuditReport report;
};

// Audits the register and writes it to `out`, both of one moment, while its service may go on
// writing. `signer` signs as the entity; `keys` must know its key. Nothing is written for a
// register with faults: the report then has them, and the manifest is empty.
absl::StatusOr<ArchiveExport> ExportArchive(store::Database& database,
                                            const statement::KeyLookup& keys,
                                            std::shared_ptr<const statement::Signer> signer,
                                            absl::Time now, std::ostream& out);

// Puts an archive into a database of the present schema that holds no register yet, in one
// transaction: whatever is wrong with the archive, nothing is imported. `in` can be rewound. What
// the events and signatures say is for Audit to ask afterwards.
absl::StatusOr<v1::ArchiveManifest> ImportArchive(std::istream& in, store::Database& database,
                                                  const statement::KeyLookup& keys);

// The manifest at the end of an archive as it was signed; nothing is verified. ARCHIVE_MALFORMED.
absl::StatusOr<std::string> ReadSignedManifest(std::istream& in);

}  // namespace kp::certificate
