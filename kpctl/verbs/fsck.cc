#include <memory>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "certificate-svc/audit/audit.h"
#include "kpctl/register_files.h"
#include "kpctl/verbs/verbs.h"

namespace kp::kpctl {
namespace {

struct FsckFlags {
  std::string database;
  TrustFlags trust;
};

void Show(Context& context, const certificate::AuditReport& report) {
  Facts facts;
  facts.Add("register", report.register_id.empty() ? "(no event yet)" : report.register_id);
  facts.Add("events", absl::StrCat(report.events));
  facts.Add("certificates", absl::StrCat(report.certificates));
  facts.Add("answers", absl::StrCat(report.answers));
  facts.Add("evidence", absl::StrCat(report.evidence));
  facts.Add("incoming", absl::StrCat(report.incoming));
  facts.Add("rows sealed", absl::StrCat(report.rows));
  facts.Add("signatures", absl::StrCat(report.signatures));
  facts.Print(context.out);
  context.out << '\n';
  for (const auto& [table, rows] : report.found) {
    context.out << table << ": " << rows << " rows are as they were found when their sealing began; "
                << "what was before that is not covered\n";
  }
  for (const auto& [table, rows] : report.not_covered) {
    context.out << table << ": " << rows << " rows are not covered: no event tells of them yet\n";
  }
  if (report.faults.empty()) {
    context.out << (report.not_covered.empty() ? "everything compared is as it was signed"
                                               : "everything else is as it was signed")
                << " (what is compared: docs/fsck.md)\n";
    return;
  }
  Table table({"table", "what", "fault"});
  for (const certificate::AuditFault& fault : report.faults) {
    table.Add({fault.table, Printable(fault.subject), Printable(fault.text)});
  }
  table.Print(context.out);
  context.out << report.faults.size() << (report.more ? " faults, and more\n" : " faults\n");
}

absl::StatusOr<int> Fsck(Context& context, const FsckFlags& flags) {
  KP_ASSIGN_OR_RETURN(const statement::KeyLookup keys, ReadKeys(context.clock, flags.trust));
  KP_ASSIGN_OR_RETURN(const auto database, OpenRegister(context.clock, flags.database));
  KP_ASSIGN_OR_RETURN(const certificate::AuditReport report, certificate::Audit(*database, keys));
  nlohmann::json faults = nlohmann::json::array();
  for (const certificate::AuditFault& fault : report.faults) {
    faults.push_back({{"table", fault.table}, {"subject", fault.subject}, {"text", fault.text}});
  }
  KP_RETURN_IF_ERROR(context.ShowJson({{"register", report.register_id},
                                       {"events", report.events},
                                       {"certificates", report.certificates},
                                       {"answers", report.answers},
                                       {"evidence", report.evidence},
                                       {"incoming", report.incoming},
                                       {"rows", report.rows},
                                       {"found", report.found},
                                       {"not_covered", report.not_covered},
                                       {"signatures", report.signatures},
                                       {"faults", faults},
                                       {"more", report.more}},
                                      [&] { Show(context, report); }));
  return report.faults.empty() ? kExitDone : kExitReject;
}

}  // namespace

void AddFsck(Registrar& registrar) {
  Context& context = registrar.context();
  auto flags = std::make_shared<FsckFlags>();
  CLI::App* verb = registrar.Add(
      nullptr, "fsck",
      "Verifies a register again from its bytes, without its service, and names what was changed",
      "kpctl fsck sqlite3:///var/lib/kp/data.db --root root-1.doc --manifest manifest-7/manifest.doc",
      [&context, flags] { return Fsck(context, *flags); });
  verb->add_option("DATABASE", flags->database,
                   "The register: an SQLite file, sqlite3://PATH or postgresql://...")
      ->required();
  AddTrustFlags(verb, flags->trust);
}

}  // namespace kp::kpctl
