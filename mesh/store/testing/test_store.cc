#include "mesh/store/testing/test_store.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "mesh/store/connection.h"

extern char** environ;

namespace kp::store {
namespace {

const char kBinaries[] = "/usr/lib/postgresql/15/bin";

std::string NewDirectory() {
  std::string path = (std::filesystem::temp_directory_path() / "kp-store-XXXXXX").string();
  if (mkdtemp(path.data()) == nullptr) abort();
  return path;
}

pid_t Spawn(std::vector<std::string> arguments, const std::string& log) {
  if (geteuid() == 0) {
    // The server refuses to run as root; it ends with the test, however the test ends.
    const std::vector<std::string> as_nobody = {"setpriv",        "--reuid=nobody",
                                                "--regid=nogroup", "--clear-groups",
                                                "--pdeathsig=KILL"};
    arguments.insert(arguments.begin(), as_nobody.begin(), as_nobody.end());
  }
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  pid_t pid = -1;
  if (posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), environ) != 0) pid = -1;
  posix_spawn_file_actions_destroy(&actions);
  return pid;
}

// One server for all tests of the process, started at first use. Sockets only, in its directory.
class Server final {
 public:
  Server() : directory_(NewDirectory()) {
    namespace fs = std::filesystem;
    if (geteuid() == 0) fs::permissions(directory_, fs::perms::all);
    const std::string data = directory_ + "/data";
    const std::string log = directory_ + "/log";
    const pid_t init = Spawn({std::string(kBinaries) + "/initdb", "-D", data, "-U", "kp", "-A",
                              "trust", "-E", "UTF8", "--locale=C", "--no-sync"},
                             log);
    int status = 0;
    if (init < 0 || waitpid(init, &status, 0) != init || status != 0) abort();
    pid_ = Spawn({std::string(kBinaries) + "/postgres", "-D", data, "-k", directory_, "-c",
                  "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=60"},
                 log);
    if (pid_ < 0) abort();
    const Target admin{Backend::kPostgresql, Address("postgres")};
    if (!WaitUntil([&] {
          auto opened = Connection::Open(admin, Connection::Role::kMigrate);
          if (!opened.ok()) return false;
          admin_ = *std::move(opened);
          return true;
        })) {
      std::cerr << "PostgreSQL did not start in " << directory_ << "\n";
      abort();
    }
  }

  ~Server() {
    admin_.reset();
    kill(pid_, SIGQUIT);
    waitpid(pid_, nullptr, 0);
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  std::string NewDatabase() {
    const std::string name = "kp" + std::to_string(++databases_);
    if (!admin_->Script("CREATE DATABASE " + name).ok()) abort();
    return Address(name);
  }

 private:
  std::string Address(const std::string& database) const {
    return "postgresql:///" + database + "?host=" + directory_ + "&user=kp";
  }

  const std::string directory_;
  pid_t pid_ = -1;
  std::unique_ptr<Connection> admin_;
  int databases_ = 0;
};

// Ends the server when the tests are over.
class ServerEnvironment final : public ::testing::Environment {
 public:
  Server& server() {
    if (server_ == nullptr) server_ = std::make_unique<Server>();
    return *server_;
  }
  void TearDown() override { server_.reset(); }

 private:
  std::unique_ptr<Server> server_;
};

// Registered before main, as gtest wants it; gtest owns it.
ServerEnvironment* const environment = static_cast<ServerEnvironment*>(
    ::testing::AddGlobalTestEnvironment(new ServerEnvironment));  // NOLINT: gtest deletes it

}  // namespace

TestStore::TestStore(std::string connection, std::string directory)
    : connection_(std::move(connection)),
      directory_(std::move(directory)),
      clock_(absl::FromCivil(absl::CivilSecond(2026, 3, 1, 12, 0, 0), absl::UTCTimeZone())) {}

TestStore::~TestStore() {
  std::error_code ignored;
  if (!directory_.empty()) std::filesystem::remove_all(directory_, ignored);
}

std::unique_ptr<TestStore> TestStore::Make(const std::string& backend) {
  if (backend == "sqlite") {
    const std::string directory = NewDirectory();
    return std::unique_ptr<TestStore>(
        new TestStore("sqlite3://" + directory + "/test.db", directory));
  }
  if (!std::filesystem::exists(std::string(kBinaries) + "/postgres")) return nullptr;
  return std::unique_ptr<TestStore>(new TestStore(environment->server().NewDatabase(), ""));
}

absl::StatusOr<std::unique_ptr<Database>> TestStore::TryOpen(
    const std::vector<Component>& components, Options options) {
  options.connection = connection_;
  return Database::Open(std::move(options), clock_, components);
}

std::unique_ptr<Database> TestStore::Open(const std::vector<Component>& components,
                                          Options options) {
  auto database = TryOpen(components, std::move(options));
  if (!database.ok()) {
    std::cerr << database.status() << "\n";
    abort();
  }
  return *std::move(database);
}

}  // namespace kp::store
