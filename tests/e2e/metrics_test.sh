#!/usr/bin/env bash
# Every service's /metrics is what Prometheus wants, and no business data is in it.
source "$(dirname "$0")/lib.sh"

for address in "$KP_PARTICIPANT_METRICS_ADDR" "$KP_ZW_CERTIFICATE_METRICS_ADDR" \
  "$KP_BW_CERTIFICATE_METRICS_ADDR" "$KP_EU_CERTIFICATE_METRICS_ADDR" "$KP_EU_WCO_BRIDGE_METRICS_ADDR"; do
  curl -sf --max-time 5 "http://$address/metrics" >"$work/metrics" || fail "$address/metrics"
  grep -q '^grpc_server_handled_total' "$work/metrics" || fail "$address counts no calls"
  for name in $(sed -n 's/^# TYPE \([^ ]*\) .*/\1/p' "$work/metrics"); do
    grep -q "^| \`$name\`" "$root/docs/metrics.md" || fail "$name is not in docs/metrics.md"
  done
  if command -v promtool >/dev/null; then
    promtool check metrics <"$work/metrics" || fail "$address: promtool"
  fi
  # In names and labels; the value behind them may be any number.
  if sed 's/ [^ ]*$//' "$work/metrics" | grep -E 'Okavango|Antwerp Rough|1250'; then fail "$address shows business data"; fi
  curl -sf --max-time 5 "http://$address/readyz" >/dev/null || fail "$address is not ready"
done
command -v promtool >/dev/null || { echo "skipped: promtool is not installed"; exit 77; }
echo "five services pass promtool"
