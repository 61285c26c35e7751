#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <cstdio>

#include "base/error.h"
#include "mesh/store/event_log.h"
#include "mesh/store/testing/test_store.h"

namespace kp::store {
namespace {

// Runs the writer until the fault kills it; returns the last sequence it had acknowledged.
int64_t RunUntilKilled(const std::string& connection, const std::string& fault) {
  const std::string command =
      "KP_FAULT='" + fault + "' exec " KP_CRASH_WRITER " '" + connection + "'";
  FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return -1;
  int64_t acknowledged = 0;
  for (long long sequence = 0; fscanf(pipe, "%lld", &sequence) == 1;) acknowledged = sequence;
  const int status = pclose(pipe);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
  return acknowledged;
}

class CrashTest : public StoreContractTest {};

TEST_P(CrashTest, WhatWasAcknowledgedSurvivesAndTheChainIsWhole) {
  int64_t stored_before = 0;
  for (const char* fault : {"store.before_commit:kill:30", "store.after_commit:kill:30"}) {
    const int64_t acknowledged = RunUntilKilled(store_->connection(), fault);
    EXPECT_GT(acknowledged, stored_before);
    const auto database = store_->Open();
    const EventLog log(*database, "BW");
    const auto faults = log.Check();
    ASSERT_TRUE(faults.ok()) << faults.status();
    EXPECT_TRUE(faults->empty()) << faults->front().text;
    ASSERT_TRUE(database
                    ->Read([&](ReadSession& session) -> absl::Status {
                      KP_ASSIGN_OR_RETURN(stored_before, log.Last(session));
                      return absl::OkStatus();
                    })
                    .ok());
    EXPECT_GE(stored_before, acknowledged);
    EXPECT_LE(stored_before, acknowledged + 1);  // the one under way when the process was killed
  }
}

KP_ON_EVERY_STORE(CrashTest);

}  // namespace
}  // namespace kp::store
