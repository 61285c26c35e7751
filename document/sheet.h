// A4 pages that are filled from top to bottom, and become a PDF. Lengths are millimetres.
#pragma once

#include <pango/pango.h>

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "document/qr.h"

namespace kp::document {

inline constexpr double kPageWidth = 210;
inline constexpr double kPageHeight = 297;
inline constexpr double kMargin = 15;

// A text in a column: it wraps, also inside a word that is wider than the column.
struct Cell {
  std::string field;  // of the certificate, for GLYPH_MISSING
  std::string text;   // UTF-8
  double x = kMargin;
  double width = kPageWidth - 2 * kMargin;
  double size = 9;  // points
  bool bold = false;
  std::string language = "en";  // decides between glyphs that share a code point
  // kStart: where the text's own direction begins. The others whatever its direction; the text is
  // one paragraph then.
  enum class Align { kStart, kLeft, kCenter, kRight } align = Align::kStart;
  double frame = 0;  // above 0: no text, but an empty frame of this height, to be filled in by hand
};

// One thread. What does not fit a page goes onto the next.
class Sheet final {
 public:
  // `head` stands at the top of every page but the first.
  explicit Sheet(std::string head = "");
  ~Sheet();
  Sheet(const Sheet&) = delete;
  Sheet& operator=(const Sheet&) = delete;

  // Texts side by side; `after`: space below. GLYPH_MISSING names the field and the character that
  // no font has; nothing of the row is added then.
  absl::Status AddRow(const std::vector<Cell>& cells, double after = 1.2);
  // A line across the page, from `x` on.
  void AddRule(double x = kMargin);
  void AddSpace(double height);
  // The symbol with its quiet zone, in the middle; with room for `below` under it.
  void AddCode(const QrCode& code, double below);
  // What is left of the page.
  double Room() const;
  // What follows is on a new page unless so much room is left.
  void Need(double height);

  int pages() const { return static_cast<int>(pages_.size()); }

  // Writes "text, page n of m" under every page. The same sheet at the same `time` gives the same
  // bytes.
  absl::StatusOr<std::string> Pdf(const std::string& title, const std::string& footer,
                                  absl::Time time);

 private:
  struct Unref {
    void operator()(void* object) const;
  };
  using Layout = std::unique_ptr<PangoLayout, Unref>;
  struct Text {
    Layout layout;
    double x, y;
  };
  struct Rule {
    double x, y, width;
  };
  struct Frame {
    double x, y, width, height;
  };
  struct Code {
    QrCode code;
    double x, y;
  };
  using Item = std::variant<Text, Rule, Frame, Code>;

  absl::StatusOr<Layout> Lay(const Cell& cell) const;

  std::unique_ptr<PangoContext, Unref> context_;
  std::vector<std::vector<Item>> pages_;
  const std::string head_;
  double y_ = kMargin;
};

}  // namespace kp::document
