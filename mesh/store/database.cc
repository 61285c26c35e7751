#include "mesh/store/database.h"

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "mesh/store/connection.h"
#include "mesh/store/migrator.h"
#include "mesh/store/reasons.h"
#include "mesh/store/schema.h"
#include "mesh/store/writer.h"

namespace kp::store {
namespace {

constexpr std::chrono::seconds kReadWait(5);

absl::Status ReadOnly() {
  return MakeError(absl::StatusCode::kFailedPrecondition, kStoreReadOnly,
                   "the database was opened to be read");
}

}  // namespace

struct Database::Impl {
  using Handle = std::unique_ptr<Connection>;

  Impl(Target where, const Clock& time) : target(std::move(where)), clock(time) {}

  // A free session, or nullptr after kReadWait.
  Handle Take() {
    std::unique_lock<std::mutex> lock(mutex);
    if (!returned.wait_for(lock, kReadWait, [&] { return !idle.empty(); })) return nullptr;
    Handle handle = std::move(idle.back());
    idle.pop_back();
    return handle;
  }

  void GiveBack(Handle handle) {
    {
      const std::lock_guard<std::mutex> lock(mutex);
      idle.push_back(std::move(handle));
    }
    returned.notify_one();
  }

  const Target target;
  const Clock& clock;
  std::mutex mutex;
  std::condition_variable returned;
  std::vector<Handle> idle;  // guarded by mutex
  std::unique_ptr<Writer> writer;  // null: read only
};

Database::Database(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Database::~Database() = default;

absl::StatusOr<std::unique_ptr<Database>> Database::Open(Options options, const Clock& clock,
                                                         const std::vector<Component>& components) {
  KP_ASSIGN_OR_RETURN(const Target target, Target::Parse(options.connection));
  if (options.read_sessions < 1 || options.write_sessions < 1 || options.max_batch < 1) {
    return MakeError(absl::StatusCode::kInvalidArgument, kStoreBadValue,
                     "a database needs sessions to read and write, and a batch size above 0");
  }
  {
    std::vector<Component> all = {StoreSchema()};
    all.insert(all.end(), components.begin(), components.end());
    KP_ASSIGN_OR_RETURN(const auto migrating,
                        Connection::Open(target, Connection::Role::kMigrate));
    KP_RETURN_IF_ERROR(Migrate(*migrating, clock, all));
  }
  auto impl = std::make_unique<Impl>(target, clock);
  for (int i = 0; i < options.read_sessions; ++i) {
    KP_ASSIGN_OR_RETURN(auto session, Connection::Open(target, Connection::Role::kRead));
    impl->idle.push_back(std::move(session));
  }
  std::vector<std::unique_ptr<Connection>> writers;
  const int count = target.backend == Backend::kSqlite ? 1 : options.write_sessions;
  for (int i = 0; i < count; ++i) {
    KP_ASSIGN_OR_RETURN(auto session, Connection::Open(target, Connection::Role::kWrite));
    writers.push_back(std::move(session));
  }
  impl->writer = std::make_unique<Writer>(target, options, clock, std::move(writers));
  return std::unique_ptr<Database>(new Database(std::move(impl)));
}

absl::StatusOr<std::unique_ptr<Database>> Database::OpenReadOnly(
    Options options, const Clock& clock, const std::vector<Component>& components) {
  KP_ASSIGN_OR_RETURN(const Target target, Target::Parse(options.connection));
  std::error_code error;
  if (target.backend == Backend::kSqlite &&
      !std::filesystem::is_regular_file(target.address, error)) {
    // SQLite would create it.
    return MakeError(absl::StatusCode::kNotFound, kStoreFailed,
                     absl::StrCat("there is no database ", target.address));
  }
  std::vector<Component> all = {StoreSchema()};
  all.insert(all.end(), components.begin(), components.end());
  auto impl = std::make_unique<Impl>(target, clock);
  for (int i = 0; i < options.read_sessions; ++i) {
    KP_ASSIGN_OR_RETURN(auto session, Connection::Open(target, Connection::Role::kRead));
    if (i == 0) KP_RETURN_IF_ERROR(CheckSchema(*session, all));
    impl->idle.push_back(std::move(session));
  }
  return std::unique_ptr<Database>(new Database(std::move(impl)));
}

absl::Status Database::Write(WriteClosure closure) {
  if (impl_->writer == nullptr) return ReadOnly();
  return impl_->writer->Write(std::move(closure));
}

absl::Status Database::WriteLater(WriteClosure closure, std::chrono::milliseconds max_delay) {
  if (impl_->writer == nullptr) return ReadOnly();
  return impl_->writer->WriteLater(std::move(closure), max_delay);
}

void Database::BeforeCommit(WriteClosure closure) {
  if (impl_->writer != nullptr) impl_->writer->BeforeCommit(std::move(closure));
}

absl::Status Database::Read(const ReadClosure& closure) {
  Impl::Handle connection = impl_->Take();
  if (connection == nullptr) {
    return MakeError(absl::StatusCode::kResourceExhausted, kStoreBusy, "too many reads wait");
  }
  const char* const begin = impl_->target.backend == Backend::kSqlite
                                ? "BEGIN"
                                : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
  absl::Status result;
  for (int attempt = 1; attempt <= 2; ++attempt) {
    if (connection->lost()) {
      auto fresh = Connection::Open(impl_->target, Connection::Role::kRead);
      if (!fresh.ok()) {
        result = fresh.status();
        break;
      }
      connection = *std::move(fresh);
    }
    result = connection->Control(begin);
    if (result.ok()) {
      ReadSession session(*connection);
      result = closure(session);
      if (!session.failure_.ok()) result = session.failure_;
      connection->Control("ROLLBACK").IgnoreError();
    }
    // A session that broke while idle is found out here; what was read is read again on a new one.
    if (!connection->lost()) break;
  }
  impl_->GiveBack(std::move(connection));
  return result;
}

bool Database::Writable() const { return impl_->writer != nullptr && impl_->writer->Writable(); }
WriteStats Database::Stats() const {
  return impl_->writer == nullptr ? WriteStats() : impl_->writer->Stats();
}
const Clock& Database::clock() const { return impl_->clock; }

}  // namespace kp::store
