// Every metric name and log key of the mesh, in one place; docs/metrics.md lists them.
#pragma once

namespace kp::telemetry {

// Log keys.
inline constexpr char kLogTime[] = "time";
inline constexpr char kLogLevel[] = "level";
inline constexpr char kLogService[] = "service";
inline constexpr char kLogEvent[] = "event";
inline constexpr char kLogRequestId[] = "request_id";
inline constexpr char kLogTraceId[] = "trace_id";
inline constexpr char kLogMethod[] = "method";
inline constexpr char kLogCaller[] = "caller";
inline constexpr char kLogPeer[] = "peer";
inline constexpr char kLogReason[] = "reason";
inline constexpr char kLogError[] = "error";
inline constexpr char kLogIncident[] = "incident";
inline constexpr char kLogAddress[] = "address";
inline constexpr char kLogPort[] = "port";

// gRPC, with the names and labels of go-grpc-prometheus.
inline constexpr char kGrpcServerStarted[] = "grpc_server_started_total";
inline constexpr char kGrpcServerHandled[] = "grpc_server_handled_total";
inline constexpr char kGrpcServerHandlingSeconds[] = "grpc_server_handling_seconds";
inline constexpr char kLabelGrpcType[] = "grpc_type";
inline constexpr char kLabelGrpcService[] = "grpc_service";
inline constexpr char kLabelGrpcMethod[] = "grpc_method";
inline constexpr char kLabelGrpcCode[] = "grpc_code";

// mesh/rpc.
inline constexpr char kRpcRefusals[] = "kp_rpc_refusals_total";
inline constexpr char kRpcQueueLength[] = "kp_rpc_queue_length";
inline constexpr char kRpcOpenStreams[] = "kp_rpc_open_streams";
inline constexpr char kReady[] = "kp_ready";
inline constexpr char kLabelMethod[] = "method";
inline constexpr char kLabelReason[] = "reason";
inline constexpr char kLabelLane[] = "lane";
inline constexpr char kLabelService[] = "service";

// The process.
inline constexpr char kProcessOpenFds[] = "process_open_fds";
inline constexpr char kProcessMaxFds[] = "process_max_fds";
inline constexpr char kProcessResidentMemory[] = "process_resident_memory_bytes";
inline constexpr char kProcessStartTime[] = "process_start_time_seconds";
inline constexpr char kProcessCpuSeconds[] = "process_cpu_seconds_total";
inline constexpr char kBuildInfo[] = "kp_build_info";

}  // namespace kp::telemetry
