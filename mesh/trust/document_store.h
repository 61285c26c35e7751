// Where a node keeps the trust documents that it has accepted, so that it starts without the
// registry and never goes back behind what it has seen.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace kp::trust {

// Serialised v1::SignedDocument and statements as they were received; everything is verified again
// when it is loaded.
struct StoredDocuments {
  std::vector<std::string> roots;            // from version 2 on, without gaps: 1 is pinned
  std::string manifest;                      // empty: none yet
  std::map<std::string, std::string> parts;  // of the manifest, by digest (raw)
  std::string freshness;                     // the statement that brought the denials
  std::vector<std::string> denials;
};

// Durable when a Save returns OK. Used by one thread at a time.
class DocumentStore {
 public:
  virtual ~DocumentStore() = default;
  // What cannot be read is left out: it is fetched again.
  virtual absl::StatusOr<StoredDocuments> Load() = 0;
  virtual absl::Status SaveRoot(uint32_t version, const std::string& root) = 0;
  // The manifest with all its parts, in one step; those of the manifest before may go.
  virtual absl::Status SaveManifest(uint64_t version, const std::string& manifest,
                                    const std::map<std::string, std::string>& parts) = 0;
  virtual absl::Status SaveFreshness(const std::string& freshness,
                                     const std::vector<std::string>& denials) = 0;
};

// Files under `directory` (created, mode 0700), each replaced by rename after fsync.
std::unique_ptr<DocumentStore> MakeFileDocumentStore(std::string directory);

// The same files for somebody who reads them beside their owner: nothing is made or changed. Load is
// NOT_FOUND where there is no such directory; every Save is FAILED_PRECONDITION.
std::unique_ptr<DocumentStore> MakeReadOnlyDocumentStore(std::string directory);

}  // namespace kp::trust
