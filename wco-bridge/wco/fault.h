// Where in a message something stands, and what is wrong there.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kp::wco {

// The WCO way to name a place: class ids from the declaration down, and the id of one data element.
struct Pointer {
  struct Step {
    std::string
        section;  // class id: "42A" Declaration, "67A" GoodsShipment, "68A" item, "02A" document
    int sequence =
        0;  // 1-based occurrence where the class may repeat, 1 for 42A, else 0 (not written)

    friend bool operator==(const Step&, const Step&) = default;
  };

  std::vector<Step> steps;
  std::string tag;  // data element id, "D005"; empty when the whole class is meant

  bool empty() const { return steps.empty(); }

  // "42A/67A/68A[1]/02A[1]#D005". The one declaration of a message is written without its [1].
  std::string ToString() const;

  friend bool operator==(const Pointer&, const Pointer&) = default;
};

// The same place for people and for tools that know XML but not WCO.
struct Location {
  Pointer pointer{};    // empty for places outside the declaration (envelope, syntax errors)
  std::string xpath{};  // local names with positions: "/MetaData/Declaration/GoodsShipment/...";
                        // may be empty
  int line = 0;         // 1-based line of the message as sent; 0 unknown; at most 65535

  friend bool operator==(const Location&, const Location&) = default;
};

// A value that remembers where it stood.
template <typename T>
struct Located {
  T value{};
  Location at;
};

// One thing wrong with a message, or (as a note) one thing that was put right while reading it.
struct Fault {
  std::string code{};  // one of codes.h: "KP1301"
  std::string text{};  // what is wrong, for a person; never longer than 512 characters
  Location at{};
  std::string value{};     // the offending value as sent, cut to 100 characters; may be empty
  std::string expected{};  // what would be right; may be empty

  friend bool operator==(const Fault&, const Fault&) = default;
};

// One line: `KP1304 at 42A/67A/68A[1]/02A[1]#D005 (line 32): text; found "x"; expected y`.
std::string FormatFault(const Fault& fault);

}  // namespace kp::wco
