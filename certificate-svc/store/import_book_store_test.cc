// The import book of a register that was there before it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "certificate-svc/store/import_book.h"
#include "certificate-svc/store/schema.h"
#include "certificate-svc/store/sources.h"
#include "certificate-svc/store/verifications.h"
#include "mesh/store/testing/test_store.h"

namespace kp::certificate {
namespace {

using store::ReadSession;
using store::Transaction;

class ImportBookStoreTest : public store::StoreContractTest {};

TEST_P(ImportBookStoreTest, WhatWasAnnouncedOrEnteredBeforeTheBookIsInIt) {
  store::Component before = CertificateSchema();
  const auto step = std::ranges::find_if(before.migrations, [](const store::Migration& one) {
    return one.name == "import book, deadlines, transit";
  });
  ASSERT_NE(step, before.migrations.end());
  before.migrations.erase(step, before.migrations.end());
  {
    const auto database = store_->Open({before});
    ASSERT_TRUE(database
                    ->Write([&](Transaction& tx) -> absl::Status {
                      for (const char* number : {"BW0000001", "BW0000002"}) {
                        Incoming incoming;
                        incoming.number = number;
                        incoming.issuer = "BW";
                        incoming.prealert = "a pre-alert";
                        incoming.received_at = store_->clock().Now();
                        incoming.state = pb::CERTIFICATE_STATE_EXPORTED;
                        KP_RETURN_IF_ERROR(SaveIncoming(tx, incoming));
                      }
                      // As it was written before a source had a state.
                      const auto enter = [&](const char* id, pb::SourceKind kind) {
                        pb::Source source;
                        source.set_id(id);
                        source.set_kind(kind);
                        source.set_carats_thousandths(1);
                        return tx
                            .Execute("INSERT INTO sources (id, position, kind, carats_in, drawn, "
                                     "record) VALUES (?, ?, ?, 1, 0, ?)",
                                     source.id(), static_cast<int>(kind), static_cast<int>(kind),
                                     store::Bytes{source.SerializeAsString()})
                            .status();
                      };
                      KP_RETURN_IF_ERROR(enter("ao 123-4567", pb::SOURCE_KIND_PAPER_IMPORT));
                      KP_RETURN_IF_ERROR(enter("2025-H2", pb::SOURCE_KIND_OWN_PRODUCTION));
                      return enter("BW0000001", pb::SOURCE_KIND_CERTIFICATE);
                    })
                    .ok());
  }
  const auto database = store_->Open({CertificateSchema()});
  ASSERT_TRUE(database
                  ->Write([&](Transaction& tx) -> absl::Status {
                    KP_ASSIGN_OR_RETURN(const auto rows, ListImports(tx, {}));
                    EXPECT_EQ(rows.size(), 2U);
                    EXPECT_EQ(rows.at(0).entry.number(), "BW0000002");
                    EXPECT_EQ(rows.at(0).entry.way(), pb::IMPORT_WAY_MESH);
                    EXPECT_EQ(rows.at(0).entry.state(), pb::CERTIFICATE_STATE_EXPORTED);
                    EXPECT_TRUE(rows.at(0).entry.announced());
                    KP_ASSIGN_OR_RETURN(const std::string book, BookOfNumber(tx, "AO1234567"));
                    EXPECT_EQ(book, kInSourceBook);
                    // What rests on one officer's word waits for another one's.
                    for (const auto& [id, state] :
                         {std::pair{"ao 123-4567", pb::SOURCE_STATE_WAITING},
                          std::pair{"2025-H2", pb::SOURCE_STATE_WAITING},
                          std::pair{"BW0000001", pb::SOURCE_STATE_OPEN}}) {
                      KP_ASSIGN_OR_RETURN(const auto source, FindSource(tx, id));
                      EXPECT_EQ(source->state(), state) << id;
                      EXPECT_EQ(OpenedState(*source), state) << id;
                      KP_ASSIGN_OR_RETURN(const auto drawn, DrawSource(tx, "APP", id, 1));
                      EXPECT_EQ(drawn.has_value(), state == pb::SOURCE_STATE_OPEN) << id;
                    }
                    // What comes next stands behind them.
                    pb::ImportEntry next;
                    next.set_number("BW0000003");
                    next.set_issuer("BW");
                    next.set_way(pb::IMPORT_WAY_MESH);
                    KP_ASSIGN_OR_RETURN(const bool inserted, InsertImport(tx, next));
                    EXPECT_TRUE(inserted);
                    KP_ASSIGN_OR_RETURN(const auto found, FindImport(tx, "BW0000003"));
                    EXPECT_GT(found->position, rows.at(0).position);
                    return absl::OkStatus();
                  })
                  .ok());
}

KP_ON_EVERY_STORE(ImportBookStoreTest);

}  // namespace
}  // namespace kp::certificate
