// Every column of the schema is classified (store/coverage.h), and every one that is evidence is
// flipped, every row of it taken away and doubled: the audit names table, row and column.
#include "certificate-svc/store/coverage.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "certificate-svc/archive/archive.h"
#include "certificate-svc/domain/seal.h"
#include "certificate-svc/testing/audit_fixture.h"
#include "mesh/statement/testing/test_keys.h"
#include "mesh/store/catalog.h"

namespace kp::certificate {
namespace {

using store::ReadSession;
using store::TableShape;
using TextRow = ReadSession::TextRow;

bool IsEvidence(const TableCover& table) {
  return std::ranges::any_of(table.columns,
                             [](const ColumnCover& column) { return column.by != Cover::kNone; });
}

class CoverageTest : public testing::AuditFixture {
 protected:
  void SetUp() override {
    AuditFixture::SetUp();
    if (IsSkipped()) return;
    FillBooks();
    Read([&](ReadSession& session) -> absl::Status {
      KP_ASSIGN_OR_RETURN(const auto tables, store::ReadTables(session));
      for (const TableShape& table : tables) shapes_[table.name] = table;
      return absl::OkStatus();
    });
  }

  void Read(const store::Database::ReadClosure& closure, const std::string& entity = "BW") {
    const absl::Status status = all_->at(entity).database().Read(closure);
    ASSERT_TRUE(status.ok()) << status;
  }
  std::vector<TextRow> RowsOf(const std::string& entity, const TableShape& table) {
    std::vector<TextRow> rows;
    Read(
        [&](ReadSession& session) -> absl::Status {
          KP_ASSIGN_OR_RETURN(rows, store::ReadRows(session, table, {}, 1000));
          return absl::OkStatus();
        },
        entity);
    return rows;
  }
  // One in which the column says something, and the entity whose register has it.
  std::optional<std::pair<std::string, TextRow>> RowWith(const TableShape& table, size_t column) {
    std::optional<std::pair<std::string, TextRow>> best;
    for (const char* entity : {"BW", "EU"}) {
      for (const TextRow& row : RowsOf(entity, table)) {
        if (!row[column].has_value()) continue;
        // Of the events one that is not the last, which the register's own row names too.
        if (!best.has_value() || best->second[column]->empty()) best = {entity, row};
      }
    }
    return best;
  }
  static size_t IndexOf(const TableShape& table, const std::string& column) {
    return static_cast<size_t>(table.Find(column) - table.columns.data());
  }

  absl::Status Run(const std::string& entity, const std::string& sql,
                   std::vector<store::Param> params) {
    return all_->at(entity).database().Write(
        [&](store::Transaction& tx) { return tx.ExecuteWith(sql, params).status(); });
  }
  store::Param ParamOf(const TableShape& table, const TextRow& row, size_t i) {
    const auto param = store::ToParam(table.columns[i], row[i]);
    EXPECT_TRUE(param.ok()) << param.status();
    return param.ok() ? *param : store::Param(std::nullopt);
  }
  // The row that is `from` becomes `to`.
  absl::Status Replace(const std::string& entity, const TableShape& table, const TextRow& from,
                       const TextRow& to) {
    std::vector<std::string> sets, where;
    std::vector<store::Param> params;
    for (size_t i = 0; i < to.size(); ++i) {
      if (from[i] == to[i]) continue;
      sets.push_back(table.columns[i].name + " = ?");
      params.push_back(ParamOf(table, to, i));
    }
    for (const std::string& key : table.key) {
      where.push_back(key + " = ?");
      params.push_back(ParamOf(table, from, IndexOf(table, key)));
    }
    return Run(entity,
               absl::StrCat("UPDATE ", table.name, " SET ", absl::StrJoin(sets, ", "), " WHERE ",
                            absl::StrJoin(where, " AND ")),
               params);
  }
  absl::Status Delete(const std::string& entity, const TableShape& table, const TextRow& row) {
    std::vector<std::string> where;
    std::vector<store::Param> params;
    for (const std::string& key : table.key) {
      where.push_back(key + " = ?");
      params.push_back(ParamOf(table, row, IndexOf(table, key)));
    }
    return Run(entity,
               absl::StrCat("DELETE FROM ", table.name, " WHERE ", absl::StrJoin(where, " AND ")),
               params);
  }
  absl::Status Insert(const std::string& entity, const TableShape& table, const TextRow& row) {
    std::vector<std::string> columns, marks;
    std::vector<store::Param> params;
    for (size_t i = 0; i < row.size(); ++i) {
      columns.push_back(table.columns[i].name);
      marks.emplace_back("?");
      params.push_back(ParamOf(table, row, i));
    }
    return Run(entity,
               absl::StrCat("INSERT INTO ", table.name, " (", absl::StrJoin(columns, ", "),
                            ") VALUES (", absl::StrJoin(marks, ", "), ")"),
               params);
  }

