// For tests only: a small world with trust documents that can be signed, damaged and published.
// Anything that fails here aborts the test program.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "kp/trust/v1/trust.pb.h"
#include "mesh/trust/documents.h"
#include "mesh/trust/trust_store.h"
#include "tests/support/pki.h"

namespace kp::trust::testing {

// A manifest with its parts, by digest.
struct Release {
  v1::SignedDocument document;
  v1::Manifest manifest;
  std::map<std::string, std::string> parts;

  // Gives `parts`.
  PartSource Source() const;
};

// `document` signed by the test keys with these names.
v1::SignedDocument SignDocument(const google::protobuf::Message& document,
                                const std::string& content_type,
                                const std::vector<std::string>& signers);

// Parties KP (registry), BW and EU, each with a trust domain "<id in lower case>.test", a CA and a
// statement key (TestKey(id)); "DOUANE" (domain douane.test) is customs acting for EU; BW and KP
// have an endpoint. Root signers are the test keys r1, r2, r3, threshold 2.
class World final {
 public:
  explicit World(absl::Time now);

  // Part contents, to be changed before Make.
  v1::PartiesPart parties;
  v1::AnchorsPart anchors;
  v1::SigningKeysPart keys;
  v1::EndpointsPart endpoints;
  std::map<std::string, std::string> more_parts;  // by name

  const kp::testing::TestCa& ca(const std::string& party) const { return *cas_.at(party); }
  static std::string DomainOf(const std::string& party);

  v1::RootDocument RootDocument(uint32_t version) const;
  // Root 1, well signed.
  v1::SignedDocument FirstRoot() const;

  // What Make signs, to be damaged by a test.
  v1::Manifest Manifest(uint64_t version, uint32_t root_version = 1) const;
  Release Sign(const v1::Manifest& manifest, const std::vector<std::string>& signers) const;
  // A sound release of this version, signed by r1 and r2.
  Release Make(uint64_t version, uint32_t root_version = 1) const;

  TrustOptions Options() const;

 private:
  std::map<std::string, std::string> Parts() const;  // by name

  absl::Time now_;
  std::map<std::string, std::unique_ptr<kp::testing::TestCa>> cas_;
};

// A denial by `issuer`, signed at `now` with TestKey(issuer).
std::string SignDenial(const std::string& issuer, const v1::Denial& denial, absl::Time now);
v1::Denial MakeDenial(v1::DenialSubject subject, const std::string& party);

// What the registry says at `now` about `release`, valid for 60 s.
v1::Freshness FreshnessOf(const Release& release, const std::vector<std::string>& denials,
                          absl::Time now);
std::string SignFreshness(const v1::Freshness& freshness, absl::Time now,
                          const std::string& issuer = "KP");

}  // namespace kp::trust::testing
