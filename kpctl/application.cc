#include "kpctl/application.h"

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "document/printable.h"
#include "kpctl/parse.h"

namespace kp::kpctl {

namespace cert = certificate::v1;

void ApplicationFlags::PartyFlags::AddTo(CLI::App* verb, const std::string& prefix) {
  verb->add_option("--" + prefix, name, "F10, name as printed")->required()->type_name("NAME");
  verb->add_option("--" + prefix + "-address", address, "F10, address")->type_name("TEXT");
  verb->add_option("--" + prefix + "-registration", registration, "Registration number")
      ->type_name("TEXT");
  verb->add_option("--" + prefix + "-country", country, "ISO 3166-1 alpha-2")->type_name("CODE");
}

cert::TradeParty ApplicationFlags::PartyFlags::ToProto() const {
  cert::TradeParty party;
  party.set_name(name);
  party.set_address(address);
  party.set_registration(registration);
  party.set_country(country);
  return party;
}

void ApplicationFlags::AddTo(CLI::App* verb) {
  exporter_.AddTo(verb, "exporter");
  importer_.AddTo(verb, "importer");
  verb->add_option("--importing-entity", importing_entity_, "Issuing entity of the place of import")
      ->required()
      ->type_name("CODE");
  verb->add_option("--line", lines_, "A line of the certificate; repeatable")
      ->required()
      ->type_name("HS:CARATS:USD[:ORIGIN[:AREA[:OPERATION]]]");
  verb->add_option("--parcels", parcels_, "F13")->required()->type_name("N");
  verb->add_option("--origin", origin_, "F3: ZW, mixed, or mixed:BW,NA")
      ->required()
      ->type_name("ORIGIN");
  verb->add_option("--seal", seals_, "Seal of a container; repeatable")->type_name("TEXT");
  verb->add_option("--issuing-authority", authority_, "F9, id in the registry")->type_name("ID");
  verb->add_option("--source", sources_,
                   "A source of the source book, and how much is drawn; repeatable (R16)")
      ->type_name("ID:CARATS");
  verb->add_flag("--no-conflict-declared", no_conflict_declared_,
                 "The exporter declares that these are no conflict diamonds (R18)");
  verb->add_option("--language", language_, "F4, language beside English")->type_name("TAG");
}

absl::StatusOr<cert::Certificate> ApplicationFlags::ToProto() const {
  Faults faults;
  cert::Certificate application;
  *application.mutable_exporter() = exporter_.ToProto();
  *application.mutable_importer() = importer_.ToProto();
  application.set_importing_entity(importing_entity_);
  application.set_issuing_authority(authority_);
  application.set_language(language_);
  application.set_parcels(parcels_);
  application.set_no_conflict_declared(no_conflict_declared_);
  *application.mutable_origin() = ParseOrigin(origin_);
  for (const std::string& seal : seals_) application.add_seals(seal);
  for (size_t i = 0; i < lines_.size(); ++i) {
    *application.add_lines() = faults.Take(ParseLine(lines_[i]), absl::StrCat("lines[", i, "]"));
  }
  for (size_t i = 0; i < sources_.size(); ++i) {
    // An id may hold colons, carats do not.
    const size_t colon = sources_[i].rfind(':');
    cert::SourceDraw& draw = *application.add_sources();
    draw.set_source_id(sources_[i].substr(0, colon));
    draw.set_carats_thousandths(
        faults.Take(ParseCarats(colon == std::string::npos ? "" : sources_[i].substr(colon + 1)),
                    absl::StrCat("sources[", i, "].carats_thousandths")));
  }
  KP_RETURN_IF_ERROR(faults.Status());
  KP_RETURN_IF_ERROR(CheckApplication(application));
  return application;
}

void TellPrintFaults(const cert::Certificate& application, std::ostream& err) {
  for (const Fault& fault : document::PrintFaults(application)) {
    err << "note: " << fault.field << ": " << fault.message << "; certificate print stops there ("
        << fault.reason << ")\n";
  }
}

}  // namespace kp::kpctl
