// For tests only: sources of BW's own production and of EU's imports, and certificates that draw on
// them.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "base/error.h"
#include "certificate-svc/testing/entities.h"
#include "gtest/gtest.h"

namespace kp::certificate::testing {

// Tests run on Sunday 1 March 2026.
class SourceBookTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override { Make({}); }
  void Make(const registry::v1::MeasuresPart& measures) {
    all_ = Entities::Make(GetParam(), measures);
    if (all_ == nullptr) GTEST_SKIP() << "PostgreSQL 15 is not installed";
  }
  Entity& bw() { return all_->bw(); }
  Entity& eu() { return all_->eu(); }

  // A certificate of BW's that EU has confirmed: now a source of EU's.
  std::string Imported(const pb::Certificate& application = GoodApplication()) {
    const std::string number = bw().Exported(application).number();
    EXPECT_TRUE(all_->Settle());
    v1::ConfirmImportRequest request;
    request.set_request_id(SystemIds().NewUuid());
    request.set_number(number);
    request.set_consignment_reference("UCR-" + number);
    request.mutable_arrival()->set_receipt_date("2026-03-01");
    *request.mutable_arrival()->mutable_lines() = application.lines();
    for (pb::Line& line : *request.mutable_arrival()->mutable_lines()) line.clear_area();
    request.mutable_arrival()->set_parcels(2);
    request.mutable_arrival()->set_seals_unbroken(true);
    const auto result = eu().uses->Confirm(eu().Call("verifier"), request);
    EXPECT_TRUE(result.ok() && result->outcome() == v1::OUTCOME_DONE) << result.status();
    return number;
  }

  // What EU re-exports to BW: so many carats, drawn from these sources.
  static pb::Certificate ReExport(
      int64_t carats, const std::vector<std::pair<std::string, int64_t>>& sources) {
    pb::Certificate application = GoodApplication();
    application.mutable_exporter()->set_country("BE");
    application.mutable_importer()->set_country("BW");
    application.set_importing_entity("BW");
    application.mutable_lines(0)->set_carats_thousandths(carats);
    application.mutable_lines(0)->set_value_usd_cents(carats * 15);
    for (const auto& [id, drawn] : sources) {
      pb::SourceDraw& draw = *application.add_sources();
      draw.set_source_id(id);
      draw.set_carats_thousandths(drawn);
    }
    return application;
  }
  absl::StatusOr<pb::Certificate> Apply(const pb::Certificate& application) {
    v1::ApplyForCertificateRequest request;
    request.set_request_id(SystemIds().NewUuid());
    *request.mutable_certificate() = application;
    Entity& entity = all_->at(application.importing_entity() == "EU" ? "BW" : "EU");
    KP_ASSIGN_OR_RETURN(const auto response,
                        entity.records->Apply(entity.Officer("issuer"), request));
    return response.certificate();
  }
  absl::StatusOr<pb::Certificate> Issue(const pb::Certificate& application) {
    KP_ASSIGN_OR_RETURN(const pb::Certificate applied, Apply(application));
    return IssueApplied(applied);
  }
  absl::StatusOr<pb::Certificate> IssueApplied(const pb::Certificate& applied) {
    v1::IssueCertificateRequest request;
    request.set_request_id(SystemIds().NewUuid());
    request.set_application_id(applied.application_id());
    Entity& entity = all_->at(applied.importing_entity() == "EU" ? "BW" : "EU");
    KP_ASSIGN_OR_RETURN(const auto response,
                        entity.records->Issue(entity.Officer("issuer"), request));
    return response.certificate();
  }
  // What BW exports of its own production: so many carats, drawn from one source.
  static pb::Certificate Mined(int64_t carats, const std::string& source) {
    pb::Certificate application = GoodApplication();
    application.mutable_lines(0)->set_carats_thousandths(carats);
    application.mutable_lines(0)->set_value_usd_cents(carats * 15);
    pb::SourceDraw& draw = *application.add_sources();
    draw.set_source_id(source);
    draw.set_carats_thousandths(carats);
    return application;
  }
  static v1::Source Find(Entity& entity, const std::string& id) {
    v1::GetSourceRequest request;
    request.set_id(id);
    const auto found = entity.sources->Get(request);
    return found.ok() ? found->source() : v1::Source();
  }
  int64_t Drawn(const std::string& id) { return Find(eu(), id).drawn_thousandths(); }

