#include "certificate-svc/domain/list_filters.h"

#include <optional>

#include "base/error.h"
#include "certificate-svc/domain/record.h"

namespace kp::certificate {

absl::StatusOr<std::string> ReadFilterEntity(const Environment& env, const std::string& text,
                                             const char* field, scheme::FilterRole role) {
  if (text.empty()) return std::string();
  KP_ASSIGN_OR_RETURN(const auto view, env.scheme.Current());
  KP_ASSIGN_OR_RETURN(const scheme::EntityCode code,
                      scheme::ReadOtherEntity(view->parties, env.entity, role, text, field,
                                              Today(env, *view, "")));
  return code.text();
}

absl::StatusOr<DaySpan> ReadFilterSpan(const std::string& from, const char* from_field,
                                       const std::string& until, const char* until_field,
                                       scheme::SpanEnd end) {
  const auto read = [](const std::string& text,
                       const char* field) -> absl::StatusOr<std::optional<scheme::Date>> {
    if (text.empty()) return std::optional<scheme::Date>();
    const absl::StatusOr<scheme::Date> day = scheme::ParseDate(text);
    if (!day.ok()) return WithFieldPrefix(day.status(), field);
    return std::optional<scheme::Date>(*day);
  };
  KP_ASSIGN_OR_RETURN(const auto first, read(from, from_field));
  KP_ASSIGN_OR_RETURN(const auto last, read(until, until_field));
  KP_RETURN_IF_ERROR(scheme::CheckSpan(first, last, end, until_field));
  const auto write = [](const std::optional<scheme::Date>& day) {
    return day.has_value() ? scheme::FormatDate(*day) : std::string();
  };
  return DaySpan{write(first), write(last)};
}

}  // namespace kp::certificate
