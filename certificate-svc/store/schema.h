// The tables of certificate-svc, in one dialect for SQLite and PostgreSQL.
#pragma once

#include "mesh/store/migration.h"

namespace kp::certificate {

store::Component CertificateSchema();

}  // namespace kp::certificate
