#include "mesh/store/connection.h"

#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <unordered_map>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "mesh/store/reasons.h"
#include "mesh/store/text.h"

namespace kp::store {
namespace {

using internal::Cell;

constexpr std::string_view kSqlitePrefix = "sqlite3://";
// SQL texts are constants of the program; this only bounds the harm of one that is built.
constexpr size_t kMaxPrepared = 512;

absl::Status Failed(absl::StatusCode code, std::string_view message) {
  return MakeError(code, kStoreFailed, message);
}

// The parameters as SOCI names them: ? becomes :p1, :p2...
std::string WithNames(std::string_view sql) {
  std::string named;
  int position = 0;
  for (const char c : sql) {
    if (c == '?') {
      absl::StrAppend(&named, ":p", ++position);
    } else {
      named += c;
    }
  }
  return named;
}

struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

}  // namespace

struct Connection::Prepared {
  // The statement reads and writes these at every run, so they stay where they are.
  struct Slot {
    bool is_number = false;
    long long number = 0;
    std::string text;
    soci::indicator indicator = soci::i_null;
  };

  Prepared(soci::session& session, std::string_view sql, const std::vector<Param>& params,
           size_t columns)
      : slots(params.size()), results(columns), statement(session) {
    for (size_t i = 0; i < params.size(); ++i) {
      Slot& slot = slots[i];
      slot.is_number = std::holds_alternative<int64_t>(params[i].value());
      if (slot.is_number) {
        statement.exchange(soci::use(slot.number, slot.indicator));
      } else {
        statement.exchange(soci::use(slot.text, slot.indicator));
      }
    }
    for (Slot& result : results) statement.exchange(soci::into(result.text, result.indicator));
    statement.alloc();
    statement.prepare(WithNames(sql));
    statement.define_and_bind();
  }

  // False when a parameter is of another type than at the first run.
  bool Bind(const std::vector<Param>& params) {
    for (size_t i = 0; i < params.size(); ++i) {
      Slot& slot = slots[i];
      const auto& value = params[i].value();
      slot.indicator = soci::i_ok;
      if (std::holds_alternative<std::monostate>(value)) {
        slot.indicator = soci::i_null;
      } else if (slot.is_number != std::holds_alternative<int64_t>(value)) {
        return false;
      } else if (slot.is_number) {
        slot.number = std::get<int64_t>(value);
      } else {
        slot.text = std::get<std::string>(value);
      }
    }
    return true;
  }

  std::vector<Slot> slots;
  std::vector<Slot> results;
  soci::statement statement;
};

struct Connection::State {
  State(const soci::backend_factory& factory, const std::string& parameters)
      : session(factory, parameters) {}

  soci::session session;
  // After the session, so that statements end before it.
  std::unordered_map<std::string, std::unique_ptr<Prepared>, TextHash, std::equal_to<>> prepared;
};

absl::StatusOr<Target> Target::Parse(std::string_view connection) {
  Target target;
  if (connection.starts_with("postgresql://")) {
    target.backend = Backend::kPostgresql;
    target.address = std::string(connection);
    return target;
  }
  if (connection.starts_with(kSqlitePrefix)) {
    target.address = std::string(connection.substr(kSqlitePrefix.size()));
    // SOCI's parameter syntax cannot quote a quote.
    if (!target.address.empty() && target.address.find('"') == std::string::npos) return target;
  }
  return MakeError(absl::StatusCode::kInvalidArgument, kStoreBadValue,
                   "a database is sqlite3://PATH, without '\"', or postgresql://...");
}

Connection::Connection(Backend backend, std::unique_ptr<State> state)
    : backend_(backend), state_(std::move(state)) {}

Connection::~Connection() = default;

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const Target& target, Role role) {
  std::unique_ptr<State> state;
  try {
    if (target.backend == Backend::kSqlite) {
      state = std::make_unique<State>(soci::sqlite3, absl::StrCat("dbname=\"", target.address, "\""));
    } else {
      state = std::make_unique<State>(soci::postgresql, target.address);
    }
  } catch (const std::exception& error) {
    // The text of libpq names host and user; the password is never in it.
    return Failed(absl::StatusCode::kUnavailable,
                  absl::StrCat("cannot open the database: ", error.what()));
  }
  std::unique_ptr<Connection> connection(new Connection(target.backend, std::move(state)));
  KP_RETURN_IF_ERROR(connection->Configure(role));
  return connection;
}

absl::Status Connection::Configure(Role role) {
  if (backend_ == Backend::kPostgresql) {
    KP_RETURN_IF_ERROR(Script("SET client_min_messages TO warning"));
    KP_RETURN_IF_ERROR(Script("SET client_encoding TO 'UTF8'"));
    // Acknowledged is durable, also on a server set up otherwise; stronger settings stay.
    KP_RETURN_IF_ERROR(
        Run("SELECT set_config('synchronous_commit', 'on', false)"
            " WHERE current_setting('synchronous_commit') = 'off'",
            {}, 1, nullptr)
            .status());
    if (role != Role::kMigrate) KP_RETURN_IF_ERROR(Script("SET statement_timeout TO '10s'"));
    return absl::OkStatus();
  }
  auto* backend = static_cast<soci::sqlite3_session_backend*>(state_->session.get_backend());
  sqlite_api::sqlite3_extended_result_codes(backend->conn_, 1);
  KP_RETURN_IF_ERROR(Script("PRAGMA busy_timeout = 5000"));
  KP_ASSIGN_OR_RETURN(const std::vector<Cell> mode,
                      Run("PRAGMA journal_mode = WAL", {}, 1, nullptr));
  if (mode.size() != 1 || mode[0] != "wal") {
    return Failed(absl::StatusCode::kUnavailable, "the file system does not support SQLite's WAL");
  }
  // No mmap and small page caches: the kernel's page cache serves all sessions, and a service with a
  // million certificates stays within its memory.
  for (const char* pragma :
       {"PRAGMA synchronous = FULL", "PRAGMA foreign_keys = ON", "PRAGMA trusted_schema = OFF",
        "PRAGMA temp_store = MEMORY", "PRAGMA mmap_size = 0", "PRAGMA wal_autocheckpoint = 4000",
        "PRAGMA journal_size_limit = 67108864"}) {
    KP_RETURN_IF_ERROR(Script(pragma));
  }
  if (role == Role::kRead) {
    KP_RETURN_IF_ERROR(Script("PRAGMA query_only = ON"));
    return Script("PRAGMA cache_size = -4096");
  }
  return Script("PRAGMA cache_size = -16384");
}

