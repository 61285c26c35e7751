#include "wco-bridge/store/messages.h"

#include <gtest/gtest.h>

#include "mesh/store/testing/test_store.h"

namespace kp::bridge {
namespace {

class MessagesTest : public store::StoreContractTest {
 protected:
  void SetUp() override {
    StoreContractTest::SetUp();
    if (store_ == nullptr) return;
    database_ = store_->Open({BridgeSchema()});
    Message message;
    message.id = "id";
    message.partner = "EU-CUSTOMS";
    message.lrn = "LRN-1";
    Do([&](store::Transaction& tx) { return InsertMessage(tx, message).status(); });
  }

  void Do(const store::Database::WriteClosure& write) {
    const absl::Status status = database_->Write(write);
    ASSERT_TRUE(status.ok()) << status;
  }
  void Answer(v1::DeclarationState state, bool awaiting, const std::string& response) {
    Do([&](store::Transaction& tx) {
      return AnswerMessage(tx, "id", state, awaiting, response, store_->clock().Now());
    });
  }
  Message Stored() {
    std::optional<Message> found;
    Do([&](store::Transaction& tx) -> absl::Status {
      auto message = FindMessage(tx, "EU-CUSTOMS", "LRN-1");
      if (message.ok()) found = *message;
      return message.status();
    });
    return found.value_or(Message());
  }

  std::unique_ptr<store::Database> database_;
};

TEST_P(MessagesTest, TheFirstAnswerThatAwaitsNothingStands) {
  EXPECT_FALSE(Stored().awaiting);
  Answer(v1::DECLARATION_STATE_CONTROL, true, "first");
  EXPECT_TRUE(Stored().awaiting);
  EXPECT_EQ(Stored().response, "first");
  Answer(v1::DECLARATION_STATE_ACCEPTED, false, "second");
  EXPECT_FALSE(Stored().awaiting);
  EXPECT_EQ(Stored().state, v1::DECLARATION_STATE_ACCEPTED);
  Answer(v1::DECLARATION_STATE_REJECTED, false, "third");
  EXPECT_EQ(Stored().state, v1::DECLARATION_STATE_ACCEPTED);
  EXPECT_EQ(Stored().response, "second");
}

TEST_P(MessagesTest, RemembersThatReservationsWereAskedFor) {
  EXPECT_FALSE(Stored().reserving);
  Do([](store::Transaction& tx) { return MarkReserving(tx, "id"); });
  EXPECT_TRUE(Stored().reserving);
}

KP_ON_EVERY_STORE(MessagesTest);

}  // namespace
}  // namespace kp::bridge
