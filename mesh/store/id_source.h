// Where fresh ids come from, so that tests can name theirs.
#pragma once

#include <string>

namespace kp::store {

// Thread-safe.
class IdSource {
 public:
  virtual ~IdSource() = default;
  // A UUID of version 4 as text, in lower case.
  virtual std::string NewUuid() = 0;
};

// From the kernel's random generator.
IdSource& RandomIds();

}  // namespace kp::store
