#include "participant-svc/rpc/registry_service.h"

#include "base/error.h"
#include "mesh/statement/proto_cbor.h"
#include "mesh/trust/reasons.h"
#include "participant-svc/domain/reasons.h"
#include "participant-svc/publication_fixture.h"

namespace kp::participant {
namespace {

registry::v1::ParticipantsPart Participants() {
  registry::v1::ParticipantsPart part;
  const auto add = [&](const std::string& code, const std::string& from, const std::string& until) {
    registry::v1::Participant& participant = *part.add_participants();
    participant.set_code(code);
    participant.set_name("The participant " + code);
    participant.set_kind(registry::v1::PARTICIPANT_KIND_COUNTRY);
    participant.add_participations()->set_from(from);
    participant.mutable_participations(0)->set_until(until);
    registry::v1::IssuingEntity& entity = *part.add_entities();
    entity.set_code(code);
    entity.set_participant(code);
    entity.set_name(code);
  };
  add("ZW", "2003", "");
  add("BW", "2003-08-01", "");
  add("VE", "2003-08-01", "2008-06");
  add("NA", "2003-08-01", "");
  part.mutable_entities(0)->add_territories()->set_country("ZM");
  return part;
}

class RegistryServiceTest : public PublicationTest {
 protected:
  void SetUp() override {
    PublicationTest::SetUp();
    source_ = std::make_unique<RegistrySource>(*trust_);
    reading_ = std::make_unique<RegistryServiceHandlers>(*source_);
  }
  void PublishAll() {
    registry::v1::MeasuresPart measures;
    registry::v1::Measure& measure = *measures.add_measures();
    measure.set_id("M1");
    measure.set_participant("ZW");
    measure.set_kind(registry::v1::MEASURE_KIND_SUSPENSION);
    measure.set_scope(registry::v1::MEASURE_SCOPE_COUNTRY);
    measure.set_decision("a decision");
    measure.set_from("2009-11-05");
    measure.set_until("2011-11-01");
    world_.more_parts["participants"] = *statement::EncodePayload(Participants());
    world_.more_parts["measures"] = *statement::EncodePayload(measures);
    const absl::Status status = Publish(world_.Make(1));
    ASSERT_TRUE(status.ok()) << status;
  }
  // Codes on one page; the token of the next is left in `token_`.
  absl::StatusOr<std::string> List(const std::string& on, int size, const std::string& token,
                                   const std::string& caller = "spiffe://bw.test/officer/a") {
    rpc::CallContext call = CallBy(caller);
    registry::v1::ListParticipantsRequest request;
    request.set_on(on);
    request.set_page_size(size);
    request.set_page_token(token);
    registry::v1::ListParticipantsResponse response;
    KP_RETURN_IF_ERROR(reading_->ListParticipants(call, request, response));
    token_ = response.next_page_token();
    total_ = response.total_size();
    std::string codes;
    for (const auto& participant : response.participants()) codes += participant.code() + " ";
    return codes;
  }
  int Measures(const std::string& on) {
    rpc::CallContext call = CallBy("spiffe://bw.test/officer/a");
    registry::v1::ListMeasuresRequest request;
    request.set_participant("ZW");
    request.set_on(on);
    registry::v1::ListMeasuresResponse response;
    EXPECT_TRUE(reading_->ListMeasures(call, request, response).ok());
    return response.measures_size();
  }

  std::unique_ptr<RegistrySource> source_;
  std::unique_ptr<RegistryServiceHandlers> reading_;
  std::string token_;
  int total_ = 0;
};

TEST_F(RegistryServiceTest, AnswersOnlyFromDocumentsInForce) {
  EXPECT_EQ(ReasonOf(List("", 0, "").status()), trust::kTrustNotLoaded);
  PublishAll();
  EXPECT_EQ(*List("", 0, ""), "BW NA VE ZW ");
  clock_.Advance(absl::Hours(24 * 91));
  EXPECT_EQ(ReasonOf(List("", 0, "").status()), trust::kTrustExpired);
}

TEST_F(RegistryServiceTest, ListsWhoTookPartOnADay) {
  PublishAll();
  EXPECT_EQ(*List("2026-01-01", 0, ""), "BW NA ZW ");
  EXPECT_EQ(*List("2008-05-31", 0, ""), "BW NA VE ZW ");
  EXPECT_EQ(*List("2008-06-15", 0, ""), "BW NA VE ZW ") << "the day is not known: it may have";
  EXPECT_EQ(*List("2008-07-01", 0, ""), "BW NA ZW ");
  EXPECT_EQ(*List("2003-02-01", 0, ""), "ZW ");
  EXPECT_EQ(*List("2002-12-31", 0, ""), "");
  EXPECT_EQ(FaultsOf(List("2026-02-31", 0, "").status()).at(0).field, "on");
}

TEST_F(RegistryServiceTest, PagesAndBindsTheTokenToQueryAndCaller) {
  PublishAll();
  EXPECT_EQ(*List("2026-01-01", 2, ""), "BW NA ");
  EXPECT_EQ(total_, 3);
  const std::string token = token_;
  EXPECT_FALSE(List("", 2, token).ok());
  EXPECT_FALSE(List("2026-01-01", 2, token, "spiffe://eu.test/officer/b").ok());
  EXPECT_EQ(*List("2026-01-01", 2, token), "ZW ");
  EXPECT_EQ(token_, "");
  EXPECT_FALSE(List("", 501, "").ok());
}

TEST_F(RegistryServiceTest, AMistypedParticipantIsNotOneWithoutMeasures) {
  PublishAll();
  const auto measures = [&](const std::string& code) {
    rpc::CallContext call = CallBy("spiffe://bw.test/officer/a");
    registry::v1::ListMeasuresRequest request;
    request.set_participant(code);
    registry::v1::ListMeasuresResponse response;
    const absl::Status status = reading_->ListMeasures(call, request, response);
    if (status.ok()) return std::to_string(response.measures_size());
    return ReasonOf(status) + " " + FaultsOf(status).at(0).field + ": " +
           FaultsOf(status).at(0).message;
  };
  EXPECT_EQ(measures("ZW"), "1");
  EXPECT_EQ(measures("zw"), "1");
  EXPECT_EQ(measures("BW"), "0");
  EXPECT_EQ(measures("XX"), "CODE_UNKNOWN participant: the trust documents know no participant XX");
  EXPECT_EQ(measures("ZM"), "CODE_UNKNOWN participant: ZM takes part as ZW");
  EXPECT_EQ(measures("Z"), "CODE_MALFORMED participant: a code of two letters is needed");
}

TEST_F(RegistryServiceTest, ShowsAParticipantWithEntitiesAndMeasures) {
  PublishAll();
  rpc::CallContext call = CallBy("spiffe://bw.test/officer/a");
  registry::v1::GetParticipantRequest request;
  request.set_code("ZW");
  registry::v1::GetParticipantResponse response;
  ASSERT_TRUE(reading_->GetParticipant(call, request, response).ok());
  EXPECT_EQ(response.participant().name(), "The participant ZW");
  EXPECT_EQ(response.entities_size(), 1);
  EXPECT_EQ(response.measures_size(), 1);
  request.set_code("QQ");
  EXPECT_EQ(ReasonOf(reading_->GetParticipant(call, request, response)), kParticipantUnknown);
  EXPECT_EQ(Measures(""), 1);
  EXPECT_EQ(Measures("2010-11-05"), 1);
  EXPECT_EQ(Measures("2011-11-01"), 0);
}

}  // namespace
}  // namespace kp::participant
