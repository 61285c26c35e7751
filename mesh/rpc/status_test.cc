#include "mesh/rpc/status.h"

#include "base/error.h"
#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "gtest/gtest.h"
#include "mesh/rpc/reasons.h"

namespace kp::rpc {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(StatusTest, ReasonMetadataAndMessageSurviveTheWire) {
  const absl::Status sent = MakeError(absl::StatusCode::kAlreadyExists, "REQUEST_ID_REUSED",
                                      "this request_id had other content", {{"method", "Issue"}});
  const absl::Status got = FromGrpcStatus(ToGrpcStatus(sent));
  EXPECT_EQ(got.code(), sent.code());
  EXPECT_EQ(got.message(), sent.message());
  EXPECT_EQ(ReasonOf(got), "REQUEST_ID_REUSED");
  EXPECT_EQ(MetadataOf(got), MetadataOf(sent));
}

TEST(StatusTest, FaultsSurviveTheWire) {
  const std::vector<Fault> faults{
      {"CARATS_NOT_POSITIVE", "lines[0].carats", "is 0; must be above 0", "R05"},
      {"HS_CODE_UNKNOWN", "lines[1].hs_code", "7102.39 is not rough", "R08"}};
  const absl::Status got = FromGrpcStatus(ToGrpcStatus(FieldErrors(faults)));
  EXPECT_EQ(FaultsOf(got), faults);
  EXPECT_EQ(ReasonOf(got), "CARATS_NOT_POSITIVE");
}

TEST(StatusTest, AFaultWithoutARuleIsOneOfForm) {
  const absl::Status got = FromGrpcStatus(ToGrpcStatus(
      FieldErrors({{"TEXT_TOO_LONG", "name", "is long", ""}, {"R", "f", "m", "R05"}})));
  EXPECT_EQ(FaultsOf(got)[0].rule, "FORM");
  EXPECT_EQ(FaultsOf(got)[1].rule, "R05");
}

TEST(StatusTest, WireFormIsThatOfGoogleRpc) {
  google::rpc::Status details;
  ASSERT_TRUE(details.ParseFromString(
      ToGrpcStatus(FieldError({"R", "f", "is wrong", ""})).error_details()));
  EXPECT_EQ(details.code(), 3);
  google::rpc::ErrorInfo info;
  ASSERT_TRUE(details.details(0).UnpackTo(&info));
  EXPECT_EQ(info.domain(), "kp");
  EXPECT_EQ(info.reason(), "R");
  google::rpc::BadRequest bad_request;
  ASSERT_TRUE(details.details(1).UnpackTo(&bad_request));
  EXPECT_EQ(bad_request.field_violations(0).field(), "f");
}

TEST(StatusTest, HugeErrorsAreCutBelowTheLimitAndKeepTheirReason) {
  std::vector<Fault> faults;
  for (int i = 0; i < 500; ++i) {
    faults.push_back({"R", "lines[" + std::to_string(i) + "]", std::string(300, 'x'), "R05"});
  }
  const grpc::Status wire = ToGrpcStatus(FieldErrors(faults));
  EXPECT_LE(wire.error_details().size() + wire.error_message().size(), kMaxDetailBytes);
  const absl::Status got = FromGrpcStatus(wire);
  EXPECT_EQ(ReasonOf(got), "R");
  EXPECT_EQ(FaultsOf(got)[0], faults[0]);
}

TEST(StatusTest, HugeMetadataIsDroppedAndTheReasonKept) {
  const grpc::Status wire = ToGrpcStatus(
      MakeError(absl::StatusCode::kAborted, "R", "m", {{"k", std::string(100000, 'x')}}));
  EXPECT_LE(wire.error_details().size(), kMaxDetailBytes);
  EXPECT_EQ(ReasonOf(FromGrpcStatus(wire)), "R");
}

TEST(StatusTest, MessageIsCutBetweenCharacters) {
  std::string text = "a";
  for (int i = 0; i < 3000; ++i) text += "\xc3\xab";
  const grpc::Status wire = ToGrpcStatus(absl::NotFoundError(text));
  EXPECT_LE(wire.error_message().size(), 1024U);
  EXPECT_EQ(wire.error_message().substr(wire.error_message().size() - 5), "\xc3\xab...");
}

TEST(StatusTest, CausesOfInternalErrorsStayHere) {
  std::string incident;
  absl::Status logged;
  const grpc::Status wire = ToGrpcStatus(absl::InternalError("SELECT secret FROM /var/lib/kp"),
                                         [&](std::string_view id, const absl::Status& cause) {
                                           incident = id;
                                           logged = cause;
                                         });
  EXPECT_EQ(wire.error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_THAT(wire.error_message() + wire.error_details(), Not(HasSubstr("secret")));
  EXPECT_THAT(std::string(logged.message()), HasSubstr("secret"));
  const absl::Status got = FromGrpcStatus(wire);
  EXPECT_EQ(ReasonOf(got), kInternalError);
  EXPECT_EQ(MetadataOf(got)["incident"], incident);
}

TEST(StatusTest, ReasonOfARefusalIsReadFromItsMessage) {
  EXPECT_EQ(ReasonOf(FromGrpcStatus(
                grpc::Status(grpc::StatusCode::PERMISSION_DENIED, "ROLE_NOT_ALLOWED: no"))),
            "ROLE_NOT_ALLOWED");
  EXPECT_EQ(ReasonOf(FromGrpcStatus(
                grpc::Status(grpc::StatusCode::UNAVAILABLE, "failed to connect: refused"))),
            "");
}

TEST(StatusTest, UnreadableDetailsAreIgnored) {
  const absl::Status got =
      FromGrpcStatus(grpc::Status(grpc::StatusCode::ABORTED, "m", "\xff\xff\xff"));
  EXPECT_EQ(got, absl::AbortedError("m"));
}

}  // namespace
}  // namespace kp::rpc
