#!/usr/bin/env bash
# An authority's own systems follow its register and its incoming certificates: in order, nothing left out,
# also over a restart of the service.
source "$(dirname "$0")/lib.sh"

events() { at BW issuer --output json certificate watch "$@"; }
# A cursor that this register has not reached is refused, and the one before it is not.
newest=$(at BW issuer --output json certificate watch --count 1 | grep -oE '"sequence":"[0-9]+"' | grep -oE '[0-9]+')
[ "$newest" -le 2 ] || fail "the first event is $newest"  # behind a seal
if at BW issuer certificate watch --after 999999999 --count 1 >"$work/ahead" 2>&1; then fail "a cursor ahead was taken"; fi
grep -q CURSOR_AHEAD "$work/ahead" || fail "$(cat "$work/ahead")"
newest=$(grep -oE '0 to [0-9]+, the newest' "$work/ahead" | grep -oE '[0-9]+' | tail -1)

# A certificate's life as it happens, with the service restarted in the middle.
set -m  # each in a process group of its own, which ends whole
events --after "$newest" --count 4 >"$work/events" 2>"$work/events.err" &
watching=$!
at EU verifier incoming watch --output json >"$work/incoming" 2>/dev/null &
incoming=$!
set +m
trap 'kill -- -$watching -$incoming 2>/dev/null || true; rm -rf "$work"' EXIT
apply_one BW || fail "no application"
heard() { [ "$(wc -l <"$work/events")" -ge 1 ]; }
eventually heard || fail "the application was not told: $(cat "$work/events.err")"
stop BW
start_again BW
issue_applied BW || fail "no certificate"
wait "$watching" || fail "the watch ended: $(cat "$work/events.err")"
told=$(grep -oE '"kind":"[A-Z]+"' "$work/events" | cut -d'"' -f4 | tr '\n' ' ')
[ "$told" = "APPLIED ISSUED VALIDATED EXPORTED " ] || fail "told: $told"
# What seals rows of the books stands between them (docs/fsck.md).
sequences=$(grep -oE '"sequence":"[0-9]+"' "$work/events" | grep -oE '[0-9]+' | tr '\n' ' ')
[ "$sequences" = "$(tr ' ' '\n' <<<"$sequences" | sed '/^$/d' | sort -nu | tr '\n' ' ')" ] || fail "sequences: $sequences"
[ "${sequences%% *}" -gt "$newest" ] || fail "told again: $sequences"

state() { grep "\"$number\"" "$work/incoming" | grep -oE 'CERTIFICATE_STATE_[A-Z]+' | tail -1; }
exported() { [ "$(state)" = CERTIFICATE_STATE_EXPORTED ]; }
eventually exported || fail "EU's watch does not tell of $number"
at BW issuer certificate stolen "$number" --text "taken from the depot" >/dev/null || fail "not recorded as stolen"
stolen() { [ "$(state)" = CERTIFICATE_STATE_STOLEN ]; }
eventually stolen || fail "EU's watch does not tell that $number is stolen: $(state)"
echo "four events in order over a restart, and EU heard of $number twice"
