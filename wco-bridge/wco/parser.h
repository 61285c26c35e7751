// Reads a WCO declaration. All foreign bytes of the bridge come through here.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/civil_time.h"
#include "wco-bridge/wco/declaration.h"
#include "wco-bridge/wco/fault.h"
#include "wco-bridge/wco/profile.h"
#include "wco-bridge/wco/schema.h"

namespace kp::wco {

// What a message may take. Each is a fault of its own when exceeded, and reading stops there.
struct Limits {
  std::size_t max_bytes = 1 << 20;  // of the message as sent
  int max_depth = 24;               // of elements in elements; the deepest known is 9
  int max_elements = 20000;
  int max_attributes = 16;                 // of one element
  std::size_t max_attribute_bytes = 1024;  // of one attribute's value, in UTF-8
  std::size_t max_faults = 100;            // told; a last one says that there were more
};

struct ParseOptions {
  Limits limits;
  const Schema* schema = nullptr;  // borrowed; also validate against it
};

struct ParseResult {
  // Present exactly when there are no faults.
  std::optional<Declaration> declaration;
  const Profile* profile = nullptr;  // the chosen one, into the profiles given; null when none fits
  std::vector<Fault> faults;         // everything wrong, in document order as far as it has one
  std::vector<Fault> notes;          // what was accepted but put right (trimmed, normalised)
  // The message's own references, where they can be read even though it is refused: a rejection is
  // addressed with them. Never longer than 35 and 70 characters.
  std::string lrn;
  std::string mrn;
};

// Parses and checks `message` (its bytes as sent: UTF-8, UTF-16 with byte order mark, or ISO-8859-1
// by its XML declaration) against the profile that its MetaData names among `profiles`. Syntax
// faults end the reading; beyond them all faults are reported, not only the first. `today` chooses
// among dated profiles. Never throws, never reads a file or the network, holds a bounded multiple
// of limits.max_bytes. Thread-safe.
ParseResult ParseDeclaration(std::string_view message, std::span<const Profile> profiles,
                             absl::CivilDay today, const ParseOptions& options = {});
ParseResult ParseDeclaration(std::string_view message, const Profile& profile, absl::CivilDay today,
                             const ParseOptions& options = {});

}  // namespace kp::wco
