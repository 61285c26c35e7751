#include "mesh/runtime/config.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "gmock/gmock.h"
#include "google/protobuf/stubs/logging.h"
#include "gtest/gtest.h"
#include "mesh/runtime/command_line.h"
#include "testdata/config_test.pb.h"

namespace kp::runtime {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class ConfigTest : public ::testing::Test {
 protected:
  ConfigTest()
      : path_(testing::TempDir() + "/config_test_" + std::to_string(getpid()) + ".textproto") {}
  ~ConfigTest() override { std::filesystem::remove(path_); }

  absl::StatusOr<test::Config> Load(const std::string& text) {
    std::ofstream(path_) << text;
    return LoadTextprotoConfig<test::Config>(path_);
  }

  const std::string path_;
};

TEST_F(ConfigTest, ReadsAFile) {
  const auto config = Load("address: \"127.0.0.1:0\"\nlimits { queue: 7 }\n");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->address(), "127.0.0.1:0");
  EXPECT_EQ(config->limits().queue(), 7);
}

TEST_F(ConfigTest, UnknownKeyIsAnErrorThatNamesLineColumnAndKey) {
  const auto config = Load("address: \"127.0.0.1:0\"\nlimits {\n  queu: 7\n}\n");
  EXPECT_EQ(config.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(config.status().message()),
              AllOf(HasSubstr(path_ + ":3:"), HasSubstr("queu")));
}

TEST_F(ConfigTest, WrongValueIsAnErrorWithItsPlace) {
  const auto config = Load("limits { queue: seven }");
  EXPECT_EQ(config.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(config.status().message()),
              AllOf(HasSubstr(path_ + ":1:17"), HasSubstr("seven")));
}

TEST_F(ConfigTest, WrongValueNamesItsKey) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"limits { queue: seven }", ":1:17: queue: Expected integer"},
      {"limits {\n\tqueue :\t\"7\"\n}", ": queue: Expected integer"},
      {"address: \"a:b\"\nlimits { queue: 1.5 }", ":2:17: queue: Expected integer"},
      {"address: 5", ":1:10: address: Expected string"},
      {"limits: 5", "limits: Expected \"{\""},
      {"address:\n5", ":2:1: Expected string"},
      {"5", ":1:1: Expected"}};
  for (const auto& [text, message] : cases) {
    EXPECT_THAT(std::string(Load(text).status().message()), HasSubstr(message)) << text;
  }
}

TEST_F(ConfigTest, MissingFileIsNamed) {
  const auto config = LoadTextprotoConfig<test::Config>(path_ + ".absent");
  EXPECT_EQ(config.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(config.status().message()), HasSubstr(path_ + ".absent"));
}

CommandLineResult Parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "kp-test");
  return ParseCommandLine("kp-test", "A test", static_cast<int>(arguments.size()),
                          arguments.data());
}

TEST(CommandLineTest, ConfigIsRequiredAndTheRestIsOptional) {
  EXPECT_EQ(Parse({}).exit_code, 1);
  const CommandLineResult run = Parse({"--config", "a.textproto"});
  EXPECT_EQ(run.exit_code, -1);
  EXPECT_EQ(run.line.config, "a.textproto");
  EXPECT_FALSE(run.line.check_config);
  EXPECT_TRUE(Parse({"--config", "a.textproto", "--check-config"}).line.check_config);
}

TEST(CommandLineTest, UnknownFlagEndsWithOne) {
  EXPECT_EQ(Parse({"--config", "a.textproto", "--chek-config"}).exit_code, 1);
}

TEST(CommandLineTest, ProtobufIsSilentAfterwards) {
  static int lines;
  lines = 0;
  google::protobuf::SetLogHandler(
      [](google::protobuf::LogLevel, const char*, int, const std::string&) { ++lines; });
  test::Config config;
  const std::string not_utf8 = "\x0a\x01\xff";
  EXPECT_FALSE(config.ParseFromString(not_utf8));
  EXPECT_EQ(lines, 1);
  Parse({"--config", "a.textproto"});
  testing::internal::CaptureStderr();
  EXPECT_FALSE(config.ParseFromString(not_utf8));
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(lines, 1);
}

TEST(CommandLineTest, VersionNeedsNoConfig) {
  testing::internal::CaptureStdout();
  EXPECT_EQ(Parse({"--version"}).exit_code, 0);
  EXPECT_THAT(testing::internal::GetCapturedStdout(), HasSubstr(VersionLine("kp-test")));
}

}  // namespace
}  // namespace kp::runtime
