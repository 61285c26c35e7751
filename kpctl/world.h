// From the secretariat's world file (world.proto) to the parts of the trust documents.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kp/registry/v1/registry.pb.h"
#include "kp/trust/v1/trust.pb.h"
#include "kpctl/world.pb.h"
#include "mesh/trust/documents.h"

namespace kp::kpctl {

// The typed parts, before they are encoded.
struct WorldParts {
  trust::v1::PartiesPart parties;
  trust::v1::AnchorsPart anchors;
  trust::v1::SigningKeysPart keys;
  trust::v1::EndpointsPart endpoints;
  registry::v1::ParticipantsPart participants;
  registry::v1::MeasuresPart measures;
};

// Reads what the world names, relative to `directory`. INVALID_ARGUMENT names the field or the
// file.
absl::StatusOr<WorldParts> ReadWorld(const world::World& world, const std::string& directory);

// The participants of the csv: one span of participation each, from `since` on, with its source.
// INVALID_ARGUMENT names line and column; unknown kinds and states are faults.
absl::StatusOr<std::vector<registry::v1::Participant>> ReadParticipantsCsv(const std::string& text);

// The parts as the manifest carries them, by name.
absl::StatusOr<trust::Parts> EncodeParts(const WorldParts& parts);

struct ManifestFacts {
  trust::v1::RootDocument root;  // under which it is made
  uint64_t version = 0;
  absl::Time create_time;
  absl::Time expire_time;
};

// The manifest that names these parts, with a random salt, not signed.
absl::StatusOr<trust::v1::Manifest> MakeManifest(const ManifestFacts& facts,
                                                 const trust::Parts& parts);

// Whether every node of the mesh would take these parts: nothing in them contradicts anything else,
// and the scheme can read its own.
absl::Status CheckParts(const trust::v1::Manifest& manifest, const trust::Parts& parts,
                        absl::Time now);

}  // namespace kp::kpctl
