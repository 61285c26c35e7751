#!/usr/bin/env bash
# Prints docs/metrics.md from the HELP lines of the services of a kept demo ($KP_DEMO_DIR).
source "$(dirname "$0")/../e2e/lib.sh"
cat <<'HEAD'
# Metrics

Each service shows these at `/metrics` of its admin listener (loopback unless configured otherwise), beside
`/healthz` and `/readyz`. Label values come from closed sets; prices, parties and keys are never in them.
Made by `tests/docs/metrics.sh` from running services; `e2e.metrics` fails when one shows a name that is not
listed here.

| metric | type | services | meaning |
| --- | --- | --- | --- |
HEAD
for pair in "participant-svc $KP_PARTICIPANT_METRICS_ADDR" "certificate-svc $KP_EU_CERTIFICATE_METRICS_ADDR" \
  "wco-bridge $KP_EU_WCO_BRIDGE_METRICS_ADDR"; do
  curl -sf "http://${pair#* }/metrics" | awk -v service="${pair%% *}" '
    /^# HELP kp_(rpc_refusals|outbox|cases)/ {next}
    /^# TYPE kp_(rpc_refusals|outbox|cases)/ {next}
    /^# HELP/ {name=$3; $1=$2=$3=""; sub(/^ +/, ""); help[name]=$0}
    /^# TYPE/ {print $3 "\t" $4 "\t" service "\t" help[$3]}'
done | sort | awk -F'\t' '
  $1 != name {if (name) print "| `" name "` | " type " | " services " | " help " |"; name=$1; type=$2; services=$3; help=$4; next}
  {services=services ", " $3}
  END {print "| `" name "` | " type " | " services " | " help " |"}'
# These appear with their first case.
cat <<'TAIL'

| appears with its first case | type | services | meaning |
| --- | --- | --- | --- |
| `kp_cases_open` | gauge | certificate-svc | Cases with this partner that are not closed. |
| `kp_rpc_refusals_total` | counter | all | Calls refused before their handler, by method and reason. |
| `kp_outbox_messages` | gauge | certificate-svc | Undelivered messages by partner and state. |
| `kp_outbox_oldest_creation_timestamp_seconds` | gauge | certificate-svc | When the oldest undelivered message to this partner was written; 0 when there is none. |
TAIL
