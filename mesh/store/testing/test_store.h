// Fresh databases for tests of any folder, on SQLite and, where Debian's PostgreSQL is installed, on
// a server of the test's own.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "mesh/store/database.h"

namespace kp::store {

// A new, empty database, gone at the end. Its clock stands at 2026-03-01 12:00 UTC until it is moved.
class TestStore final {
 public:
  // `backend`: "sqlite" or "postgresql". nullptr when this machine has no such server.
  static std::unique_ptr<TestStore> Make(const std::string& backend);
  ~TestStore();

  // Options::connection is filled in.
  absl::StatusOr<std::unique_ptr<Database>> TryOpen(const std::vector<Component>& components = {},
                                                    Options options = {});
  // As TryOpen; ends the process when it fails.
  std::unique_ptr<Database> Open(const std::vector<Component>& components = {},
                                 Options options = {});

  const std::string& connection() const { return connection_; }
  bool sqlite() const { return connection_.starts_with("sqlite3"); }
  FakeClock& clock() { return clock_; }

 private:
  TestStore(std::string connection, std::string directory);

  const std::string connection_;
  const std::string directory_;  // removed at the end; empty: none
  FakeClock clock_;
};

// Looks at `condition` until it holds; false after ten seconds.
template <typename Condition>
bool WaitUntil(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

// A suite that runs on both databases: TEST_P(MyTest, ...) and KP_ON_EVERY_STORE(MyTest).
class StoreContractTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    store_ = TestStore::Make(GetParam());
    if (store_ == nullptr) GTEST_SKIP() << "PostgreSQL 15 is not installed";
  }

  std::unique_ptr<TestStore> store_;
};

#define KP_ON_EVERY_STORE(suite)                                                          \
  INSTANTIATE_TEST_SUITE_P(OnEveryStore, suite, ::testing::Values("sqlite", "postgresql"), \
                           [](const auto& param) { return param.param; })

}  // namespace kp::store
