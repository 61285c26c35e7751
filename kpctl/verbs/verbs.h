// The verbs of kpctl, a group a file. Each function adds its subcommands; the options live as long
// as the callbacks that hold them.
#pragma once

#include "kpctl/context.h"

namespace kp::kpctl {

void AddPki(Registrar& registrar);             // pki ca|leaf|key|show
void AddTrust(Registrar& registrar);           // trust root|manifest|sign|review|publish|show|deny
void AddRegistry(Registrar& registrar);        // participant list|show, measure list
void AddCertificate(Registrar& registrar);     // certificate apply|issue|validate|export|...
void AddLife(Registrar& registrar, CLI::App* certificate);  // certificate amend|correct|void|...
void AddNumbers(Registrar& registrar);         // numbers allot|lost|stolen|list
void AddCertificateWatch(Registrar& registrar, CLI::App* certificate);
void AddIncomingWatch(Registrar& registrar, CLI::App* incoming);
void AddDocument(Registrar& registrar, CLI::App* certificate);  // certificate print|read
void AddSource(Registrar& registrar);          // source open|confirm|close|list|show|...
void AddStatistics(Registrar& registrar);      // statistics show|plot|file|filed|mirror|...
void AddFigures(Registrar& registrar, CLI::App* statistics);  // statistics produce|stock|...
void AddCase(Registrar& registrar);            // case list|show|open|remark|propose|...
void AddTechnical(Registrar& registrar);       // technical issue|list|..., returns-due
void AddVerify(Registrar& registrar);          // verify, ticket show, evidence show
void AddVerifyList(Registrar& registrar);      // verify-list
void AddUse(Registrar& registrar);             // incoming list|show|watch, import confirm|arrived|...
void AddImportBook(Registrar& registrar, CLI::App* import);  // import enter|amend|list|show|overdue
void AddImportActs(Registrar& registrar, CLI::App* import);  // import inspect|original|report|...
void AddAmendment(Registrar& registrar, CLI::App* import);  // import amend-confirmation|...
void AddConfirmations(Registrar& registrar, CLI::App* certificate);  // certificate confirmations
void AddTransit(Registrar& registrar);         // transit enter|leave|show
void AddDeclaration(Registrar& registrar);     // declaration submit|status
void AddAdministration(Registrar& registrar);  // officer add|end|list, outbox list|show|retry
void AddWorklist(Registrar& registrar);        // worklist
void AddFsck(Registrar& registrar);            // fsck
void AddArchive(Registrar& registrar);         // archive export|verify|import|purge
void AddHealth(Registrar& registrar);          // health
void AddAccessTable(Registrar& registrar);     // access-table

}  // namespace kp::kpctl
