#include "mesh/telemetry/admin_listener.h"

#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "civetweb.h"

namespace kp::telemetry {

struct AdminListener::State {
  AdminOptions options;
  mg_context* context = nullptr;

  ~State() {
    if (context != nullptr) mg_stop(context);
    mg_exit_library();
  }
};

namespace {

int Answer(mg_connection* connection, int code, const char* reason, const char* type,
           const std::string& body) {
  mg_printf(connection,
            "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
            "Cache-Control: no-store\r\nConnection: close\r\n\r\n",
            code, reason, type, body.size());
  if (std::string_view(mg_get_request_info(connection)->request_method) != "HEAD") {
    mg_write(connection, body.data(), body.size());
  }
  return code;
}

int OnRequest(mg_connection* connection, void* data) {
  const AdminOptions& options = *static_cast<const AdminOptions*>(data);
  const mg_request_info& request = *mg_get_request_info(connection);
  const std::string_view method = request.request_method;
  const std::string_view path = request.local_uri;
  constexpr char kText[] = "text/plain; charset=utf-8";
  if (method != "GET" && method != "HEAD") {
    return Answer(connection, 405, "Method Not Allowed", kText, "only GET and HEAD\n");
  }
  if (path == "/metrics") {
    return Answer(connection, 200, "OK", "text/plain; version=0.0.4; charset=utf-8",
                  options.metrics->Text());
  }
  if (path == "/healthz") return Answer(connection, 200, "OK", kText, "ok\n");
  if (path == "/readyz") {
    const absl::Status ready = options.ready();
    if (ready.ok()) return Answer(connection, 200, "OK", kText, "ready\n");
    return Answer(connection, 503, "Service Unavailable", kText,
                  absl::StrCat("not ready: ", ready.message(), "\n"));
  }
  return Answer(connection, 404, "Not Found", kText, "/metrics /healthz /readyz\n");
}

// civetweb would print its own complaints to stderr, beside our JSON lines.
int DropMessage(const mg_connection*, const char*) { return 1; }

}  // namespace

AdminListener::AdminListener(std::unique_ptr<State> state) : state_(std::move(state)) {}
AdminListener::~AdminListener() = default;

absl::StatusOr<std::unique_ptr<AdminListener>> AdminListener::Start(const AdminOptions& options) {
  if (options.address.find(':') == std::string::npos) {
    return absl::InvalidArgumentError(
        absl::StrCat("admin address ", options.address, " is not host:port"));
  }
  mg_init_library(0);
  auto state = std::make_unique<State>();
  state->options = options;
  // Two threads: one scrape may hang on a slow reader, the next still gets through.
  const char* settings[] = {"listening_ports",
                            options.address.c_str(),
                            "num_threads",
                            "2",
                            "request_timeout_ms",
                            "5000",
                            "enable_keep_alive",
                            "no",
                            nullptr};
  mg_callbacks callbacks{};
  callbacks.log_message = &DropMessage;
  char text[256] = "";
  mg_error_data error{};
  error.text = text;
  error.text_buffer_size = sizeof(text);
  mg_init_data init{};
  init.callbacks = &callbacks;
  init.configuration_options = settings;
  state->context = mg_start2(&init, &error);
  if (state->context == nullptr) {
    return absl::UnavailableError(
        absl::StrCat("cannot listen on admin address ", options.address, ": ", text));
  }
  mg_set_request_handler(state->context, "/", &OnRequest, &state->options);
  return std::unique_ptr<AdminListener>(new AdminListener(std::move(state)));
}

int AdminListener::port() const {
  mg_server_port port{};
  return mg_get_server_ports(state_->context, 1, &port) == 1 ? port.port : 0;
}

}  // namespace kp::telemetry
