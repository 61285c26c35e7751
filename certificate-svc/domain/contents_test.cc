// What the two sides of a shipment tell each other, field by field against the Core Document.
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "certificate-svc/domain/receiver.h"
#include "certificate-svc/domain/uses.h"
#include "certificate-svc/testing/entities.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace kp::certificate {
namespace {

using ::testing::ElementsAre;
using testing::GoodApplication;

class ContentsTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    all_ = testing::Entities::Make(GetParam());
    if (all_ == nullptr) GTEST_SKIP() << "PostgreSQL 15 is not installed";
  }
  testing::Entity& bw() { return all_->bw(); }
  testing::Entity& eu() { return all_->eu(); }

  // The payload of a statement that `issuer` signed for `audience`.
  template <typename Payload>
  Payload Signed(const std::string& bytes, const std::string& content_type,
                 const std::string& issuer, const std::string& audience) {
    const auto parsed = statement::Statement::Parse(bytes);
    EXPECT_TRUE(parsed.ok()) << parsed.status();
    if (!parsed.ok()) return {};
    statement::Expectation expected;
    expected.content_type = content_type;
    expected.issuer = issuer;
    expected.audience = audience;
    expected.now = bw().clock.Now();
    expected.max_skew = kMaxStatementSkew;
    EXPECT_TRUE(
        statement::VerifyStatement(*parsed, expected, eu().environment->trust.KeyLookup()).ok());
    return *statement::DecodePayload<Payload>(*parsed);
  }
  static v1::ConfirmImportRequest Confirmation(const std::string& number) {
    v1::ConfirmImportRequest request;
    request.set_request_id(SystemIds().NewUuid());
    request.set_number(number);
    request.set_consignment_reference("UCR-1");
    request.mutable_arrival()->set_receipt_date("2026-03-01");
    *request.mutable_arrival()->mutable_lines() = GoodApplication().lines();
    request.mutable_arrival()->set_parcels(2);
    request.mutable_arrival()->set_seals_unbroken(true);
    return request;
  }
  // What EU's outbox sent.
  outbox::Message Sent(const std::string& message_id) {
    outbox::Message message;
    const absl::Status read =
        eu().environment->database.Read([&](store::ReadSession& session) -> absl::Status {
          KP_ASSIGN_OR_RETURN(message, eu().environment->outbox.Get(session, message_id));
          return absl::OkStatus();
        });
    EXPECT_TRUE(read.ok()) << read;
    return message;
  }

  std::unique_ptr<testing::Entities> all_;
};

INSTANTIATE_TEST_SUITE_P(OnEveryStore, ContentsTest, ::testing::Values("sqlite", "postgresql"),
                         [](const auto& param) { return param.param; });

// Core Document Annex II 19: "the carat weight, value, country of origin or provenance, importer
// and the serial number of the Certificate".
TEST_P(ContentsTest, APreAlertSaysWhatAnnexTwoAsksAndTheDigestOfTheCertificate) {
  const pb::Certificate certificate = bw().Exported(GoodApplication());
  ASSERT_TRUE(all_->Settle());
  const auto alert = Signed<v1::PreAlertStatement>(eu().Incoming(certificate.number()).prealert(),
                                                   PreAlertContentType(), "BW", "EU");
  EXPECT_EQ(alert.total_carats_thousandths(), 1'250'500);
  EXPECT_EQ(alert.total_value_usd_cents(), 18'750'000);
  EXPECT_EQ(alert.origin().kind(), pb::ORIGIN_KIND_SINGLE);
  EXPECT_THAT(alert.origin().countries(), ElementsAre("BW"));
  EXPECT_EQ(alert.importer_name(), "Antwerp Rough BV");
  EXPECT_EQ(alert.number(), certificate.number());
  EXPECT_EQ(alert.exporter_name(), "Okavango Diamond Company");
  EXPECT_EQ(alert.parcels(), 2);
  EXPECT_EQ(alert.export_date(), "2026-03-01");
  EXPECT_EQ(alert.certificate_statement(), certificate.statement());
  EXPECT_EQ(alert.certificate_digest(), statement::Sha256(certificate.statement()));
}

