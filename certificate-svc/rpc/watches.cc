#include "certificate-svc/rpc/watches.h"

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "certificate-svc/domain/events.h"
#include "certificate-svc/rpc/incoming.h"
#include "certificate-svc/store/verifications.h"

namespace kp::certificate {
namespace {

template <typename Item>
absl::Status Start(const typename rpc::Feed<Item>::Source& source, rpc::Feed<Item>& feed,
                   const rpc::StreamWriter<Item>& writer, int64_t after, const char* field) {
  KP_ASSIGN_OR_RETURN(const int64_t newest, source.newest());
  if (after < 0 || after > newest) {
    return FieldError({kCursorAhead, field,
                       absl::StrCat("is not 0 to ", newest, ", the newest that there is"), ""});
  }
  feed.Watch(writer, after);
  return absl::OkStatus();
}

rpc::Feed<v1::WatchCertificatesResponse>::Source EventsOf(const Environment& env) {
  using Page = std::vector<std::pair<int64_t, v1::WatchCertificatesResponse>>;
  return {
      [&env]() -> absl::StatusOr<int64_t> {
        int64_t last = 0;
        KP_RETURN_IF_ERROR(env.database.Read([&](store::ReadSession& session) -> absl::Status {
          KP_ASSIGN_OR_RETURN(last, env.events.Last(session));
          return absl::OkStatus();
        }));
        return last;
      },
      [&env](int64_t after, int limit) -> absl::StatusOr<Page> {
        std::vector<store::Event> events;
        KP_RETURN_IF_ERROR(env.database.Read([&](store::ReadSession& session) -> absl::Status {
          KP_ASSIGN_OR_RETURN(events, env.events.After(session, after, limit));
          return absl::OkStatus();
        }));
        Page page;
        for (const store::Event& event : events) {
          auto& [cursor, item] = page.emplace_back();
          cursor = event.sequence;
          KP_ASSIGN_OR_RETURN(*item.mutable_event(), ShowEvent(event));
        }
        return page;
      }};
}

rpc::Feed<v1::WatchIncomingCertificatesResponse>::Source IncomingOf(const Environment& env) {
  using Page = std::vector<std::pair<int64_t, v1::WatchIncomingCertificatesResponse>>;
  return {
      [&env]() -> absl::StatusOr<int64_t> {
        int64_t last = 0;
        KP_RETURN_IF_ERROR(env.database.Read([&](store::ReadSession& session) -> absl::Status {
          KP_ASSIGN_OR_RETURN(last, LastIncomingChange(session));
          return absl::OkStatus();
        }));
        return last;
      },
      [&env](int64_t after, int limit) -> absl::StatusOr<Page> {
        std::vector<Incoming> changed;
        KP_RETURN_IF_ERROR(env.database.Read([&](store::ReadSession& session) -> absl::Status {
          KP_ASSIGN_OR_RETURN(changed, IncomingChangedAfter(session, after, limit));
          return absl::OkStatus();
        }));
        Page page;
        for (const class Incoming& row : changed) {
          auto& [cursor, item] = page.emplace_back();
          cursor = row.change;
          KP_ASSIGN_OR_RETURN(*item.mutable_certificate(), ShowIncoming(row));
        }
        return page;
      }};
}

}  // namespace

Watches::Watches(const Environment& environment)
    : events_(EventsOf(environment)),
      incoming_(IncomingOf(environment)),
      event_feed_(events_),
      incoming_feed_(incoming_) {}

absl::Status Watches::Certificates(
    const v1::WatchCertificatesRequest& request,
    const rpc::StreamWriter<v1::WatchCertificatesResponse>& writer) {
  return Start(events_, event_feed_, writer, request.after_sequence(), "after_sequence");
}

absl::Status Watches::Incoming(
    const v1::WatchIncomingCertificatesRequest& request,
    const rpc::StreamWriter<v1::WatchIncomingCertificatesResponse>& writer) {
  return Start(incoming_, incoming_feed_, writer, request.after_cursor(), "after_cursor");
}

}  // namespace kp::certificate
