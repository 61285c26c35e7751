// Every command that the worklist tells is one: the command line knows its verb and its flags.
#include "kpctl/work_command.h"

#include <sstream>

#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "kpctl/app.h"

namespace kp::kpctl {
namespace {

namespace cert = certificate::v1;

// The verb that the command line selects; what is wrong with it where it does not parse.
std::string Parsed(std::string command) {
  std::ostringstream sink;
  Context context(sink, sink, SystemClock(), SystemIds(),
                  [](const char*) { return std::string(); });
  Selected selected;
  const auto app = MakeApp(context, selected);
  command = absl::StrReplaceAll(command, {{"--parcels N", "--parcels 1"}});
  std::vector<std::string> arguments = absl::StrSplit(command, ' ');
  if (arguments.front() != "kpctl") return "not kpctl";
  // CLI11 takes them from the back.
  arguments.erase(arguments.begin());
  std::reverse(arguments.begin(), arguments.end());
  try {
    app->parse(arguments);
  } catch (const CLI::ParseError& error) {
    return error.what();
  }
  return selected.name;
}

cert::WorkItem Item(cert::WorkKind kind) {
  cert::WorkItem item;
  item.set_kind(kind);
  item.set_subject("BW0000001");
  item.set_case_id("0f1e2d3c4b5a69788796a5b4c3d2e1f0");
  return item;
}

TEST(WorkCommandTest, EveryKindHasACommandThatParses) {
  const std::map<cert::WorkKind, std::string> verbs = {
      {cert::WORK_KIND_ISSUE, "certificate issue"},
      {cert::WORK_KIND_VALIDATE, "certificate validate"},
      {cert::WORK_KIND_EXPORT, "certificate export"},
      {cert::WORK_KIND_RETURN, "certificate return"},
      {cert::WORK_KIND_CONFIRMATION_MISSING, "case open"},
      {cert::WORK_KIND_CONFIRM, "import confirm"},
      {cert::WORK_KIND_DETAINED, "import release"},
      {cert::WORK_KIND_ORIGINAL, "import original"},
      {cert::WORK_KIND_FAILURE_REPORT, "import report"},
      {cert::WORK_KIND_CASE, "case remark"},
      {cert::WORK_KIND_TECHNICAL, "technical issue"},
      {cert::WORK_KIND_SOURCE, "source confirm"},
  };
  const auto& type = *google::protobuf::GetEnumDescriptor<cert::WorkKind>();
  EXPECT_EQ(verbs.size(), static_cast<size_t>(type.value_count() - 1));
  for (const auto& [kind, verb] : verbs) EXPECT_EQ(Parsed(CommandOf(Item(kind))), verb);
  EXPECT_EQ(CommandOf(Item(static_cast<cert::WorkKind>(99))), "");
}

TEST(WorkCommandTest, WhatCameOnPaperAndAProposalHaveCommandsOfTheirOwn) {
  cert::WorkItem item = Item(cert::WORK_KIND_CONFIRM);
  item.set_paper(true);
  EXPECT_TRUE(CommandOf(item).ends_with(" --paper"));
  EXPECT_EQ(Parsed(CommandOf(item)), "import confirm");
  item.set_kind(cert::WORK_KIND_DETAINED);
  EXPECT_EQ(Parsed(CommandOf(item)), "import release");
  item = Item(cert::WORK_KIND_CASE);
  item.set_proposal(true);
  EXPECT_EQ(Parsed(CommandOf(item)), "case show");
}

}  // namespace
}  // namespace kp::kpctl