  absl::StatusOr<ArchiveExport> Export(const std::string& entity, std::ostream& out) {
    testing::Entity& of = all_->at(entity);
    return ExportArchive(of.database(), of.environment->trust.KeyLookup(),
                         statement::TestSigner(entity), of.clock.Now(), out);
  }

  // Some fault of the table; of a sealed column, one that names column and row, by the key that it
  // had or has.
  static bool IsNamed(const AuditReport& report, const TableShape& table, const TextRow& was,
                      const TextRow& is, const ColumnCover& column) {
    const std::string named = absl::StartsWith(table.name, "store_") ? "store_event" : table.name;
    const bool key = std::ranges::find(table.key, column.column) != table.key.end();
    const std::string text = absl::StrCat("column ", std::string(column.column));
    return std::ranges::any_of(report.faults, [&](const AuditFault& fault) {
      if (fault.table != named) return false;
      if (column.by != Cover::kSealed) return true;
      const auto by_key = [&](const TextRow& row) {
        return std::ranges::all_of(SealOf(table, row).key(), [&](const std::string& part) {
          return absl::StrContains(fault.subject, part);
        });
      };
      return (by_key(was) || by_key(is)) && (key || absl::StrContains(fault.text, text));
    });
  }

  std::map<std::string, TableShape> shapes_;
};

INSTANTIATE_TEST_SUITE_P(OnEveryStore, CoverageTest, ::testing::Values("sqlite", "postgresql"),
                         [](const auto& param) { return param.param; });

TEST_P(CoverageTest, EveryColumnOfTheSchemaIsClassified) {
  std::set<std::string> schema, list;
  for (const auto& [name, table] : shapes_) {
    for (const TableShape::Column& column : table.columns) schema.insert(name + "." + column.name);
  }
  for (const TableCover& table : Coverage()) {
    for (const ColumnCover& column : table.columns) {
      const std::string name =
          absl::StrCat(std::string(table.table), ".", std::string(column.column));
      EXPECT_TRUE(list.insert(name).second) << name << " is there twice";
      EXPECT_EQ(column.why.empty(), column.by == Cover::kSealed) << name;
    }
  }
  EXPECT_EQ(list, schema) << "store/coverage.cc says of each column what stands for it";
}

std::string CoverageTable() {
  std::string text = "| table | columns | what stands for them |\n| --- | --- | --- |\n";
  for (const TableCover& table : Coverage()) {
    std::map<std::string, std::vector<std::string>> by;
    for (const ColumnCover& column : table.columns) {
      std::string what = column.by == Cover::kSealed ? "sealed" : std::string(column.why);
      if (column.by == Cover::kNone) what = absl::StrCat("no evidence: ", what);
      by[what].push_back(absl::StrCat("`", std::string(column.column), "`"));
    }
    for (const auto& [what, columns] : by) {
      absl::StrAppend(&text, "| `", std::string(table.table), "` | ", absl::StrJoin(columns, ", "),
                      " | ", what, " |\n");
    }
  }
  return text;
}

// KP_UPDATE_DOCS=1 writes the table into the document.
TEST(CoverageDocsTest, TheDocumentSaysOfEachColumnWhatStandsForIt) {
  const std::string path = KP_DOCS_DIR "/fsck.md";
  std::ifstream in(path);
  std::ostringstream read;
  read << in.rdbuf();
  std::string text = read.str();
  const std::string mark = "<!-- table: coverage -->\n";
  const size_t begin = text.find(mark);
  const size_t end = text.find("<!-- end -->", begin);
  ASSERT_NE(begin, std::string::npos);
  ASSERT_NE(end, std::string::npos);
  const size_t from = begin + mark.size();
  if (std::getenv("KP_UPDATE_DOCS") != nullptr) {
    text.replace(from, end - from, CoverageTable());
    std::ofstream(path) << text;
    return;
  }
  EXPECT_EQ(text.substr(from, end - from), CoverageTable());
}

// Another value of the same kind.
TextRow Flipped(const TableShape& table, const TextRow& row, size_t i, bool compared) {
  TextRow other = row;
  const std::string& text = *row[i];
  const std::string& name = table.columns[i].name;
  std::string bytes;
  if (table.columns[i].number) {
    // A time is in microseconds, of which a statement tells the whole second. No more can be drawn
    // than there is: the database itself refuses that.
    const bool time = absl::EndsWith(name, "_at") || absl::EndsWith(name, "_until");
    const bool once = std::ranges::find(table.key, name) != table.key.end() || name == "position" ||
                      name == "change";
    const int by = compared && time                           ? 1'000'000
                   : (name == "drawn" && text != "0") || name == "first_value" ? -1
                   : once                                     ? 7'000
                                                              : 1;
    other[i] = absl::StrCat(std::stoll(text) + by);
  } else if (text.size() >= 8 && absl::Base64Unescape(text, &bytes) &&
             absl::Base64Escape(bytes) == text) {
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    other[i] = absl::Base64Escape(bytes);
  } else if (text.empty()) {
    other[i] = "X";
  } else {
    other[i]->back() = text.back() == 'X' ? 'Y' : 'X';
  }
  return other;
}

TEST_P(CoverageTest, EveryByteChangedBehindItsBackIsNamed) {
  // What others refer to the database itself does not let go.
  const std::set<std::string> refused = {"draws.source_id", "cases.id", "case_entries.case_id"};
  ASSERT_EQ(TextOf(Examine("BW")), "");
  ASSERT_EQ(TextOf(Examine("EU")), "");
  for (const TableCover& table : Coverage()) {
    for (const ColumnCover& column : table.columns) {
      if (column.by == Cover::kNone) continue;
      const std::string name =
          absl::StrCat(std::string(table.table), ".", std::string(column.column));
      SCOPED_TRACE(name);
      const TableShape& shape = shapes_.at(std::string(table.table));
      const size_t i = IndexOf(shape, std::string(column.column));
      const auto found = RowWith(shape, i);
      ASSERT_TRUE(found.has_value()) << "the registers of this test have no such value";
      const auto& [entity, row] = *found;
      const TextRow other = Flipped(shape, row, i, column.by == Cover::kCompared);
      const absl::Status changed = Replace(entity, shape, row, other);
      ASSERT_EQ(changed.ok(), !refused.contains(name)) << changed;
      if (!changed.ok()) continue;
      const AuditReport report = Examine(entity);
      EXPECT_TRUE(IsNamed(report, shape, row, other, column))
          << *row[i] << " -> " << *other[i] << "\n"
          << TextOf(report);
      ASSERT_EQ(Replace(entity, shape, other, row), absl::OkStatus());
    }
  }
  EXPECT_EQ(TextOf(Examine("BW")), "");
  EXPECT_EQ(TextOf(Examine("EU")), "");
}

TEST_P(CoverageTest, ARowThatIsTakenAwayIsMissed) {
  for (const TableCover& table : Coverage()) {
    if (!IsEvidence(table)) continue;
    SCOPED_TRACE(table.table);
    const TableShape& shape = shapes_.at(std::string(table.table));
    const auto found = RowWith(shape, IndexOf(shape, shape.key.front()));
    ASSERT_TRUE(found.has_value());
    const auto& [entity, row] = *found;
    // Nothing tells of the register's own row but that there are events.
    if (shape.name == "store_register") continue;
    if (!Delete(entity, shape, row).ok()) {
      EXPECT_TRUE(shape.name == "sources" || shape.name == "cases") << shape.name;
      continue;
    }
    const AuditReport report = Examine(entity);
    EXPECT_TRUE(std::ranges::any_of(report.faults, [&](const AuditFault& fault) {
      return fault.table == shape.name && absl::StrContains(fault.text, "missing");
    })) << TextOf(report);
    std::ostringstream archive;
    const auto exported = Export(entity, archive);
    ASSERT_TRUE(exported.ok()) << exported.status();
    EXPECT_FALSE(exported->report.faults.empty());
    EXPECT_EQ(archive.str(), "") << "nobody signs for what is not whole";
    ASSERT_EQ(Insert(entity, shape, row), absl::OkStatus());
    ASSERT_EQ(TextOf(Examine(entity)), "");
  }
}

TEST_P(CoverageTest, ARowThatIsPutInIsNamed) {
  for (const TableCover& table : Coverage()) {
    if (!IsEvidence(table) || table.table.starts_with("store_")) continue;
    SCOPED_TRACE(table.table);
    const TableShape& shape = shapes_.at(std::string(table.table));
    const auto found = RowWith(shape, IndexOf(shape, shape.key.front()));
    ASSERT_TRUE(found.has_value());
    const auto& [entity, row] = *found;
    // The same once more, where keys let it in.
    TextRow twin = row;
    for (size_t i = 0; i < twin.size(); ++i) {
      const std::string& name = shape.columns[i].name;
      const bool key = std::ranges::find(shape.key, name) != shape.key.end();
      const bool once =
          name == "number" || name == "position" || name == "change" || name == "application_id";
      if ((!key && !once) || !twin[i].has_value()) continue;
      if (name == "source_id" || name == "case_id") continue;
      twin[i] = shape.columns[i].number ? absl::StrCat(std::stoll(*twin[i]) + 7'000)
                                        : absl::StrCat(*twin[i], "9");
    }
    ASSERT_EQ(Insert(entity, shape, twin), absl::OkStatus());
    const AuditReport report = Examine(entity);
    EXPECT_TRUE(Names(report, shape.name)) << TextOf(report);
    ASSERT_EQ(Delete(entity, shape, twin), absl::OkStatus());
    ASSERT_EQ(TextOf(Examine(entity)), "");
  }
}

TEST_P(CoverageTest, ARegisterWithEverythingInItComesBackFromItsArchive) {
  for (const char* entity : {"BW", "EU"}) {
    std::stringstream archive;
    const auto exported = Export(entity, archive);
    ASSERT_TRUE(exported.ok()) << exported.status();
    ASSERT_TRUE(exported->report.faults.empty()) << TextOf(exported->report);
    const auto store = store::TestStore::Make(GetParam());
    const auto database = store->Open({outbox::OutboxSchema(), CertificateSchema()});
    const auto keys = all_->at(entity).environment->trust.KeyLookup();
    ASSERT_EQ(ImportArchive(archive, *database, keys).status(), absl::OkStatus());
    const auto report = Audit(*database, keys);
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_EQ(TextOf(*report), "");
    EXPECT_EQ(report->rows, exported->report.rows);
    EXPECT_GT(report->rows, 10);
    EXPECT_TRUE(report->not_covered.empty());
  }
}

TEST_P(CoverageTest, RowsFromBeforeAreSealedOnceAndSaidToBeSo) {
  // As in a register whose service had sealed none: neither an event nor a counter tells of rows.
  const auto store = store::TestStore::Make(GetParam());
  const auto database = store->Open({outbox::OutboxSchema(), CertificateSchema()});
  const auto audit = [&] {
    const auto report = Audit(*database, bw().environment->trust.KeyLookup());
    EXPECT_TRUE(report.ok()) << report.status();
    return report.ok() ? *report : AuditReport();
  };
  ASSERT_TRUE(database
                  ->Write([&](store::Transaction& tx) {
                    return tx.Execute("INSERT INTO book_numbers (number, book) VALUES ('AO1', 'x')")
                        .status();
                  })
                  .ok());
  EXPECT_EQ(TextOf(audit()), "");
  EXPECT_EQ(audit().not_covered, (std::map<std::string, int64_t>{{"book_numbers", 1}}));

  const store::EventLog events(*database, "BW");
  const Environment& of = *bw().environment;
  const Environment env{of.entity, of.clock,  *database, events, of.outbox,
                        of.trust,  of.scheme, of.signer, of.ids, of.confirmation_days};
  ASSERT_EQ(SealRowsFound(env), absl::OkStatus());
  AuditReport report = audit();
  EXPECT_EQ(TextOf(report), "");
  EXPECT_TRUE(report.not_covered.empty());
  EXPECT_EQ(report.found, (std::map<std::string, int64_t>{{"book_numbers", 1}}));
  // From now on a change shows, and the next start does not hide what was put in.
  const auto change = [&](const std::string& sql) {
    ASSERT_TRUE(
        database->Write([&](store::Transaction& tx) { return tx.Execute(sql).status(); }).ok());
    ASSERT_EQ(SealRowsFound(env), absl::OkStatus());
  };
  change("UPDATE book_numbers SET book = 'y'");
  EXPECT_EQ(TextOf(audit()),
            "book_numbers number AO1: the column book is not as event 1 says that "
            "it was written\n");
  change("UPDATE book_numbers SET book = 'x'");
  change("INSERT INTO book_numbers (number, book) VALUES ('AO2', 'x')");
  EXPECT_EQ(TextOf(audit()), "book_numbers number AO2: no event speaks of this row\n");
  change("DELETE FROM book_numbers");
  EXPECT_EQ(TextOf(audit()),
            "book_numbers number AO1: the row is missing; event 1 was the last to tell of it\n");
}

TEST_P(CoverageTest, RowsTakenOverWhenTheRegisterSealedItsOwnAreNamed) {
  // Somebody makes the service believe that it has to begin.
  Change("EU", "INSERT INTO book_numbers (number, book) VALUES ('AO2', 'x')");
  EXPECT_TRUE(Names(Examine("EU"), "book_numbers"));
  Change("EU", "DELETE FROM counters WHERE name = 'rows_found'");
  ASSERT_EQ(SealRowsFound(*eu().environment), absl::OkStatus());
  EXPECT_TRUE(absl::StrContains(TextOf(Examine("EU")), "rows were taken over as they were found"));
}

}  // namespace
}  // namespace kp::certificate
