// The schema as numbered steps. Each component (store, outbox, a service's tables) has a version
// line of its own; what was applied is recorded with a digest of its SQL.
#pragma once

#include <string>
#include <vector>

namespace kp::store {

// Once released, a migration is never edited: a change is the next version.
struct Migration {
  int version = 0;  // 1, 2, 3... within the component
  std::string name;
  std::vector<std::string> sql;  // statements that both databases take
  // Run after `sql`, on that database only. For what no common dialect says, such as triggers.
  std::vector<std::string> sqlite_sql = {};
  std::vector<std::string> postgresql_sql = {};
};

struct Component {
  std::string name;
  std::vector<Migration> migrations;
};

}  // namespace kp::store