  static v1::OpenSourceRequest PaperSource(const std::string& number, int64_t carats,
                                           const std::string& country) {
    v1::OpenSourceRequest request;
    request.set_request_id(SystemIds().NewUuid());
    v1::Source& source = *request.mutable_source();
    source.set_id(number);
    source.set_kind(v1::SOURCE_KIND_PAPER_IMPORT);
    source.set_carats_thousandths(carats);
    source.mutable_origin()->set_kind(pb::ORIGIN_KIND_SINGLE);
    source.mutable_origin()->add_countries(country);
    v1::PaperDocument& document = *source.mutable_document();
    document.set_issuer(absl::AsciiStrToUpper(number.substr(0, 2)));
    document.set_issue_date("2019-03-01");
    document.set_receipt_date("2019-03-20");
    document.set_reference("archive box 12");
    source.set_text("paper certificate " + number);
    return request;
  }
  static v1::OpenSourceRequest ProductionSource(const std::string& id, int year, int half,
                                                int64_t carats) {
    v1::OpenSourceRequest request;
    request.set_request_id(SystemIds().NewUuid());
    v1::Source& source = *request.mutable_source();
    source.set_id(id);
    source.set_kind(v1::SOURCE_KIND_OWN_PRODUCTION);
    source.set_year(year);
    source.set_half(half);
    source.set_carats_thousandths(carats);
    source.mutable_origin()->set_kind(pb::ORIGIN_KIND_SINGLE);
    source.mutable_origin()->add_countries("BW");
    source.set_text("returns of the mines");
    return request;
  }
  static absl::StatusOr<v1::Source> Confirm(Entity& entity, const std::string& id,
                                            const std::string& officer = "verifier") {
    v1::ConfirmSourceRequest request;
    request.set_request_id(SystemIds().NewUuid());
    request.set_id(id);
    request.set_text("compared with the original");
    return entity.sources->Confirm(entity.Officer(officer), request);
  }
  static absl::StatusOr<v1::Source> Close(Entity& entity, const std::string& id) {
    v1::CloseSourceRequest request;
    request.set_request_id(SystemIds().NewUuid());
    request.set_id(id);
    request.set_text("entered twice");
    return entity.sources->Close(entity.Officer("issuer"), request);
  }
  static absl::StatusOr<v1::Source> Open(Entity& entity, const v1::OpenSourceRequest& request) {
    return entity.sources->Open(entity.Officer("issuer"), request);
  }
  // A paper of AO's that EU entered, confirmed by a second officer.
  absl::StatusOr<v1::Source> Paper(const std::string& number, int64_t carats,
                                   const std::string& country) {
    KP_RETURN_IF_ERROR(Open(eu(), PaperSource(number, carats, country)).status());
    return Confirm(eu(), number);
  }
  absl::StatusOr<v1::FileFiguresResponse> Produce(int year, int half, int64_t carats,
                                                  const std::string& country = "BW") {
    v1::FileFiguresRequest request;
    request.set_request_id(SystemIds().NewUuid());
    v1::FiledFigures& figures = *request.mutable_figures();
    figures.set_kind(v1::FIGURE_KIND_PRODUCTION);
    figures.set_year(year);
    figures.set_half(half);
    figures.set_text("returns of the mines");
    v1::FigureRow& row = *figures.add_rows();
    row.set_origin(country);
    row.set_hs_code("7102.31");
    row.set_carats_thousandths(carats);
    row.set_value_usd_cents(carats * 15);
    return bw().statistics->FileFigures(bw().Officer("issuer"), request);
  }

  std::unique_ptr<Entities> all_;
};

}  // namespace kp::certificate::testing
