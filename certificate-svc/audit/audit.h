// Verifies a register again from its bytes: for `kpctl fsck`. What is covered and what is not
// stands in docs/fsck.md.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "mesh/statement/statement.h"
#include "mesh/store/database.h"

namespace kp::certificate {

// One thing that is not as it must be.
struct AuditFault {
  std::string table;    // "certificates"
  std::string subject;  // "BW0000001", "event 17"
  std::string text;     // what differs, for a person
};

struct AuditReport {
  std::string register_id;  // "BW"; empty for a register without events
  int64_t events = 0;
  int64_t certificates = 0;  // and applications
  int64_t signatures = 0;    // verified
  int64_t answers = 0;
  int64_t evidence = 0;
  int64_t incoming = 0;
  int64_t rows = 0;  // as a signed event says that they were written, or found
  // Of these: as they were found when their sealing began; what was before that nobody can tell.
  std::map<std::string, int64_t> found;    // by table
  // Of no event: those of which one will tell in some seconds, or all, in a register whose service
  // has sealed none yet. Nothing is said of them but by the signatures in them.
  std::map<std::string, int64_t> not_covered;  // by table
  std::vector<AuditFault> faults;  // the first 1,000
  bool more = false;               // there are more than that
};

// Reads the whole register in one read transaction: what it says is of one moment, and a service
// goes on writing meanwhile. `keys` as for VerifyStatement: each signature must be of a key that
// its issuer had when it signed. Errors are those of the store; whatever is wrong with the register
// is a fault.
absl::StatusOr<AuditReport> Audit(store::Database& database, const statement::KeyLookup& keys);

// The same in a session of this database that the caller goes on reading in.
absl::StatusOr<AuditReport> Audit(store::Database& database, store::ReadSession& session,
                                  const statement::KeyLookup& keys);

}  // namespace kp::certificate
