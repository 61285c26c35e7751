// Runs kpctl inside the test, with an environment and a clock of its own.
#pragma once

#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "kpctl/app.h"
#include "kpctl/context.h"

namespace kp::kpctl {

struct Outcome {
  int code = -1;
  std::string out;
  std::string err;
};

class TestRun final {
 public:
  explicit TestRun(const Clock& clock = SystemClock()) : clock_(clock) {}

  std::map<std::string, std::string> environment;

  Outcome operator()(const std::vector<std::string>& arguments) const {
    std::ostringstream out, err;
    Context context(out, err, clock_, SystemIds(), [this](const char* name) {
      const auto found = environment.find(name);
      return found == environment.end() ? std::string() : found->second;
    });
    const int code = Run(arguments, context);
    return {code, out.str(), err.str()};
  }

 private:
  const Clock& clock_;
};

}  // namespace kp::kpctl