// Core Document III(b): the confirmation "should refer to the Kimberley Process Certificate number,
// the number of parcels, the carat weight and the details of the importer and exporter".
TEST_P(ContentsTest, AConfirmationSaysWhatTheCoreDocumentAsksAndTheDigestOfTheCertificate) {
  const pb::Certificate certificate = bw().Exported(GoodApplication());
  ASSERT_TRUE(all_->Settle());
  const auto result = eu().uses->Confirm(eu().Call("verifier"), Confirmation(certificate.number()));
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_EQ(result->outcome(), v1::OUTCOME_DONE) << result->text();
  const outbox::Message sent = Sent(result->message_id());
  const auto act = Signed<v1::UseStatement>(sent.what.body, UseContentType(), "EU", "BW");
  EXPECT_EQ(act.act(), v1::USE_ACT_CONFIRM);
  EXPECT_EQ(act.number(), certificate.number());
  EXPECT_EQ(act.arrival().parcels(), 2);
  ASSERT_EQ(act.arrival().lines_size(), 1);
  EXPECT_EQ(act.arrival().lines(0).carats_thousandths(), 1'250'500);
  EXPECT_EQ(act.arrival().importer_name(), "Antwerp Rough BV") << "as announced";
  EXPECT_EQ(act.arrival().exporter_name(), "Okavango Diamond Company") << "as announced";
  EXPECT_EQ(act.certificate_digest(), statement::Sha256(certificate.statement()));
  EXPECT_EQ(act.officer().person(), "P-VERIFIER");
  // The issuer's receipt, which the importing side keeps, is for exactly this statement.
  const auto receipt =
      Signed<v1::ReceiptStatement>(result->receipt(), ReceiptContentType(), "BW", "EU");
  EXPECT_EQ(receipt.statement_digest(), statement::Sha256(sent.what.body));
}

TEST_P(ContentsTest, WithoutAPreAlertTheOfficerNamesImporterAndExporter) {
  all_->Cut("EU");  // no pre-alert comes
  const std::string number = bw().Exported(GoodApplication()).number();
  v1::ConfirmImportRequest request = Confirmation(number);
  const auto refused = eu().uses->Confirm(eu().Call("verifier"), request);
  EXPECT_EQ(ReasonOf(refused.status()), kArrivalIncomplete);
  ASSERT_EQ(FaultsOf(refused.status()).size(), 2U);
  EXPECT_EQ(FaultsOf(refused.status())[0].field, "arrival.exporter_name");
  EXPECT_EQ(FaultsOf(refused.status())[1].field, "arrival.importer_name");
  request.mutable_arrival()->set_exporter_name("Okavango Diamond Company");
  request.mutable_arrival()->set_importer_name("Antwerp Rough BV");
  const auto result = eu().uses->Confirm(eu().Call("verifier"), request);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->outcome(), v1::OUTCOME_DONE);
  all_->Mend("EU");
  EXPECT_TRUE(all_->Settle());
}

TEST_P(ContentsTest, AConfirmationOfAnotherCertificateOfThisNumberIsRefused) {
  const pb::Certificate certificate = bw().Exported(GoodApplication());
  ASSERT_TRUE(all_->Settle());
  v1::UseStatement act;
  act.set_number(certificate.number());
  act.set_act(v1::USE_ACT_CONFIRM);
  act.set_consignment_reference("UCR-1");
  *act.mutable_arrival() = Confirmation(certificate.number()).arrival();
  const auto deliver = [&] {
    const auto signed_act =
        eu().environment->signer.Sign(UseContentType(), act, "BW", eu().clock.Now());
    const auto receipt = bw().receiver->Receive("EU", SystemIds().NewUuid(), signed_act->bytes());
    EXPECT_TRUE(receipt.ok()) << receipt.status();
    return *statement::DecodePayload<v1::ReceiptStatement>(*statement::Statement::Parse(*receipt));
  };
  act.set_certificate_digest(std::string(32, 'x'));
  EXPECT_EQ(deliver().outcome(), v1::OUTCOME_REFUSED);
  EXPECT_EQ(deliver().reason(), kCertificateDigestDiffers);
  EXPECT_EQ(bw().Get(certificate.number()).state(), pb::CERTIFICATE_STATE_EXPORTED);
  act.set_certificate_digest(statement::Sha256(certificate.statement()));
  EXPECT_EQ(deliver().outcome(), v1::OUTCOME_DONE);
}

}  // namespace
}  // namespace kp::certificate
