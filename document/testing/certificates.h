// For tests only: validated certificates of a real register, and the trust documents that go with
// them.
#pragma once

#include <memory>
#include <string>

#include "certificate-svc/testing/entities.h"
#include "mesh/trust/snapshot.h"

namespace kp::document::testing {

// BW's register with its trust documents. Anything that fails aborts the test program.
class Issuer final {
 public:
  Issuer();

  certificate::testing::Entity& bw() { return entities_->bw(); }
  trust::testing::World& world() { return entities_->world(); }

  // One certificate, applied for, issued and validated.
  certificate::v1::Certificate Validated(const certificate::v1::Certificate& application);
  // The same with a statement that only just fits the largest code, version 40. The register issues
  // none: it keeps room for the longest names of authority and officers.
  certificate::v1::Certificate Largest(const certificate::v1::Certificate& application);

  // What a reader believes who took over the documents of world(), as they are now, at `now`; with
  // these denials of the registry.
  std::shared_ptr<const trust::Snapshot> Trust(absl::Time now,
                                               const std::vector<std::string>& denials = {});

 private:
  std::unique_ptr<certificate::testing::Entities> entities_;
};

// Three lines and two names of 200 letters each, addresses, three seals.
certificate::v1::Certificate LongApplication();

}  // namespace kp::document::testing
