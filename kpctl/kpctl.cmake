# protobuf_generate() always adds this directory as an import root, so the generated header is told
# to be in a directory of its name.
file(MAKE_DIRECTORY "${PROJECT_BINARY_DIR}/gen/kpctl")
add_library(kp_kpctl_proto STATIC world.proto)
target_include_directories(kp_kpctl_proto SYSTEM PUBLIC "${PROJECT_BINARY_DIR}/gen")
target_link_libraries(kp_kpctl_proto PUBLIC kp::protos)
protobuf_generate(TARGET kp_kpctl_proto LANGUAGE cpp IMPORT_DIRS "${PROJECT_SOURCE_DIR}/protos"
  PROTOC_OUT_DIR "${PROJECT_BINARY_DIR}/gen/kpctl" PROTOS world.proto)

kp_add_library(kpctl_lib
  SOURCES app.cc connection.cc context.cc csv.cc documents.cc exit_codes.cc output.cc parse.cc
    part_entries.cc private_directory.cc services.cc show_certificate.cc world.cc
    verbs/administration.cc verbs/certificate.cc verbs/declaration.cc verbs/health.cc verbs/pki.cc
    verbs/registry.cc verbs/trust_files.cc verbs/trust_server.cc verbs/use.cc verbs/verify.cc
  LIBS kp_kpctl_proto kp::base kp::protos kp::scheme kp::scheme_wire kp::statement kp::identity
    kp::tls kp::trust kp::rpc kp::runtime kp::wco_messages CLI11::CLI11
    nlohmann_json::nlohmann_json)

add_executable(kpctl main.cc)
target_link_libraries(kpctl PRIVATE kp::kpctl_lib kp_options)
