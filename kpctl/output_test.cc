#include "kpctl/output.h"

#include <sstream>

#include "base/error.h"
#include "gtest/gtest.h"
#include "kp/certificate/v1/verification_service.pb.h"
#include "kpctl/exit_codes.h"

namespace kp::kpctl {
namespace {

namespace cert = certificate::v1;

TEST(TableTest, PadsByCharactersAndNotByBytes) {
  Table table({"code", "name"});
  table.Add({"CI", "Côte d'Ivoire"});
  table.Add({"Zürich", ""});
  std::ostringstream out;
  table.Print(out);
  EXPECT_EQ(out.str(), "code    name\nCI      Côte d'Ivoire\nZürich  -\n");
}

TEST(TableTest, SaysWhenThereIsNothing) {
  std::ostringstream out;
  Table({"code"}).Print(out);
  EXPECT_EQ(out.str(), "(none)\n");
}

TEST(PrintableTest, TakesTheTeethOutOfForeignText) {
  EXPECT_EQ(Printable("a\x1b[31mb\n\xc2\x9b"
                      "c\xff"),
            "a?[31mb??c?");
  EXPECT_EQ(Printable("Diamants d'Anvers – né"), "Diamants d'Anvers – né");
  EXPECT_EQ(Printable("cut \xc2"), "cut ?");
}

TEST(FactsTest, LeavesOutWhatIsEmpty) {
  Facts facts;
  facts.Add("number", "BW1");
  facts.Add("use", "");
  facts.Add("state", "EXPORTED");
  std::ostringstream out;
  facts.Print(out);
  EXPECT_EQ(out.str(), "number  BW1\nstate   EXPORTED\n");
}

TEST(ToJsonTest, KeepsTheNamesOfTheProtoAndShowsDefaults) {
  cert::VerifyCertificateResponse response;
  response.set_verdict(cert::VERDICT_ACCEPT);
  const auto json = ToJson(response);
  ASSERT_TRUE(json.ok());
  EXPECT_EQ((*json)["verdict"], "VERDICT_ACCEPT");
  EXPECT_EQ((*json)["evidence_id"], "");
}

TEST(EnumTextTest, DropsThePrefix) {
  EXPECT_EQ(EnumText(cert::VERDICT_REJECT, "VERDICT_"), "REJECT");
  EXPECT_EQ(EnumText(cert::VERDICT_UNSPECIFIED, "VERDICT_"), "-");
  EXPECT_EQ(EnumText(static_cast<cert::Verdict>(99), "VERDICT_"), "99");
}

TEST(PrintErrorTest, NamesFieldFaultAndRule) {
  const absl::Status error =
      FieldError({"HS_CODE_OUT_OF_SCOPE", "lines[0].hs_code", "7102.39 needs none", "R08"});
  std::ostringstream err;
  PrintError(err, false, "certificate apply", error, "");
  EXPECT_EQ(err.str(),
            "kpctl: certificate apply failed: HS_CODE_OUT_OF_SCOPE\n"
            "  lines[0].hs_code: 7102.39 needs none [HS_CODE_OUT_OF_SCOPE, rule R08]\n");
}

TEST(PrintErrorTest, IsJsonWhenAsked) {
  const absl::Status error =
      FieldError({"HS_CODE_OUT_OF_SCOPE", "lines[0].hs_code", "7102.39 needs none", "R08"});
  std::ostringstream err;
  PrintError(err, true, "certificate apply", error, "id-1");
  const nlohmann::json json = nlohmann::json::parse(err.str());
  EXPECT_EQ(json["code"], "INVALID_ARGUMENT");
  EXPECT_EQ(json["reason"], "HS_CODE_OUT_OF_SCOPE");
  EXPECT_EQ(json["request_id"], "id-1");
  EXPECT_EQ(json["faults"][0]["field"], "lines[0].hs_code");
  EXPECT_EQ(json["faults"][0]["rule"], "R08");
}

TEST(ExitCodeTest, FollowsTheVerdict) {
  EXPECT_EQ(ExitCodeOf(cert::VERDICT_ACCEPT), 0);
  EXPECT_EQ(ExitCodeOf(cert::VERDICT_REFER), 10);
  EXPECT_EQ(ExitCodeOf(cert::VERDICT_REJECT), 11);
  EXPECT_EQ(ExitCodeOf(cert::VERDICT_UNAVAILABLE), 12);
  EXPECT_EQ(ExitCodeOf(cert::VERDICT_UNSPECIFIED), 1) << "no verdict is never a good one";
}

TEST(ExitCodeTest, OfATicketIsTheVerdictsOnceAnswered) {
  cert::GetTicketResponse ticket;
  ticket.set_state(cert::TICKET_STATE_OPEN);
  ticket.mutable_response()->set_verdict(cert::VERDICT_ACCEPT);
  EXPECT_EQ(ExitCodeOf(ticket), 12);
  ticket.set_state(cert::TICKET_STATE_ANSWERED);
  EXPECT_EQ(ExitCodeOf(ticket), 0);
}

TEST(ExitCodeTest, OfAnActTellsDoneRefusedAndPending) {
  cert::ActResult result;
  result.set_state(cert::ACT_STATE_PENDING);
  EXPECT_EQ(ExitCodeOf(result), 12);
  result.set_state(cert::ACT_STATE_ANSWERED);
  result.set_outcome(cert::OUTCOME_ALREADY_DONE);
  EXPECT_EQ(ExitCodeOf(result), 0);
  result.set_outcome(cert::OUTCOME_ALREADY_USED);
  EXPECT_EQ(ExitCodeOf(result), 11);
  result.set_outcome(cert::OUTCOME_UNSPECIFIED);
  EXPECT_EQ(ExitCodeOf(result), 1);
}

TEST(ExitCodeTest, OfADeclarationAndOfErrors) {
  EXPECT_EQ(ExitCodeOf(bridge::v1::DECLARATION_STATE_ACCEPTED), 0);
  EXPECT_EQ(ExitCodeOf(bridge::v1::DECLARATION_STATE_CONTROL), 10);
  EXPECT_EQ(ExitCodeOf(bridge::v1::DECLARATION_STATE_REJECTED), 11);
  EXPECT_EQ(ExitCodeOf(absl::InvalidArgumentError("")), 2);
  EXPECT_EQ(ExitCodeOf(absl::PermissionDeniedError("")), 1);
}

}  // namespace
}  // namespace kp::kpctl
