// An archive comes back whole, on either database, and nothing can be taken from it, added to it or
// changed in it without being named.
#include "certificate-svc/archive/archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/error.h"
#include "certificate-svc/store/certificates.h"
#include "certificate-svc/store/schema.h"
#include "certificate-svc/testing/entities.h"
#include "mesh/statement/testing/test_keys.h"

namespace kp::certificate {
namespace {

using ::testing::HasSubstr;
using testing::GoodApplication;

class ArchiveTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    all_ = testing::Entities::Make(GetParam());
    if (all_ == nullptr) GTEST_SKIP() << "PostgreSQL 15 is not installed";
    v1::AllotSerialRangeRequest range;
    range.set_request_id(SystemIds().NewUuid());
    range.set_first_number("BW0000001");
    range.set_last_number("BW0000099");
    range.set_authority("BW office");
    ASSERT_TRUE(bw().serial_ranges->Allot(bw().Officer("admin"), range).ok());
    bw().Exported(GoodApplication());
    bw().Exported(GoodApplication());
    bw().Apply(GoodApplication());
    ASSERT_TRUE(all_->Settle());
  }
  testing::Entity& bw() { return all_->bw(); }
  statement::KeyLookup Keys() { return bw().environment->trust.KeyLookup(); }

  absl::StatusOr<std::string> Export(const std::string& key = "BW") {
    std::ostringstream out;
    const auto made = ExportArchive(bw().database(), Keys(), statement::TestSigner(key),
                                    bw().clock.Now(), out);
    if (!made.ok()) return made.status();
    if (!made->report.faults.empty()) return absl::DataLossError(made->report.faults[0].text);
    return out.str();
  }
  // An empty database of the present schema.
  struct Empty {
    std::unique_ptr<store::TestStore> store;
    std::unique_ptr<store::Database> database;
  };
  static Empty MakeEmpty(const std::string& backend) {
    Empty empty{store::TestStore::Make(backend), nullptr};
    if (empty.store != nullptr) {
      empty.database = empty.store->Open({outbox::OutboxSchema(), CertificateSchema()});
    }
    return empty;
  }
  absl::Status Import(const std::string& archive, store::Database& into) {
    std::istringstream in(archive);
    return ImportArchive(in, into, Keys()).status();
  }
  static std::vector<std::string> LinesOf(const std::string& archive) {
    std::vector<std::string> lines = absl::StrSplit(archive, '\n');
    lines.pop_back();  // behind the last line's end
    return lines;
  }
  static std::string Joined(const std::vector<std::string>& lines) {
    return absl::StrCat(absl::StrJoin(lines, "\n"), "\n");
  }
  // All but the manifest, which holds a time, a salt and a signature.
  static std::string Content(const std::string& archive) {
    auto lines = LinesOf(archive);
    lines.pop_back();
    return Joined(lines);
  }

  std::unique_ptr<testing::Entities> all_;
};

INSTANTIATE_TEST_SUITE_P(OnEveryStore, ArchiveTest, ::testing::Values("sqlite", "postgresql"),
                         [](const auto& param) { return param.param; });

TEST_P(ArchiveTest, ComesBackAsItWasOnEitherDatabase) {
  const auto archive = Export();
  ASSERT_TRUE(archive.ok()) << archive.status();
  for (const char* backend : {"sqlite", "postgresql"}) {
    const Empty empty = MakeEmpty(backend);
    if (empty.store == nullptr) continue;
    SCOPED_TRACE(backend);
    ASSERT_EQ(Import(*archive, *empty.database), absl::OkStatus());
    const auto report = Audit(*empty.database, Keys());
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_TRUE(report->faults.empty()) << report->faults[0].text;
    EXPECT_EQ(report->register_id, "BW");
    EXPECT_EQ(report->certificates, 3);
    // The same certificate and history, byte for byte.
    const store::EventLog events(*empty.database, "BW");
    const auto read = empty.database->Read([&](store::ReadSession& session) -> absl::Status {
      KP_ASSIGN_OR_RETURN(const auto row, FindByNumber(session, "BW0000001"));
      EXPECT_TRUE(row.has_value());
      pb::Certificate original = bw().Get("BW0000001");
      original.clear_use();
      EXPECT_EQ(row->certificate.SerializeAsString(), original.SerializeAsString());
      KP_ASSIGN_OR_RETURN(const auto history, events.OfSubject(session, "BW0000001", 0, 100));
      std::vector<std::string> kinds;
      for (const store::Event& event : history) kinds.push_back(event.what.kind);
      EXPECT_THAT(kinds, ::testing::IsSupersetOf({"ISSUED", "VALIDATED", "EXPORTED"}));
      return absl::OkStatus();
    });
    EXPECT_TRUE(read.ok()) << read;
    // And everything else: an archive of what came back says the same in the same bytes.
    std::ostringstream again;
    const auto made = ExportArchive(*empty.database, Keys(), statement::TestSigner("BW"),
                                    bw().clock.Now() + absl::Hours(1), again);
    ASSERT_TRUE(made.ok()) << made.status();
    EXPECT_EQ(Content(again.str()), Content(*archive));
  }
}

TEST_P(ArchiveTest, AnotherExportDiffersInItsManifestOnly) {
  const auto first = Export();
  const auto second = Export();
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(Content(*first), Content(*second));
  EXPECT_NE(*first, *second);
}

