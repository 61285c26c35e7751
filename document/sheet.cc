#include "document/sheet.h"

#include <cairo-pdf.h>
#include <pango/pangocairo.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/error.h"
#include "document/reasons.h"

namespace kp::document {
namespace {

constexpr double kPointsPerMm = 72 / 25.4;
constexpr double kLineWidth = 0.2;
constexpr double kHeadHeight = 9;
constexpr double kBottom = kPageHeight - kMargin - 5;  // the footer stands below
// Fontconfig falls back from one to the next, glyph by glyph.
constexpr char kFamilies[] =
    "Noto Sans,DejaVu Sans,Noto Sans Arabic,Droid Sans Fallback,sans-serif";

double ToMm(int pango_units) { return pango_units / (PANGO_SCALE * kPointsPerMm); }
int FromMm(double mm) { return static_cast<int>(mm * kPointsPerMm * PANGO_SCALE); }

// Of a layout that has its text. Pango's left is the start of a paragraph: the right side of an
// Arabic one.
PangoAlignment AlignmentOf(Cell::Align align, PangoLayout* layout) {
  const bool mirrored = pango_layout_get_direction(layout, 0) == PANGO_DIRECTION_RTL;
  switch (align) {
    case Cell::Align::kCenter:
      return PANGO_ALIGN_CENTER;
    case Cell::Align::kLeft:
      return mirrored ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT;
    case Cell::Align::kRight:
      return mirrored ? PANGO_ALIGN_LEFT : PANGO_ALIGN_RIGHT;
    case Cell::Align::kStart:
      break;
  }
  return PANGO_ALIGN_LEFT;
}

// The first character that no font has a glyph for, where there is one.
absl::Status CheckGlyphs(PangoLayout* layout, const Cell& cell) {
  if (pango_layout_get_unknown_glyphs_count(layout) == 0) return absl::OkStatus();
  const std::unique_ptr<PangoLayoutIter, void (*)(PangoLayoutIter*)> iterator(
      pango_layout_get_iter(layout), pango_layout_iter_free);
  do {
    const PangoLayoutRun* const run = pango_layout_iter_get_run_readonly(iterator.get());
    if (run == nullptr) continue;
    for (int i = 0; i < run->glyphs->num_glyphs; ++i) {
      const PangoGlyph glyph = run->glyphs->glyphs[i].glyph;
      if (glyph == PANGO_GLYPH_EMPTY || (glyph & PANGO_GLYPH_UNKNOWN_FLAG) == 0) continue;
      const int byte = run->item->offset + run->glyphs->log_clusters[i];
      return FieldError(
          {kGlyphMissing, cell.field,
           absl::StrFormat(
               "no font installed has the character U+%04X at byte %d; install one that "
               "has it (Debian: fonts-noto-*)",
               glyph & ~PANGO_GLYPH_UNKNOWN_FLAG, byte),
           ""});
    }
  } while (pango_layout_iter_next_run(iterator.get()) != 0);
  return FieldError({kGlyphMissing, cell.field, "no font installed has all its characters", ""});
}

cairo_status_t Append(void* closure, const unsigned char* data, unsigned int length) {
  static_cast<std::string*>(closure)->append(reinterpret_cast<const char*>(data), length);
  return CAIRO_STATUS_SUCCESS;
}

void Draw(cairo_t* cr, const QrCode& code, double x, double y) {
  const double origin_x = x + kQuietZone * kModuleMm;
  const double origin_y = y + kQuietZone * kModuleMm;
  // Runs of a row in one piece: between rectangles that touch some rasterisers leave light lines.
  for (int row = 0; row < code.modules(); ++row) {
    for (int column = 0; column < code.modules(); ++column) {
      const int first = column;
      while (column < code.modules() && code.dark(column, row)) ++column;
      if (column == first) continue;
      cairo_rectangle(cr, origin_x + first * kModuleMm, origin_y + row * kModuleMm,
                      (column - first) * kModuleMm, kModuleMm);
    }
  }
  cairo_fill(cr);
}

}  // namespace

void Sheet::Unref::operator()(void* object) const { g_object_unref(object); }

Sheet::Sheet(std::string head)
    : context_(pango_font_map_create_context(pango_cairo_font_map_get_default())),
      head_(std::move(head)) {
  // Points on paper, whatever the screen's resolution, and no hinting to any.
  pango_cairo_context_set_resolution(context_.get(), 72);
  cairo_font_options_t* const options = cairo_font_options_create();
  cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
  pango_cairo_context_set_font_options(context_.get(), options);
  cairo_font_options_destroy(options);
  pages_.emplace_back();
}

Sheet::~Sheet() = default;

absl::StatusOr<Sheet::Layout> Sheet::Lay(const Cell& cell) const {
  Layout layout(pango_layout_new(context_.get()));
  const std::unique_ptr<PangoFontDescription, void (*)(PangoFontDescription*)> font(
      pango_font_description_from_string(kFamilies), pango_font_description_free);
  pango_font_description_set_size(font.get(), static_cast<int>(cell.size * PANGO_SCALE));
  if (cell.bold) pango_font_description_set_weight(font.get(), PANGO_WEIGHT_BOLD);
  pango_layout_set_font_description(layout.get(), font.get());
  const std::unique_ptr<PangoAttrList, void (*)(PangoAttrList*)> attributes(pango_attr_list_new(),
                                                                            pango_attr_list_unref);
  pango_attr_list_insert(
      attributes.get(), pango_attr_language_new(pango_language_from_string(cell.language.c_str())));
  // Pango would add a hyphen where it breaks inside a word: a name with a hyphen is another name.
  pango_attr_list_insert(attributes.get(), pango_attr_insert_hyphens_new(FALSE));
  pango_layout_set_attributes(layout.get(), attributes.get());
  pango_layout_set_width(layout.get(), FromMm(cell.width));
  pango_layout_set_wrap(layout.get(), PANGO_WRAP_WORD_CHAR);
  pango_layout_set_text(layout.get(), cell.text.data(), static_cast<int>(cell.text.size()));
  pango_layout_set_alignment(layout.get(), AlignmentOf(cell.align, layout.get()));
  KP_RETURN_IF_ERROR(CheckGlyphs(layout.get(), cell));
  return layout;
}

absl::Status Sheet::AddRow(const std::vector<Cell>& cells, double after) {
  std::vector<Layout> layouts;
  double height = 0;
  for (const Cell& cell : cells) {
    height = std::max(height, cell.frame);
    if (cell.frame > 0) {
      layouts.emplace_back();
      continue;
    }
    KP_ASSIGN_OR_RETURN(Layout layout, Lay(cell));
    PangoRectangle extents;
    pango_layout_get_extents(layout.get(), nullptr, &extents);
    height = std::max(height, ToMm(extents.height));
    layouts.push_back(std::move(layout));
  }
  Need(height);
  for (size_t i = 0; i < cells.size(); ++i) {
    const Cell& cell = cells[i];
    if (cell.frame > 0) {
      pages_.back().emplace_back(Frame{cell.x, y_, cell.width, cell.frame});
    } else {
      pages_.back().emplace_back(Text{std::move(layouts[i]), cell.x, y_});
    }
  }
  y_ += height + after;
  return absl::OkStatus();
}

void Sheet::AddRule(double x) {
  pages_.back().emplace_back(Rule{x, y_, kPageWidth - kMargin - x});
  y_ += 1.2;
}

void Sheet::AddSpace(double height) { y_ += height; }

void Sheet::AddCode(const QrCode& code, double below) {
  Need(code.side_mm() + below);
  pages_.back().emplace_back(Code{code, (kPageWidth - code.side_mm()) / 2, y_});
  y_ += code.side_mm();
}

double Sheet::Room() const { return kBottom - y_; }

void Sheet::Need(double height) {
  if (height <= Room()) return;
  pages_.emplace_back();
  y_ = kMargin + kHeadHeight;
}

absl::StatusOr<std::string> Sheet::Pdf(const std::string& title, const std::string& footer,
                                       absl::Time time) {
  std::string bytes;
  const std::unique_ptr<cairo_surface_t, void (*)(cairo_surface_t*)> surface(
      cairo_pdf_surface_create_for_stream(Append, &bytes, kPageWidth * kPointsPerMm,
                                          kPageHeight * kPointsPerMm),
      cairo_surface_destroy);
  cairo_pdf_surface_set_metadata(surface.get(), CAIRO_PDF_METADATA_TITLE, title.c_str());
  cairo_pdf_surface_set_metadata(
      surface.get(), CAIRO_PDF_METADATA_CREATE_DATE,
      absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone()).c_str());
  const std::unique_ptr<cairo_t, void (*)(cairo_t*)> cr(cairo_create(surface.get()), cairo_destroy);
  cairo_scale(cr.get(), kPointsPerMm, kPointsPerMm);
  cairo_set_line_width(cr.get(), kLineWidth);
  const auto show = [&](PangoLayout* layout, double x, double y) {
    cairo_save(cr.get());
    cairo_translate(cr.get(), x, y);
    cairo_scale(cr.get(), 1 / kPointsPerMm, 1 / kPointsPerMm);
    pango_cairo_show_layout(cr.get(), layout);
    cairo_restore(cr.get());
  };
  for (size_t page = 0; page < pages_.size(); ++page) {
    if (page > 0) {
      KP_ASSIGN_OR_RETURN(const Layout head, Lay({.field = "", .text = head_, .bold = true}));
      show(head.get(), kMargin, kMargin);
      cairo_move_to(cr.get(), kMargin, kMargin + kHeadHeight - 2.5);
      cairo_rel_line_to(cr.get(), kPageWidth - 2 * kMargin, 0);
      cairo_stroke(cr.get());
    }
    for (const Item& item : pages_[page]) {
      if (const auto* text = std::get_if<Text>(&item)) {
        show(text->layout.get(), text->x, text->y);
      } else if (const auto* rule = std::get_if<Rule>(&item)) {
        cairo_move_to(cr.get(), rule->x, rule->y);
        cairo_rel_line_to(cr.get(), rule->width, 0);
        cairo_stroke(cr.get());
      } else if (const auto* frame = std::get_if<Frame>(&item)) {
        cairo_rectangle(cr.get(), frame->x, frame->y, frame->width, frame->height);
        cairo_stroke(cr.get());
      } else if (const auto* code = std::get_if<Code>(&item)) {
        Draw(cr.get(), code->code, code->x, code->y);
      }
    }
    Cell below{
        .field = "", .text = absl::StrCat(footer, " — ", page + 1, "/", pages_.size()), .size = 7};
    KP_ASSIGN_OR_RETURN(const Layout layout, Lay(below));
    show(layout.get(), kMargin, kBottom + 2);
    cairo_show_page(cr.get());
  }
  cairo_surface_finish(surface.get());
  if (const cairo_status_t status = cairo_surface_status(surface.get());
      status != CAIRO_STATUS_SUCCESS) {
    return absl::InternalError(absl::StrCat("cairo: ", cairo_status_to_string(status)));
  }
  return bytes;
}

}  // namespace kp::document
