#include "certificate-svc/domain/code_size.h"

#include <functional>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "kp/certificate/v1/statements.pb.h"
#include "mesh/statement/compact.h"
#include "scheme/wire/certificate.h"

namespace kp::certificate {
namespace {

namespace wire = scheme::wire;
using statement::CompactSize;

absl::StatusOr<CompactSize> Largest(const Environment& env, const v1::CertificateStatement& payload) {
  return statement::LargestCompactSize(env.entity.text(), CertificateContentType(), payload);
}

// The parts of a certificate that whoever applies can make smaller.
using Clear = std::function<void(v1::CertificateStatement&)>;
const std::pair<const char*, Clear> kParts[] = {
    {"exporter.name", [](auto& s) { s.mutable_exporter()->clear_name(); }},
    {"exporter.registration", [](auto& s) { s.mutable_exporter()->clear_registration(); }},
    {"importer.name", [](auto& s) { s.mutable_importer()->clear_name(); }},
    {"importer.registration", [](auto& s) { s.mutable_importer()->clear_registration(); }},
    {"lines", [](auto& s) { s.clear_lines(); }},
    {"seals", [](auto& s) { s.clear_seals(); }},
    {"origin.countries", [](auto& s) { s.mutable_origin()->clear_countries(); }},
};

// Names the part without which most is gained.
absl::Status TooLarge(const Environment& env, const v1::CertificateStatement& payload,
                      const CompactSize& size) {
  KP_ASSIGN_OR_RETURN(const CompactSize whole, Largest(env, payload));
  std::string field;
  size_t gain = 0;
  for (const auto& [name, clear] : kParts) {
    v1::CertificateStatement without = payload;
    clear(without);
    KP_ASSIGN_OR_RETURN(const CompactSize rest, Largest(env, without));
    if (whole.compressed > rest.compressed + gain) {
      gain = whole.compressed - rest.compressed;
      field = name;
    }
  }
  const std::string limit =
      size.compressed > statement::kMaxQrBytes
          ? absl::StrCat("the signed certificate takes up to ", size.compressed,
                         " bytes compressed, and a QR code (version 40, level Q) holds ",
                         statement::kMaxQrBytes)
          : absl::StrCat("the signed certificate has up to ", size.plain,
                         " bytes, and a reader of its QR code takes ",
                         statement::kMaxCompactStatementSize);
  return FieldError({kCertificateTooLarge, field, absl::StrCat(limit, "; this part takes ", gain),
                     "F6"});
}

}  // namespace

absl::Status CheckWillFitCode(const Environment& env, const SchemeView& view,
                              const v1::Certificate& record,
                              const scheme::AreaAttestation& attestation) {
  // Letters that do not compress: 64 is the limit of a person's id.
  constexpr char kLongName[] = "q7Zk2.Vx9-Lw4Tb_Rm8sYd3Hc6Pf1Ng5JuXe0BoQa-Wi.KvU2tGr7ClMzE9hSyD4";
  v1::Certificate signed_record = record;
  const auto could_validate = [&](const std::string& authority) {
    if (authority.size() > signed_record.validating_authority().size()) {
      signed_record.set_validating_authority(authority);
    }
  };
  could_validate(record.issuing_authority());
  if (const scheme::Entity* const entity = view.parties.FindEntity(env.entity)) {
    for (const scheme::Authority& authority : entity->authorities) {
      could_validate(authority.name);
      for (const std::string& alias : authority.aliases) could_validate(alias);
    }
  }
  signed_record.set_validation_date(record.issue_date());
  v1::Officer& officer = *signed_record.mutable_validated_by();
  std::string domain = record.issued_by().spiffe_id();
  domain.resize(domain.rfind('/') + 1);
  officer.set_spiffe_id(absl::StrCat(domain, kLongName));
  officer.set_person(std::string(std::rbegin(kLongName) + 1, std::rend(kLongName)));
  officer.set_authority(signed_record.validating_authority());
  scheme::AreaAttestation attested = attestation;
  for (const std::string& id : attestation.measures) {
    const scheme::Measure* const measure = view.measures.Find(id);
    if (measure != nullptr && !measure->countersigner_role.empty()) {
      attested.countersigned.push_back(measure->countersigner_role);
    }
  }
  *signed_record.add_attestations() = wire::WriteAttestation(attested);
  signed_record.set_rules_ran(std::numeric_limits<int64_t>::max());
  signed_record.set_rules_noted(std::numeric_limits<int64_t>::max() / 3);

  const v1::CertificateStatement payload = wire::WriteStatement(signed_record);
  KP_ASSIGN_OR_RETURN(const CompactSize size, Largest(env, payload));
  return size.FitsQr() ? absl::OkStatus() : TooLarge(env, payload, size);
}

absl::Status CheckFitsCode(const Environment& env, const v1::Certificate& record,
                           const std::string& statement) {
  // Compressing is the costliest part of a validation, and most certificates are far from the limit.
  if (statement::SurelyFitsQr(statement.size())) return absl::OkStatus();
  const CompactSize size = statement::CompactSizeOf(statement);
  return size.FitsQr() ? absl::OkStatus() : TooLarge(env, wire::WriteStatement(record), size);
}

}  // namespace kp::certificate
