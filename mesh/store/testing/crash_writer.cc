// Appends events to the database argv[1] and prints the sequence of each once it is acknowledged,
// until KP_FAULT ends it.
#include <unistd.h>

#include <iostream>

#include "base/error.h"
#include "mesh/store/event_log.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  kp::store::Options options;
  options.connection = argv[1];
  auto database = kp::store::Database::Open(options, kp::SystemClock(), {});
  if (!database.ok()) {
    std::cerr << database.status() << "\n";
    return 1;
  }
  const kp::store::EventLog log(**database, "BW");
  for (int i = 0; i < 10'000; ++i) {
    // No two runs write the same statement: a repeated one is a fault that Check names.
    const std::string statement = std::to_string(getpid()) + "/" + std::to_string(i);
    int64_t sequence = 0;
    const absl::Status status =
        (*database)->Write([&](kp::store::Transaction& tx) -> absl::Status {
          KP_ASSIGN_OR_RETURN(const kp::store::Event event,
                              log.Append(tx, {"BW001", "TEST", "", "", "", statement}));
          sequence = event.sequence;
          return absl::OkStatus();
        });
    if (!status.ok()) return 1;
    std::cout << sequence << std::endl;
  }
  return 0;
}
