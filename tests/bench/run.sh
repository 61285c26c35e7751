#!/usr/bin/env bash
# Signed verification answers per second of one issuer (100,000 certificates in SQLite, mutual TLS),
# beside a bare gRPC callback server that signs 600 bytes: release build, interleaved rounds, load and
# servers on the same cores. KP_PRESET=dev measures another build.
set -euo pipefail
cd "$(dirname "$0")/../.."
preset=${KP_PRESET:-release}
count=${KP_BENCH_CERTIFICATES:-100000}

./scripts/install-deps.sh
log=$(mktemp)
cmake --preset "$preset" >"$log" 2>&1 &&
  cmake --build --preset "$preset" -j2 --target kpctl kp-participant-svc kp-certificate-svc \
    kp-wco-bridge verification_bench >>"$log" 2>&1 || { grep -E 'FAILED|error' "$log" | head -20; exit 1; }
rm -f "$log"

export KP_BIN=$PWD/build/$preset/bin
dir=$(mktemp -d)
export KP_DEMO_DIR=$dir/demo
bare=
cleanup() {
  [ -z "$bare" ] || kill "$bare" 2>/dev/null || true
  deploy/demo.sh --stop "$KP_DEMO_DIR" >/dev/null 2>&1 || true
  rm -rf "$dir"
}
trap cleanup EXIT

deploy/demo.sh --keep "$KP_DEMO_DIR" | tail -2 | head -1
bench=build/$preset/tests/verification_bench
"$bench" seed "$count" "$KP_DEMO_DIR/run/BW/data.db"
"$bench" issued 100000 "$KP_DEMO_DIR/run/BW/data.db"
"$bench" bare "$dir/bare" &
bare=$!
for _ in $(seq 100); do [ -s "$dir/bare" ] && break; sleep 0.1; done
source "$KP_DEMO_DIR/mesh.env"
echo "$(nproc) cores, commit $(git rev-parse --short=12 HEAD), $(date -u +%F), preset $preset, 64 calls in flight"
"$bench" load "$KP_BW_CERTIFICATE_ADDR" "$(cat "$dir/bare")" "$count"
echo "durable validations:"
"$bench" validate "$KP_BW_CERTIFICATE_ADDR" "$(cat "$dir/bare")"
"$bench" batch "$KP_EU_CERTIFICATE_ADDR" "$count"
pid=$(cat "$KP_DEMO_DIR/run/BW/pid")
grep -E 'VmRSS' "/proc/$pid/status" | sed 's/^VmRSS:/resident memory of certificate-svc:/'
