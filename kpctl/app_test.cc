#include "kpctl/app.h"

#include <fstream>
#include <functional>
#include <iterator>

#include "absl/strings/match.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kpctl/services.h"
#include "kpctl/test_run.h"
#include "tests/support/pki.h"

namespace kp::kpctl {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// Every command that does something, with its whole path.
void ForEachVerb(CLI::App& app, const std::function<void(CLI::App&)>& visit) {
  const auto children = app.get_subcommands([](CLI::App*) { return true; });
  bool leaf = true;
  for (CLI::App* child : children) {
    if (child->get_name().empty()) continue;  // an option group
    leaf = false;
    ForEachVerb(*child, visit);
  }
  if (leaf) visit(app);
}

TEST(AppTest, EveryVerbHasAnExampleThatNamesIt) {
  std::ostringstream sink;
  Context context(sink, sink, SystemClock(), SystemIds(),
                  [](const char*) { return std::string(); });
  Selected selected;
  const auto app = MakeApp(context, selected);
  int verbs = 0;
  ForEachVerb(*app, [&](CLI::App& verb) {
    ++verbs;
    std::string path = verb.get_name();
    for (CLI::App* up = verb.get_parent(); up != nullptr; up = up->get_parent()) {
      path = up->get_name() + " " + path;
    }
    EXPECT_THAT(verb.help(), HasSubstr("Example:\n  " + path)) << path;
  });
  EXPECT_GT(verbs, 50);
}

TEST(AppTest, AGroupShowsAnExampleOfItsOwn) {
  std::ostringstream sink;
  Context context(sink, sink, SystemClock(), SystemIds(),
                  [](const char*) { return std::string(); });
  Selected selected;
  const auto app = MakeApp(context, selected);
  int groups = 0;
  for (CLI::App* group : app->get_subcommands([](CLI::App*) { return true; })) {
    if (group->get_require_subcommand_min() == 0) continue;  // a verb
    ++groups;
    EXPECT_THAT(group->help(), HasSubstr("Example:\n  kpctl " + group->get_name() + " "));
    EXPECT_THAT(group->help(), Not(HasSubstr("kpctl verify")));
  }
  EXPECT_EQ(groups, 19);
}

TEST(AppTest, HelpIsNoError) {
  const Outcome help = TestRun()({"verify", "--help"});
  EXPECT_EQ(help.code, 0);
  EXPECT_THAT(help.out, HasSubstr("kpctl verify BW0000001"));
}

TEST(AppTest, WrongUsageIsTwo) {
  const Outcome outcome = TestRun()({"verify", "BW1", "--purpse", "import"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_EQ(TestRun()({}).code, 2);
  EXPECT_EQ(TestRun()({"certificate"}).code, 2);
}

TEST(AppTest, WrongUsageIsOneObjectUnderJson) {
  const std::vector<std::vector<std::string>> wrong = {
      {"verify", "--output", "json"},
      {"verify", "BW1", "--purpose", "import", "--parcels", "x", "--output=json"},
      {"verify", "BW1", "--purpse", "import", "--output", "json"},
      {"--output", "json"},
  };
  for (const auto& arguments : wrong) {
    const Outcome outcome = TestRun()(arguments);
    EXPECT_EQ(outcome.code, 2);
    EXPECT_THAT(outcome.out, IsEmpty());
    const nlohmann::json error = nlohmann::json::parse(outcome.err);
    EXPECT_EQ(error["code"], "INVALID_ARGUMENT");
    EXPECT_EQ(error["reason"], "COMMAND_LINE_WRONG");
    EXPECT_NE(error["message"], "");
    EXPECT_TRUE(error["metadata"].empty());
    EXPECT_TRUE(error["faults"].empty());
  }
  EXPECT_THAT(TestRun()({"verify"}).err, HasSubstr("Run with --help"));
}

TEST(AppTest, TheVersionIsJsonWhereThatIsAskedFor) {
  const std::string line = TestRun()({"--version"}).out;
  const Outcome outcome = TestRun()({"--version", "--output", "json"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(nlohmann::json::parse(outcome.out)["version"].get<std::string>() + "\n", line);
}

TEST(AppTest, AnUnknownPurposeIsWrongUsageAndNamesTheField) {
  const Outcome outcome = TestRun()({"verify", "BW1", "--purpose", "fun"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("purpose: is import, export, transit"));
}

TEST(AppTest, FaultyApplicationsAreRefusedBeforeAnythingIsSent) {
  // No identity and no server are given: what gets past the check fails for that reason instead.
  const auto apply = [](const std::string& line, const std::string& origin) {
    return TestRun()({"certificate", "apply", "--exporter", "A", "--importer", "B",
                      "--importing-entity", "EU", "--parcels", "1", "--line", line, "--origin",
                      origin, "--output", "json"});
  };
  EXPECT_THAT(apply("710231:1.0001:10", "BW").err, HasSubstr("CARATS_TOO_MANY_DECIMALS"));
  EXPECT_THAT(apply("710231:1:10 EUR", "BW").err, HasSubstr("CURRENCY_NOT_USD"));
  EXPECT_THAT(apply("710239:1:10", "BW").err, HasSubstr("HS_CODE_OUT_OF_SCOPE"));
  EXPECT_THAT(apply("710231:-1:10", "BW").err, HasSubstr("CARATS_NOT_POSITIVE"));
  EXPECT_THAT(apply("710231:1:10", "mixed:BW").err, HasSubstr("ORIGIN_LIST_TOO_SHORT"));
  const Outcome good = apply("710231:1:10", "BW");
  EXPECT_THAT(good.err, HasSubstr("FLAG_MISSING"));
  EXPECT_THAT(good.err, HasSubstr("request_id"));
  EXPECT_EQ(good.code, 2);
}

TEST(AppTest, TheAccessTableHasEveryMethod) {
  const Outcome table = TestRun()({"access-table", "--markdown"});
  ASSERT_EQ(table.code, 0) << table.err;
  for (const auto* service : AllServices()) {
    for (int i = 0; i < service->method_count(); ++i) {
      EXPECT_THAT(table.out, HasSubstr(service->method(i)->name()));
    }
  }
  std::ifstream checked_in("docs/access-table.md");
  const std::string text{std::istreambuf_iterator<char>(checked_in), {}};
  EXPECT_EQ(table.out, text) << "kpctl access-table --markdown > docs/access-table.md";
  const Outcome json = TestRun()({"access-table", "--output", "json"});
  EXPECT_TRUE(nlohmann::json::parse(json.out).contains("methods"));
}

TEST(PkiTest, MakesAnIdentityAndRefusesToOverwrite) {
  const testing::TempDir dir;
  const TestRun run;
  ASSERT_EQ(run({"pki", "ca", "--domain", "bw.kp.example", "--out", dir / "ca"}).code, 0);
  const std::vector<std::string> leaf = {"pki",   "leaf",
                                         "--ca",  dir / "ca",
                                         "--id",  "spiffe://bw.kp.example/officer/k.modise",
                                         "--out", dir / "officer"};
  const Outcome made = run(leaf);
  ASSERT_EQ(made.code, 0) << made.err;
  const Outcome shown = run({"pki", "show", dir / "officer/tls.crt"});
  EXPECT_THAT(shown.out, HasSubstr("spiffe://bw.kp.example/officer/k.modise"));
  EXPECT_THAT(run(leaf).err, HasSubstr("FILE_EXISTS"));
  EXPECT_THAT(run({"pki", "ca", "--domain", "x.example", "--out", dir / "ca"}).err,
              HasSubstr("FILE_EXISTS"));
}

TEST(PkiTest, ALeafOfAnotherDomainIsRefused) {
  const testing::TempDir dir;
  const TestRun run;
  ASSERT_EQ(run({"pki", "ca", "--domain", "bw.kp.example", "--out", dir / "ca"}).code, 0);
  const auto leaf = [&](const std::string& id) {
    return run({"pki", "leaf", "--ca", dir / "ca", "--id", id, "--out", dir / "leaf"}).code;
  };
  EXPECT_EQ(leaf("spiffe://zw.kp.example/certificate-svc"), 2);
  EXPECT_EQ(leaf("spiffe://bw.kp.example/certificate-svc"), 0);
}

TEST(PkiTest, AKeyIsShownByTheSameIdFromEitherHalf) {
  const testing::TempDir dir;
  const TestRun run;
  ASSERT_EQ(run({"pki", "key", "--out", dir / "a.key"}).code, 0);
  const Outcome of_public = run({"pki", "show", dir / "a.key.pub"});
  EXPECT_EQ(of_public.code, 0);
  EXPECT_EQ(run({"pki", "show", dir / "a.key"}).out, of_public.out);
  EXPECT_THAT(run({"pki", "key", "--out", dir / "a.key"}).err, HasSubstr("FILE_EXISTS"));
}

}  // namespace
}  // namespace kp::kpctl
