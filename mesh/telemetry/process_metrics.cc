#include "mesh/telemetry/process_metrics.h"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "kp_version.h"
#include "mesh/telemetry/names.h"

namespace kp::telemetry {
namespace {

// Field `index` of /proc/self/stat as proc(5) counts them, from 1. The second, the program's name
// in parentheses, may hold anything, so counting begins behind it.
double StatField(int index) {
  std::ifstream file("/proc/self/stat");
  std::string line;
  std::getline(file, line);
  std::istringstream rest(line.substr(line.rfind(')') + 1));
  std::string field;
  for (int i = 3; i <= index; ++i) rest >> field;
  return field.empty() ? 0 : std::stod(field);
}

double BootTime() {
  std::ifstream file("/proc/stat");
  for (std::string key; file >> key; file.ignore(1 << 16, '\n')) {
    if (double seconds = 0; key == "btime" && file >> seconds) return seconds;
  }
  return 0;
}

}  // namespace

ProcessMetrics::ProcessMetrics(Metrics& metrics, std::string_view service)
    : open_fds_(metrics.AddGauge(kProcessOpenFds, "Open file descriptors.")),
      max_fds_(metrics.AddGauge(kProcessMaxFds, "Limit of open file descriptors.")),
      resident_memory_(metrics.AddGauge(kProcessResidentMemory, "Resident memory in bytes.")),
      cpu_seconds_(metrics.AddCounter(kProcessCpuSeconds, "User and system CPU time in seconds.")) {
  metrics.AddGauge(kProcessStartTime, "Start of the process, seconds since 1970-01-01 UTC.")
      .Set(BootTime() + StatField(22) / static_cast<double>(sysconf(_SC_CLK_TCK)));
  metrics
      .AddGauge(
          kBuildInfo, "Always 1; the labels say what runs.",
          {{kLabelService, std::string(service)}, {"version", KP_VERSION}, {"commit", KP_COMMIT}})
      .Set(1);
}

void ProcessMetrics::Update() {
  if (DIR* directory = opendir("/proc/self/fd"); directory != nullptr) {
    int count = 0;
    while (readdir(directory) != nullptr) ++count;
    closedir(directory);
    open_fds_.Set(count - 3);  // ".", ".." and the directory itself
  }
  if (rlimit limit{}; getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    max_fds_.Set(static_cast<double>(limit.rlim_cur));
  }
  resident_memory_.Set(StatField(24) * static_cast<double>(sysconf(_SC_PAGESIZE)));
  const double cpu = (StatField(14) + StatField(15)) / static_cast<double>(sysconf(_SC_CLK_TCK));
  if (const double more = cpu - cpu_seconds_.Value(); more > 0) cpu_seconds_.Increment(more);
}

}  // namespace kp::telemetry
