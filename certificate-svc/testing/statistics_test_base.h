// Two registers, BW and EU, whose clocks stand at 2026-03-01, and what tests of their statistics do.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/error.h"
#include "certificate-svc/store/statistics.h"
#include "certificate-svc/testing/entities.h"
#include "gtest/gtest.h"

namespace kp::certificate::testing {

class StatisticsTestBase : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    all_ = Entities::Make(GetParam());
    if (all_ == nullptr) GTEST_SKIP() << "PostgreSQL 15 is not installed";
  }
  Entity& bw() { return all_->bw(); }
  Entity& eu() { return all_->eu(); }

  // BW exports to EU and EU knows of it.
  std::string Exported() {
    const std::string number = bw().Exported(GoodApplication()).number();
    EXPECT_TRUE(all_->Settle());
    return number;
  }
  // EU confirms; both books have it.
  void Confirm(const std::string& number, int64_t carats = 1'250'500, int64_t value = 18'750'000,
               const std::string& day = "2026-03-01", const std::string& hs = "710231") {
    v1::ConfirmImportRequest request;
    request.set_request_id(SystemIds().NewUuid());
    request.set_number(number);
    request.set_consignment_reference("UCR-" + number);
    v1::Arrival& arrival = *request.mutable_arrival();
    arrival.set_receipt_date(day);
    v1::Line& line = *arrival.add_lines();
    line.set_hs_code(hs);
    line.set_carats_thousandths(carats);
    line.set_value_usd_cents(value);
    arrival.set_parcels(2);
    arrival.set_seals_unbroken(true);
    const auto result = eu().uses->Confirm(eu().Call("verifier"), request);
    ASSERT_TRUE(result.ok()) << result.status();
    ASSERT_EQ(result->outcome(), v1::OUTCOME_DONE) << result->text();
  }
  // So many imports of EU from BW, of a carat each; the origin is asked for each, "BW" or "BW,NA".
  void Imported(int count, const std::function<std::string(int)>& origin,
                const std::string& hs = "710231") {
    const int first = imported_;
    imported_ += count;
    const auto saved = eu().environment->database.Write([&](store::Transaction& tx) -> absl::Status {
      for (int i = 0; i < count; ++i) {
        pb::ConfirmedImport import;
        import.set_number(absl::StrCat("BW", 5'000'000 + first + i));
        import.set_issuer("BW");
        import.set_receipt_date("2026-03-01");
        import.set_confirm_date("2026-03-01");
        const std::vector<std::string> countries = absl::StrSplit(origin(i), ',');
        import.mutable_origin()->set_kind(countries.size() == 1 ? pb::ORIGIN_KIND_SINGLE
                                                                : pb::ORIGIN_KIND_MIXED_LISTED);
        import.mutable_origin()->mutable_countries()->Add(countries.begin(), countries.end());
        pb::Line& line = *import.add_lines();
        line.set_hs_code(hs);
        line.set_carats_thousandths(1'000);
        line.set_value_usd_cents(10'000);
        KP_RETURN_IF_ERROR(SaveConfirmedImport(tx, import));
      }
      return absl::OkStatus();
    });
    ASSERT_TRUE(saved.ok()) << saved;
  }
  static v1::GetQuarterResponse Quarter(Entity& entity, int quarter = 1) {
    v1::GetQuarterRequest request;
    request.set_year(2026);
    request.set_quarter(quarter);
    const auto response = entity.statistics->GetQuarter(request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? *response : v1::GetQuarterResponse();
  }
  static absl::StatusOr<v1::FileQuarterResponse> File(Entity& entity,
                                                      const std::string& text = "",
                                                      int quarter = 1, int year = 2026) {
    v1::FileQuarterRequest request;
    request.set_request_id(SystemIds().NewUuid());
    request.set_year(year);
    request.set_quarter(quarter);
    request.set_text(text);
    return entity.statistics->FileQuarter(entity.Officer("issuer"), request);
  }
  static v1::GetMirrorResponse Mirror(Entity& entity, const std::string& partner,
                                      int quarter = 1) {
    v1::GetMirrorRequest request;
    request.set_year(2026);
    request.set_quarter(quarter);
    request.set_partner(partner);
    const auto response = entity.statistics->GetMirror(request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? *response : v1::GetMirrorResponse();
  }
  // "710231: NUMBER EXPLANATION..." for each certificate of each row.
  static std::vector<std::string> Named(const v1::GetMirrorResponse& mirror) {
    std::vector<std::string> named;
    for (const v1::MirrorRow& row : mirror.rows()) {
      for (const v1::MirrorCertificate& certificate : row.certificates()) {
        std::string line = row.hs_code() + ": " + certificate.number();
        for (const int explanation : certificate.explanations()) {
          line += " " + v1::TradeExplanation_Name(static_cast<v1::TradeExplanation>(explanation))
                            .substr(sizeof("TRADE_EXPLANATION_") - 1);
        }
        named.push_back(line);
      }
    }
    return named;
  }
  absl::StatusOr<v1::FileFiguresResponse> Produce(
      int half, int64_t carats, const std::string& text,
      v1::FigureKind kind = v1::FIGURE_KIND_PRODUCTION, int64_t value = 0) {
    v1::FileFiguresRequest request;
    request.set_request_id(SystemIds().NewUuid());
    v1::FiledFigures& figures = *request.mutable_figures();
    figures.set_kind(kind);
    figures.set_year(2026);
    figures.set_half(half);
    figures.set_text(text);
    v1::FigureRow& row = *figures.add_rows();
    row.set_origin("BW");
    row.set_hs_code("7102.31");
    row.set_carats_thousandths(carats);
    row.set_value_usd_cents(value);
    return bw().statistics->FileFigures(bw().Officer("issuer"), request);
  }
  v1::GetBalanceResponse Balance(Entity& entity) {
    v1::GetBalanceRequest request;
    request.set_year(2026);
    const auto response = entity.statistics->GetBalance(request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? *response : v1::GetBalanceResponse();
  }
  // What BW's service would deliver to EU, signed by BW.
  std::string Deliver(const v1::StatisticsStatement& part) {
    const auto signed_part = bw().environment->signer.Sign(StatisticsContentType(), part, "EU",
                                                           bw().clock.Now());
    const auto receipt =
        eu().receiver->Receive("BW", SystemIds().NewUuid(), signed_part->bytes());
    if (!receipt.ok()) return ReasonOf(receipt.status());
    const auto parsed = statement::Statement::Parse(*receipt);
    const auto content = statement::DecodePayload<v1::ReceiptStatement>(*parsed);
    return content->outcome() == v1::OUTCOME_REFUSED ? content->reason()
                                                     : v1::Outcome_Name(content->outcome());
  }
  static v1::StatisticsStatement Part() {
    v1::StatisticsStatement part;
    part.set_year(2026);
    part.set_quarter(1);
    part.set_version(5);
    part.set_through_date("2026-03-31");
    part.set_partner("EU");
    part.mutable_file_time()->set_seconds(1);
    for (const bool import : {false, true}) {
      v1::TradeRow& row = *part.add_rows();
      row.set_partner("EU");
      row.set_import(import);
      row.set_origin("BW");
      row.set_hs_code("710231");
      row.mutable_figures()->set_certificates(1);
      row.mutable_figures()->set_carats_thousandths(7);
      v1::TradeTotal& total = *part.add_totals();
      total.set_partner("EU");
      total.set_import(import);
      *total.mutable_figures() = row.figures();
    }
    return part;
  }

  std::unique_ptr<Entities> all_;
  int imported_ = 0;
};

}  // namespace kp::certificate::testing
