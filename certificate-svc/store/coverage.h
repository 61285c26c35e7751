// What stands for each column of a register's tables: the one list that the service seals by, that
// `kpctl fsck` compares by and that docs/fsck.md shows. A column of the schema that is not in it
// fails a test.
#pragma once

#include <span>
#include <string_view>

namespace kp::certificate {

enum class Cover {
  // The row's digest in the signed event "ROWS" of the transaction that wrote it (domain/seal.h).
  kSealed,
  // What the signed events, a signed statement or another column that is compared says.
  kCompared,
  // Nothing: it is no evidence.
  kNone,
};

struct ColumnCover {
  std::string_view column;
  Cover by;
  // Of kCompared: with what; of kNone: why it is no evidence. Of kSealed: empty.
  std::string_view why;
};

struct TableCover {
  std::string_view table;
  std::span<const ColumnCover> columns;  // by name
  // Its rows never change, and are sealed together with others some seconds after they were written
  // (domain/seal_later.h): one that no event tells of yet is no fault.
  bool later = false;
};

// Every table of the database, by name.
std::span<const TableCover> Coverage();

// Null for a table that is not in the list.
const TableCover* CoverOf(std::string_view table);

}  // namespace kp::certificate