TEST_P(ArchiveTest, NothingCanBeTakenFromItAddedToItOrChangedInIt) {
  const auto archive = Export();
  ASSERT_TRUE(archive.ok()) << archive.status();
  const std::vector<std::string> lines = LinesOf(*archive);
  const Empty empty = MakeEmpty(GetParam());
  std::string table;
  int tables = 0;
  for (size_t i = 1; i + 1 < lines.size(); ++i) {
    if (absl::StartsWith(lines[i], "{\"table\":\"")) {
      table = std::vector<std::string>(absl::StrSplit(lines[i], '"'))[3];
      continue;
    }
    if (table.empty()) continue;
    // The first row of each table.
    SCOPED_TRACE(table);
    ++tables;
    std::vector<std::string> fewer = lines;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
    const absl::Status missing = Import(Joined(fewer), *empty.database);
    // One row less, or one that others refer to.
    EXPECT_FALSE(missing.ok());
    if (ReasonOf(missing) == kArchiveIncomplete) {
      EXPECT_THAT(std::string(missing.message()), HasSubstr(table));
    }
    std::vector<std::string> changed = lines;
    std::string& row = changed[i];
    const size_t digit = row.find_last_of("0123456789");
    ASSERT_NE(digit, std::string::npos) << row;
    row[digit] = row[digit] == '1' ? '2' : '1';
    EXPECT_FALSE(Import(Joined(changed), *empty.database).ok()) << row;
    table.clear();
  }
  EXPECT_GE(tables, 7);
  // A table left out, with all its rows.
  std::vector<std::string> without;
  bool skip = false;
  for (const std::string& line : lines) {
    if (absl::StartsWith(line, "{")) skip = absl::StrContains(line, "\"table\":\"numbers\"");
    if (!skip) without.push_back(line);
  }
  EXPECT_EQ(ReasonOf(Import(Joined(without), *empty.database)), kArchiveIncomplete);
  // After all these the database is as empty as before.
  EXPECT_EQ(Import(*archive, *empty.database), absl::OkStatus());
}

TEST_P(ArchiveTest, WhatIsNoArchiveIsRefusedWithItsLine) {
  const auto archive = Export();
  ASSERT_TRUE(archive.ok()) << archive.status();
  const std::vector<std::string> lines = LinesOf(*archive);
  const Empty empty = MakeEmpty(GetParam());
  const auto refused = [&](const std::string& text, const char* reason, const std::string& what) {
    const absl::Status status = Import(text, *empty.database);
    EXPECT_EQ(ReasonOf(status), reason) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(what));
  };
  refused("", kArchiveMalformed, "line 1 ");
  refused("{\"kp_archive\":2}\n", kArchiveMalformed, "line 1 ");
  refused(absl::StrCat(lines[0], "\n", lines[1], "\nnot json\n"), kArchiveMalformed,
          "line 3 is not JSON");
  refused(absl::StrCat(lines[0], "\n[1]\n"), kArchiveMalformed, "line 2 is no row");
  refused(absl::StrCat(lines[0], "\n{\"table\":\"uses\",\"columns\":[\"colour\"]}\n"),
          kArchiveSchemaUnknown, "no column colour");
  refused(absl::StrCat(lines[0], "\n{\"table\":\"gems\",\"columns\":[\"id\"]}\n"),
          kArchiveSchemaUnknown, "no table gems");
  refused(Content(*archive), kArchiveIncomplete, "its end is missing");
  refused(archive->substr(0, archive->size() - 1), kArchiveMalformed, "does not end");
  refused(absl::StrCat(*archive, lines[0], "\n"), kArchiveMalformed, "behind the manifest");
}

TEST_P(ArchiveTest, OnlyTheEntitysOwnKeySignsForItsRegister) {
  // A key that the trust documents have, but not as BW's.
  EXPECT_EQ(ReasonOf(Export("EU").status()), "STATEMENT_UNKNOWN_KEY");
  const auto archive = Export();
  ASSERT_TRUE(archive.ok()) << archive.status();
  const Empty empty = MakeEmpty(GetParam());
  const statement::KeyLookup nobody = [](const std::string&, const std::string&,
                                         absl::Time) -> absl::StatusOr<statement::PublicKey> {
    return absl::NotFoundError("no such key");
  };
  std::istringstream in(*archive);
  EXPECT_EQ(ReasonOf(ImportArchive(in, *empty.database, nobody).status()), "STATEMENT_UNKNOWN_KEY");
  // The manifest of another archive proves nothing about this one.
  bw().Apply(GoodApplication());
  const auto later = Export();
  ASSERT_TRUE(later.ok()) << later.status();
  EXPECT_EQ(ReasonOf(Import(absl::StrCat(Content(*archive), LinesOf(*later).back(), "\n"),
                            *empty.database)),
            kArchiveIncomplete);
}

TEST_P(ArchiveTest, ARegisterIsNeverImportedIntoAnother) {
  const auto archive = Export();
  ASSERT_TRUE(archive.ok()) << archive.status();
  const absl::Status status = Import(*archive, all_->eu().database());
  EXPECT_EQ(ReasonOf(status), kArchiveTargetNotEmpty);
  EXPECT_THAT(std::string(status.message()), HasSubstr("EU"));
}

TEST_P(ArchiveTest, AFaultyRegisterIsNotSignedFor) {
  ASSERT_TRUE(Export().ok());
  ASSERT_TRUE(bw().database()
                  .Write([](store::Transaction& tx) {
                    return tx.Execute("DELETE FROM numbers WHERE number = 'BW0000001'").status();
                  })
                  .ok());
  std::ostringstream out;
  const auto made = ExportArchive(bw().database(), Keys(), statement::TestSigner("BW"),
                                  bw().clock.Now(), out);
  ASSERT_TRUE(made.ok()) << made.status();
  ASSERT_EQ(made->report.faults.size(), 1U);
  EXPECT_EQ(made->report.faults[0].table, "numbers");
  EXPECT_EQ(out.str(), "");
  EXPECT_FALSE(made->manifest.has_export_time());
}

}  // namespace
}  // namespace kp::certificate
