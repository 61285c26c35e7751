// Every published sample is read, or refused by name; none is half read.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <thread>
#include <vector>

#include "base/error.h"
#include "wco-bridge/wco/codes.h"
#include "wco-bridge/wco/reasons.h"
#include "wco-bridge/wco/response.h"
#include "wco-bridge/wco/schema.h"
#include "wco-bridge/wco/test_support.h"

namespace kp::wco {
namespace {

using testing::HasWcoDirectory;
using testing::ImportDeclaration;
using testing::kToday;
using testing::ReadFile;
using testing::Replace;
using testing::WcoDirectory;

std::vector<std::filesystem::path> Samples(std::string_view folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry :
       std::filesystem::directory_iterator(WcoDirectory() / "hmrc-cds-2.0/samples" / folder)) {
    paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

// How the samples' sender fills MetaData.
Profile UkProfile() {
  Profile profile = PlainProfile();
  profile.name = "uk-cds";
  profile.country = "GB";
  profile.agency = "HMRC";
  profile.customization = "";
  profile.customization_version = "v2.1";
  return profile;
}

TEST(SamplesTest, StructureOfEveryPublishedDeclarationIsKnown) {
  if (!HasWcoDirectory()) {
    GTEST_SKIP() << testing::kNoWcoDirectory;
  }
  for (const char* folder : {"declaration", "cancellation"}) {
    for (const std::filesystem::path& path : Samples(folder)) {
      const ParseResult result = ParseDeclaration(ReadFile(path), UkProfile(), kToday);
      for (const Fault& fault : result.faults) {
        // Shotguns and oil are no diamonds: what is missing is the certificate, never the
        // structure.
        EXPECT_EQ(fault.code, kNoCertificate) << path << ": " << FormatFault(fault);
      }
    }
  }
}

TEST(SamplesTest, UnderThePlainProfileTheyAreRefusedByName) {
  if (!HasWcoDirectory()) {
    GTEST_SKIP() << testing::kNoWcoDirectory;
  }
  for (const std::filesystem::path& path : Samples("declaration")) {
    const ParseResult result = ParseDeclaration(ReadFile(path), PlainProfile(), kToday);
    ASSERT_FALSE(result.faults.empty());
    EXPECT_EQ(result.faults[0].code, kUnknownProfile) << path;
  }
}

TEST(SamplesTest, EveryPublishedNotificationIsReadOrRefusedByName) {
  if (!HasWcoDirectory()) {
    GTEST_SKIP() << testing::kNoWcoDirectory;
  }
  for (const std::filesystem::path& path : Samples("notification-valid")) {
    EXPECT_TRUE(ParseResponse(ReadFile(path)).ok()) << path;
    const ParseResult result = ParseDeclaration(ReadFile(path), UkProfile(), kToday);
    ASSERT_EQ(result.faults.size(), 1u) << path;
    EXPECT_EQ(result.faults[0].code, kNotADeclaration) << path;
  }
  for (const std::filesystem::path& path : Samples("notification-no-namespace")) {
    EXPECT_EQ(ReasonOf(ParseResponse(ReadFile(path)).status()), kResponseUnreadable) << path;
  }
}

TEST(SchemaTest, AddsOnlyWhatTheOwnCheckDoesNotSay) {
  if (!HasWcoDirectory()) {
    GTEST_SKIP() << testing::kNoWcoDirectory;
  }
  const auto schema = Schema::Load(WcoDirectory() / "kp-made-here/wco-dec-driver.xsd");
  ASSERT_TRUE(schema.ok()) << schema.status();
  ParseOptions options;
  options.schema = schema->get();
  EXPECT_TRUE(testing::Parse(ImportDeclaration(), options).declaration.has_value());
  const ParseResult both =
      testing::Parse(Replace(ImportDeclaration(), "<TypeCode>116", "<TypeCode>L116"), options);
  ASSERT_EQ(both.faults.size(), 1u);
  EXPECT_EQ(both.faults[0].code, kTooLong);
  // The schema knows which agencies keep code lists; the bridge does not ask.
  const ParseResult schema_only = testing::Parse(
      Replace(ImportDeclaration(), "<FunctionCode>", "<FunctionCode listAgencyID=\"nobody\">"),
      options);
  ASSERT_EQ(schema_only.faults.size(), 1u);
  EXPECT_EQ(schema_only.faults[0].code, kSchema);
  EXPECT_EQ(schema_only.faults[0].at.pointer.ToString(), "42A#017");
}

TEST(SchemaTest, ThreadsShareOneCompiledSchema) {
  if (!HasWcoDirectory()) {
    GTEST_SKIP() << testing::kNoWcoDirectory;
  }
  const auto schema = Schema::Load(WcoDirectory() / "kp-made-here/wco-dec-driver.xsd");
  ASSERT_TRUE(schema.ok()) << schema.status();
  ParseOptions options;
  options.schema = schema->get();
  const std::string good = ImportDeclaration();
  const std::string bad = Replace(good, "<FunctionCode>", "<FunctionCode listAgencyID=\"nobody\">");
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 50; ++n) {
        EXPECT_TRUE(testing::Parse(good, options).faults.empty());
        EXPECT_EQ(testing::Parse(bad, options).faults.size(), 1u);
      }
    });
  }
}

TEST(SchemaTest, AnUnusableSchemaIsNamed) {
  const auto schema = Schema::Load("wco-bridge/wco/testdata/absent.xsd");
  EXPECT_EQ(ReasonOf(schema.status()), kSchemaUnusable);
  EXPECT_EQ(ReasonOf(Schema::Load("wco-bridge/wco/testdata/kp-cancellation.xml").status()),
            kSchemaUnusable);
}

}  // namespace
}  // namespace kp::wco
