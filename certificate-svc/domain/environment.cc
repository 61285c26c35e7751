#include "certificate-svc/domain/environment.h"

#include "document/signed_code.h"

namespace kp::certificate {

std::string CertificateContentType() { return document::CertificateContentType(); }
std::string AnswerContentType() { return statement::ContentType("answer"); }
std::string PreAlertContentType() { return statement::ContentType("prealert"); }
std::string UseContentType() { return statement::ContentType("use"); }
std::string ReceiptContentType() { return statement::ContentType("receipt"); }
std::string StatusContentType() { return statement::ContentType("status"); }
std::string StatisticsContentType() { return statement::ContentType("statistics"); }
std::string CaseContentType() { return statement::ContentType("case"); }
std::string TechnicalContentType() { return statement::ContentType("technical"); }
std::string TechnicalVoidContentType() { return statement::ContentType("technicalvoid"); }
std::string AmendedConfirmationContentType() {
  return statement::ContentType("amendedconfirmation");
}
std::string EventContentType() { return statement::ContentType("event"); }
std::string ArchiveContentType() { return statement::ContentType("archive"); }
std::string ImportConfirmationContentType() {
  return statement::ContentType("importconfirmation");
}
std::string ImportCertificateContentType() { return statement::ContentType("importcertificate"); }

}  // namespace kp::certificate
