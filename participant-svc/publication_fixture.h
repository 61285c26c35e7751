// For the tests of this folder: publishing without a server.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/random.h"
#include "gtest/gtest.h"
#include "mesh/statement/testing/test_keys.h"
#include "mesh/store/database.h"
#include "mesh/trust/testing/world.h"
#include "participant-svc/domain/publisher.h"
#include "participant-svc/domain/registry.h"
#include "participant-svc/rpc/publication_service.h"
#include "participant-svc/store/document_store.h"
#include "participant-svc/store/schema.h"

namespace kp::participant {

using namespace std::chrono_literals;
using trust::testing::MakeDenial;
using trust::testing::Release;
using trust::testing::SignDenial;
using trust::testing::World;
using trust::v1::PublishDocumentRequest;
using trust::v1::PublishDocumentResponse;

inline PublishDocumentRequest RequestOf(const Release& release) {
  PublishDocumentRequest request;
  *request.mutable_manifest() = release.document;
  for (const auto& [digest, part] : release.parts) request.add_parts(part);
  return request;
}

inline rpc::CallContext CallBy(const std::string& spiffe_id) {
  return rpc::CallContext({*identity::SpiffeId::Parse(spiffe_id),
                           "/test/Method",
                           std::chrono::steady_clock::now() + 10s,
                           "request",
                           {}});
}

// Trust store, publisher and handlers over one database, without a server.
class PublicationTest : public ::testing::Test {
 protected:
  void SetUp() override { Open(); }

  void Open() {
    handlers_.reset();
    publisher_.reset();
    trust_.reset();
    database_.reset();
    store::Options database;
    database.connection = "sqlite3://" + (directory_ / "registry.db");
    database_ = *store::Database::Open(std::move(database), clock_, {Schema()});
    trust::TrustOptions options = world_.Options();
    options.own_party = "KP";
    options.check_parts = CheckParts;
    auto opened =
        trust::TrustStore::Open(std::move(options), MakeDocumentStore(*database_), clock_);
    ASSERT_TRUE(opened.ok()) << opened.status();
    trust_ = *std::move(opened);
    PublisherOptions publishing;
    publishing.heartbeat = heartbeat_;
    publisher_ = std::make_unique<Publisher>(*trust_, statement::TestSigner("KP"),
                                             SystemRandom(), clock_, publishing);
    handlers_ = std::make_unique<PublicationServiceHandlers>(*publisher_);
  }

  absl::Status Publish(const PublishDocumentRequest& request) {
    rpc::CallContext call = CallBy("spiffe://kp.test/secretariat/s");
    PublishDocumentResponse response;
    const absl::Status status = handlers_->PublishDocument(call, request, response);
    version_ = response.version();
    return status;
  }
  absl::Status Publish(const Release& release) { return Publish(RequestOf(release)); }

  absl::Status PublishDenial(const std::string& caller, const std::string& denial) {
    rpc::CallContext call = CallBy(caller);
    trust::v1::PublishDenialRequest request;
    request.set_denial(denial);
    trust::v1::PublishDenialResponse response;
    return handlers_->PublishDenial(call, request, response);
  }
  absl::Status Deny(const trust::v1::Denial& denial) {
    rpc::CallContext call = CallBy("spiffe://kp.test/secretariat/s");
    trust::v1::DenyPartyRequest request;
    *request.mutable_denial() = denial;
    trust::v1::DenyPartyResponse response;
    return handlers_->DenyParty(call, request, response);
  }
  trust::v1::Denial LeafDenial(const std::string& party, char byte) {
    trust::v1::Denial denial = MakeDenial(trust::v1::DENIAL_SUBJECT_CERTIFICATE, party);
    denial.set_digest(std::string(32, byte));
    return denial;
  }

  FakeClock clock_{absl::FromUnixSeconds(1'800'000'000)};
  World world_{clock_.Now()};
  kp::testing::TempDir directory_;
  std::chrono::milliseconds heartbeat_ = 1h;
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<trust::TrustStore> trust_;
  std::unique_ptr<Publisher> publisher_;
  std::unique_ptr<PublicationServiceHandlers> handlers_;
  uint64_t version_ = 0;
};

}  // namespace kp::participant
