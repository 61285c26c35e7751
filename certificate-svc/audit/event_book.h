// What the signed events of a register say should stand in its tables.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "certificate-svc/audit/auditor.h"
#include "kp/certificate/v1/statements.pb.h"
#include "mesh/store/event_log.h"

namespace kp::certificate {

// Of one application or certificate. Digests stand for the records, which would not fit the memory.
struct CertificateFacts {
  int64_t changes = 0;           // events that changed the record
  int64_t last_sequence = 0;     // of them
  std::string record_digest;     // SHA-256 of the record after that one, as it is stored
  std::string number;            // empty before issue
  std::string statement_digest;  // of the signed certificate; empty before validation
  std::string content_digest;    // SHA-256 of its payload without salt, as of the validation
  bool seen = false;             // by the walk of the table
};

struct UseFacts {
  int64_t sequence = 0;
  v1::UseRecord use;
  bool seen = false;
};

struct SourceFacts {
  int64_t sequence = 0;
  std::string record;  // as stored; empty where an older event carries no source
  std::string digest;  // of an officer's source in an older event
  bool seen = false;
};

class EventBook final {
 public:
  EventBook(Auditor& auditor, std::string register_id)
      : auditor_(auditor), register_id_(std::move(register_id)) {}

  // Once every page was taken: names the statements that are gone and of which no later event says
  // that retention took them.
  void CheckTaken();

  // Verifies the signature of each event and that it says what its row says, and notes its facts.
  absl::Status Take(const std::vector<store::Event>& page);

  std::map<std::string, CertificateFacts, std::less<>> certificates;  // by application id
  std::map<std::string, UseFacts, std::less<>> uses;                  // by number
  std::map<std::string, SourceFacts, std::less<>> sources;            // by id
  std::map<std::string, std::string, std::less<>> ranges;             // id: record as stored
  std::map<std::string, std::string, std::less<>> prealerts;          // number: digest
  std::map<std::string, std::string, std::less<>> statuses;           // number: digest of the last
  std::set<std::string, std::less<>> use_receipts;                    // digests
  std::map<std::string, int64_t, std::less<>> purged;                 // subject: sequence
  std::map<std::string, std::string, std::less<>> purged_numbers;     // number: application id

 private:
  void Note(const store::Event& event, v1::RegisterEvent said);

  struct Taken {
    int64_t sequence = 0;
    std::string subject;
    std::string about;
  };

  Auditor& auditor_;
  const std::string register_id_;
  std::vector<Taken> taken_;
};

}  // namespace kp::certificate
