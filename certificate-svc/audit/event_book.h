// What the signed events of a register say should stand in its tables.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
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
  int64_t ordinal = 0;           // how many applications there were with it
  absl::Time last_time;          // when that event was recorded
  bool seen = false;             // by the walk of the table
};

// Of one sealed row. The table and key of a row stand in the event: millions of them are kept here.
using RowKey = std::array<char, 16>;
struct RowKeyHash {
  // Of a digest any part will do.
  size_t operator()(const RowKey& key) const {
    size_t hash = 0;
    std::memcpy(&hash, key.data(), sizeof(hash));
    return hash;
  }
};
struct RowFacts {
  int64_t sequence = 0;  // of the last event that tells of it
  RowKey digest = {};    // of all that it tells
  bool found = false;    // as it was found, not as it was written
  bool seen = false;     // by the walk of the tables
};
RowKey KeyOfRow(const v1::SealedRow& row);
RowKey DigestOfRow(const v1::SealedRow& row);

struct UseFacts {
  int64_t sequence = 0;
  v1::UseRecord use;
  bool seen = false;
};

struct SourceFacts {
  int64_t sequence = 0;
  std::string record;  // as stored; empty where an older event carries no source
  std::string digest;  // of an officer's source in an older event
  // What later events made of it; unspecified: what it was opened as still holds.
  v1::SourceState state = v1::SOURCE_STATE_UNSPECIFIED;
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
  std::unordered_map<RowKey, RowFacts, RowKeyHash> rows;  // by KeyOfRow
  bool rows_sealed = false;  // whether any event tells of rows
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
  void NoteRows(const store::Event& event, const v1::RegisterEvent& said);

  struct Taken {
    int64_t sequence = 0;
    std::string subject;
    std::string about;
  };

  Auditor& auditor_;
  const std::string register_id_;
  std::vector<Taken> taken_;
  int64_t applied_ = 0;        // applications so far
  bool rows_written_ = false;  // whether a write has sealed rows so far
};

}  // namespace kp::certificate