absl::Status Connection::Script(const std::string& sql) {
  try {
    soci::statement statement(state_->session);
    statement.alloc();
    statement.prepare(sql, soci::details::st_one_time_query);
    statement.define_and_bind();
    statement.execute(true);
    return absl::OkStatus();
  } catch (const std::exception&) {
    return CurrentError();
  }
}

Connection::Prepared& Connection::Prepare(std::string_view sql, const std::vector<Param>& params,
                                          size_t columns) {
  auto& cache = state_->prepared;
  if (const auto it = cache.find(sql); it != cache.end()) {
    Prepared& prepared = *it->second;
    if (prepared.slots.size() == params.size() && prepared.results.size() == columns &&
        prepared.Bind(params)) {
      return prepared;
    }
    cache.erase(it);
  }
  if (cache.size() >= kMaxPrepared) cache.clear();
  auto prepared = std::make_unique<Prepared>(state_->session, sql, params, columns);
  prepared->Bind(params);
  return *cache.emplace(std::string(sql), std::move(prepared)).first->second;
}

absl::StatusOr<std::vector<Cell>> Connection::Run(std::string_view sql, std::vector<Param> params,
                                                  size_t columns, int64_t* affected) {
  for (const Param& param : params) {
    const auto* text = std::get_if<std::string>(&param.value());
    if (text != nullptr && !IsStorableText(*text)) {
      return MakeError(absl::StatusCode::kInvalidArgument, kStoreBadValue,
                       "a text is not UTF-8 or holds a NUL; bytes are given as Bytes");
    }
  }
  absl::Status error;
  try {
    Prepared& prepared = Prepare(sql, params, columns);
    std::vector<Cell> cells;
    for (bool row = prepared.statement.execute(true); row && columns > 0;
         row = prepared.statement.fetch()) {
      if (cells.size() >= ReadSession::kMaxRows * columns) {
        error = MakeError(absl::StatusCode::kInternal, kStoreBadValue,
                          absl::StrCat("a query has more than ", ReadSession::kMaxRows, " rows"));
        break;
      }
      for (const Prepared::Slot& result : prepared.results) {
        if (result.indicator == soci::i_null) {
          cells.emplace_back(std::nullopt);
        } else {
          cells.emplace_back(result.text);
        }
      }
    }
    if (error.ok()) {
      if (affected != nullptr) *affected = prepared.statement.get_affected_rows();
      return cells;
    }
  } catch (const std::exception&) {
    error = CurrentError();
  }
  // A statement of SQLite that did not run to its end would keep its read lock.
  if (backend_ == Backend::kSqlite) {
    if (const auto it = state_->prepared.find(sql); it != state_->prepared.end()) {
      state_->prepared.erase(it);
    }
  }
  return error;
}

absl::Status Connection::CurrentError() {
  const auto first_line = [](const soci::soci_error& error) {
    // Without SOCI's context and PostgreSQL's details, which show values.
    const std::string text = error.get_error_message();
    return text.substr(0, text.find('\n'));
  };
  try {
    throw;
  } catch (const soci::postgresql_soci_error& error) {
    const std::string state = error.sqlstate();
    if (state == "40001" || state == "40P01") {
      return Failed(absl::StatusCode::kAborted, first_line(error));
    }
    if (state == "23505") {
      return MakeError(absl::StatusCode::kAlreadyExists, kStoreConstraint, first_line(error));
    }
    if (state.starts_with("23")) {
      return MakeError(absl::StatusCode::kFailedPrecondition, kStoreConstraint, first_line(error));
    }
    lost_ = !state_->session.is_connected();
    return Failed(absl::StatusCode::kUnavailable, first_line(error));
  } catch (const soci::sqlite3_soci_error& error) {
    auto* backend = static_cast<soci::sqlite3_session_backend*>(state_->session.get_backend());
    const int code = sqlite_api::sqlite3_extended_errcode(backend->conn_);
    if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY) {
      return MakeError(absl::StatusCode::kAlreadyExists, kStoreConstraint, first_line(error));
    }
    if ((code & 0xff) == SQLITE_CONSTRAINT) {
      return MakeError(absl::StatusCode::kFailedPrecondition, kStoreConstraint, first_line(error));
    }
    return Failed(absl::StatusCode::kUnavailable, first_line(error));
  } catch (const soci::soci_error& error) {
    if (backend_ == Backend::kPostgresql) lost_ = !state_->session.is_connected();
    return Failed(absl::StatusCode::kUnavailable, first_line(error));
  } catch (const std::exception& error) {
    return Failed(absl::StatusCode::kUnavailable, error.what());
  }
}

}  // namespace kp::store
