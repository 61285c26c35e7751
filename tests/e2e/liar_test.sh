#!/usr/bin/env bash
# An issuer that answers nonsense under its own identity: UNAVAILABLE and an alarm, never REJECT; and the
# ticket is answered once the real register is back.
source "$(dirname "$0")/lib.sh"

issue_one BW || fail "no certificate to ask about"
eventually incoming_has "$number" || fail "EU has no pre-alert"
address=$(address_of BW grpc)
metrics=$(address_of BW metrics)
alarms() { curl -sf "http://$KP_EU_CERTIFICATE_METRICS_ADDR/metrics" | awk '/^kp_bad_answers_total/ {print $2}'; }
before=$(alarms)

stop BW
liar=$(dirname "$bin")/tests/verification_bench
"$liar" bare "$work/liar" "$address" >/dev/null 2>&1 &
pid=$!
trap 'kill $pid 2>/dev/null || true; rm -rf "$work"' EXIT
eventually test -s "$work/liar" || fail "the liar does not run"

# The first question may meet the old connection's end.
lied() {
  local got=0
  at EU verifier verify "$number" --purpose import $(paper $carats) --importer "$importer" --output json \
    >"$work/out" 2>&1 || got=$?
  [ "$got" = 12 ] || { cat "$work/out"; fail "a lie gave exit $got"; }
  grep -q BAD_ANSWER "$work/out"
}
eventually lied || fail "no BAD_ANSWER"
[ "$(alarms)" -gt "${before:-0}" ] || fail "no alarm was counted"
ticket=$(json ticket_id "$work/out")
at EU verifier ticket show "$ticket" >/dev/null && fail "the ticket is answered by a lie"

kill $pid
wait $pid 2>/dev/null || true
certificate_config BW "${address##*:}" "${metrics##*:}" >"$dir/run/BW/config.textproto"
start BW kp-certificate-svc
at EU verifier ticket show "$ticket" --wait 60 | grep -q ACCEPT || fail "the ticket is not answered by the register"
echo "a lie is an alarm and no answer"
