// What an entity's profile says of its paper: the languages it is printed in, and what to look at.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/random.h"
#include "certificate-svc/domain/register.h"
#include "certificate-svc/testing/entities.h"

namespace kp::certificate {
namespace {

using ::testing::ElementsAre;
using testing::GoodApplication;
using ::testing::IsEmpty;

class ProfileTest : public ::testing::TestWithParam<std::string> {
 protected:
  // ZW prints in Portuguese, or in French, and has a watermark.
  void SetUp() override {
    registry::v1::ParticipantsPart more = testing::ThirdAuthority();
    registry::v1::IssuingEntity& zw = *more.mutable_entities(0);
    zw.add_languages("pt");
    zw.add_languages("fr");
    registry::v1::PaperFeature& watermark = *zw.add_paper_features();
    watermark.set_text("a watermark");
    watermark.set_source("a notice");
    all_ = testing::Entities::Make(GetParam(), {}, more);
    if (all_ == nullptr) GTEST_SKIP() << "PostgreSQL 15 is not installed";
  }

  absl::StatusOr<std::string> LanguageOf(testing::Entity& entity, const std::string& asked) {
    v1::ApplyForCertificateRequest request;
    request.set_request_id(SystemIds().NewUuid());
    *request.mutable_certificate() = GoodApplication();
    request.mutable_certificate()->set_language(asked);
    const auto response = entity.records->Apply(entity.Officer("issuer"), request);
    if (!response.ok()) return response.status();
    return response->certificate().language();
  }

  v1::VerifyCertificateResponse Verify(const std::string& number, pb::Purpose purpose) {
    v1::VerifyCertificateRequest request;
    request.set_number(number);
    request.set_purpose(purpose);
    const auto response = all_->eu().verifier->Verify(all_->eu().Call("verifier"), request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? *response : v1::VerifyCertificateResponse();
  }

  std::unique_ptr<testing::Entities> all_;
};

INSTANTIATE_TEST_SUITE_P(OnEveryStore, ProfileTest, ::testing::Values("sqlite", "postgresql"),
                         [](const auto& param) { return param.param; });

TEST_P(ProfileTest, ACertificateIsInALanguageThatItsEntityPrints) {
  testing::Entity& zw = all_->at("ZW");
  EXPECT_EQ(LanguageOf(zw, "").value(), "pt");
  EXPECT_EQ(LanguageOf(zw, "fr").value(), "fr");
  EXPECT_EQ(LanguageOf(zw, "en").value(), "en");
  const absl::Status refused = LanguageOf(zw, "ru").status();
  EXPECT_EQ(ReasonOf(refused), kLanguageNotPrinted);
  EXPECT_EQ(FaultsOf(refused).front().field, "certificate.language");
  // Of an entity whose languages nobody told, any may be asked for.
  EXPECT_EQ(LanguageOf(all_->bw(), "ru").value(), "ru");
  EXPECT_EQ(LanguageOf(all_->bw(), "").value(), "");
}

TEST_P(ProfileTest, WhoHasThePaperIsToldWhatToLookAt) {
  const std::string number = all_->at("ZW").Exported(GoodApplication()).number();
  EXPECT_THAT(Verify(number, pb::PURPOSE_IMPORT).look_at(), ElementsAre("a watermark"));
  EXPECT_THAT(Verify(number, pb::PURPOSE_AUDIT).look_at(), IsEmpty());
  const std::string other = all_->bw().Exported(GoodApplication()).number();
  EXPECT_THAT(Verify(other, pb::PURPOSE_IMPORT).look_at(), IsEmpty());
}

}  // namespace
}  // namespace kp::certificate
