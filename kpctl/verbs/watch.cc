// certificate watch, incoming watch: one line an item, for as long as wanted.
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "kp/certificate/v1/register_service.grpc.pb.h"
#include "kp/certificate/v1/verification_service.grpc.pb.h"
#include "kpctl/connection.h"
#include "kpctl/parse.h"
#include "kpctl/verbs/verbs.h"
#include "mesh/statement/keys.h"

namespace kp::kpctl {
namespace {

namespace cert = certificate::v1;

// Before a stream that ended is opened again.
constexpr absl::Duration kPause = absl::Seconds(1);

struct WatchFlags {
  int64_t after = 0;
  int64_t count = 0;
};

// An item that came: its cursor, and whether it was shown.
struct Seen {
  int64_t cursor = 0;
  bool shown = true;
};

// Follows the stream, and opens it again where it ends by itself, from the last cursor seen.
// `print` shows one item, unless it is none for people. UNAVAILABLE is the caller's only before the first
// item came.
template <class Stub, class Request, class Item>
absl::Status Follow(Context& context, WatchFlags flags,
                    std::unique_ptr<grpc::ClientReader<Item>> (Stub::*method)(grpc::ClientContext*,
                                                                              const Request&),
                    void (Request::*set_after)(int64_t),
                    const std::function<absl::StatusOr<Seen>(const Item&)>& print) {
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  int64_t left = flags.count;
  bool began = false;
  while (true) {
    Request request;
    (request.*set_after)(flags.after);
    absl::Status printed;
    const absl::Status ended = connection->Watch<Stub, Request, Item>(
        method, request, /*patient=*/began, [&](const Item& item) {
          const absl::StatusOr<Seen> seen = print(item);
          context.out.flush();
          printed = seen.status();
          if (!printed.ok()) return false;
          flags.after = seen->cursor;
          began = true;
          return flags.count == 0 || !seen->shown || --left > 0;
        });
    if (!printed.ok()) return printed;
    if (flags.count > 0 && left == 0) return absl::OkStatus();
    // A stopping server says UNAVAILABLE to those it knows, and gRPC CANCELLED to the rest.
    const bool by_itself = ended.ok() || absl::IsDeadlineExceeded(ended) ||
                           (began && (absl::IsUnavailable(ended) || absl::IsCancelled(ended)));
    if (!by_itself) return ended;
    absl::SleepFor(kPause);
  }
}

// One JSON object a line, so that a program can read along.
absl::Status PrintLine(Context& context, const google::protobuf::Message& item,
                       const std::function<std::string()>& human) {
  if (!context.json()) {
    context.out << human() << "\n";
    return absl::OkStatus();
  }
  KP_ASSIGN_OR_RETURN(const nlohmann::json json, ToJson(item));
  context.out << json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
  return absl::OkStatus();
}

absl::StatusOr<int> WatchCertificates(Context& context, const WatchFlags& flags) {
  using Item = cert::WatchCertificatesResponse;
  KP_RETURN_IF_ERROR((Follow<cert::RegisterService::Stub, cert::WatchCertificatesRequest, Item>(
      context, flags, &cert::RegisterService::Stub::WatchCertificates,
      &cert::WatchCertificatesRequest::set_after_sequence,
      [&](const Item& item) -> absl::StatusOr<Seen> {
        const cert::RegisterEventRecord& event = item.event();
        // They seal the rows of the books, and are for `kpctl fsck`.
        if (event.subject() == "rows") return Seen{event.sequence(), false};
        KP_RETURN_IF_ERROR(PrintLine(context, item, [&] {
          return absl::StrCat(event.sequence(), "  ", TimeText(event.record_time()), "  ",
                              event.kind(), "  ", Printable(event.subject()), "  ",
                              Printable(event.person().empty() ? event.actor() : event.person()),
                              event.text().empty() ? "" : "  ", Printable(event.text()));
        }));
        return Seen{event.sequence()};
      })));
  return kExitDone;
}

absl::StatusOr<int> WatchIncoming(Context& context, const WatchFlags& flags) {
  using Item = cert::WatchIncomingCertificatesResponse;
  KP_RETURN_IF_ERROR(
      (Follow<cert::VerificationService::Stub, cert::WatchIncomingCertificatesRequest, Item>(
          context, flags, &cert::VerificationService::Stub::WatchIncomingCertificates,
          &cert::WatchIncomingCertificatesRequest::set_after_cursor,
          [&](const Item& item) -> absl::StatusOr<Seen> {
            const cert::IncomingCertificate& incoming = item.certificate();
            KP_RETURN_IF_ERROR(PrintLine(context, item, [&] {
              return absl::StrCat(incoming.cursor(), "  ", Printable(incoming.number()), "  ",
                                  EnumText(incoming.state(), "CERTIFICATE_STATE_"), "  exported ",
                                  incoming.export_date(), "  ",
                                  CaratsText(incoming.total_carats_thousandths()), " ct  USD ",
                                  DollarsText(incoming.total_value_usd_cents()));
            }));
            return Seen{incoming.cursor()};
          })));
  return kExitDone;
}

void AddWatchVerb(Registrar& registrar, CLI::App* group, const char* what, const char* example,
                  absl::StatusOr<int> (*watch)(Context&, const WatchFlags&)) {
  Context& context = registrar.context();
  auto flags = std::make_shared<WatchFlags>();
  CLI::App* verb = registrar.Add(group, "watch", what, example,
                                 [&context, flags, watch] { return watch(context, *flags); });
  verb->add_option("--after", flags->after, "The cursor seen last; by default from the start")
      ->type_name("N");
  verb->add_option("--count", flags->count, "End after so many; by default never")->type_name("N");
}

}  // namespace

void AddCertificateWatch(Registrar& registrar, CLI::App* certificate) {
  AddWatchVerb(registrar, certificate,
               "Follows the events of the register, a line each, until it is stopped",
               "kpctl certificate watch --after 1200 --output json", &WatchCertificates);
}

void AddIncomingWatch(Registrar& registrar, CLI::App* incoming) {
  AddWatchVerb(registrar, incoming,
               "Follows what becomes of incoming certificates, a line each, until it is stopped",
               "kpctl incoming watch --after 40", &WatchIncoming);
}

}  // namespace kp::kpctl
