#!/usr/bin/env bash
# What an officer may get wrong, each refused with field, reason and rule, and nothing recorded; each
# beside the same application made good.
source "$(dirname "$0")/lib.sh"

count() { at BW applicant certificate list --output json | grep -c '"application_id"' || true; }

apply() { # line origin parcels importer
  at BW applicant certificate apply --exporter "$exporter" --exporter-country BW --importer "${4:-$importer}" \
    --importer-country BE --importing-entity "${5:-EU}" --line "${1:-$hs:$carats:$usd}" --parcels "${3:-2}" \
    --origin "${2:-BW}"
}

refused() { # reason, then arguments of apply
  local reason=$1 got=0 before after
  shift
  before=$(count)
  apply "$@" >"$work/out" 2>&1 || got=$?
  after=$(count)
  [ "$got" = 2 ] || { cat "$work/out"; fail "$reason: exit $got instead of 2"; }
  grep -q "$reason" "$work/out" || { cat "$work/out"; fail "$reason is not named"; }
  [ "$before" = "$after" ] || fail "$reason: something was recorded"
}

apply >/dev/null || fail "the good application is refused"
refused CARATS_NOT_POSITIVE "$hs:0:$usd"
refused CARATS_NOT_POSITIVE "$hs:-1:$usd"
refused CARATS_TOO_MANY_DECIMALS "$hs:1.0001:$usd"
refused CURRENCY_NOT_USD "$hs:$carats:187500 EUR"
refused VALUE_NOT_POSITIVE "$hs:$carats:0"
refused HS_CODE_OUT_OF_SCOPE "710239:$carats:$usd"
refused ORIGIN_LIST_TOO_SHORT "" mixed:BW
refused PARCELS_OUT_OF_RANGE "" "" 0
refused TEXT_TOO_LONG "" "" "" "$(printf 'x%.0s' $(seq 201))"
refused SAME_ENTITY "" "" "" "" BW

# The same id with other content is a conflict; with the same content the first result.
id=$(cat /proc/sys/kernel/random/uuid)
once() {
  at BW applicant certificate apply --output json --request-id "$id" --exporter "$exporter" --exporter-country BW \
    --importer "$importer" --importer-country BE --importing-entity EU --line "$1" --parcels 2 --origin BW
}
first=$(once "$hs:$carats:$usd" | grep -oE '"application_id": *"[^"]+"')
again=$(once "$hs:$carats:$usd" | grep -oE '"application_id": *"[^"]+"')
[ "$first" = "$again" ] || fail "a repeated request made another application"
if once "$hs:1.00:$usd" >"$work/out" 2>&1; then fail "a request id was taken with other content"; fi
grep -q REQUEST_ID_REUSED "$work/out" || { cat "$work/out"; fail "REQUEST_ID_REUSED is not named"; }

# A date that no calendar has, and an expiry before the issue, at issue.
application=$(once "$hs:$carats:$usd" | grep -oE '"application_id": *"[^"]+"' | head -1 | sed 's/.*: *"//; s/"//')
for dates in "DATE_NOT_IN_CALENDAR --expiry-date 2027-02-31" "EXPIRY_BEFORE_ISSUE --expiry-date 2020-01-01"; do
  read -r reason flag value <<<"$dates"
  if at BW issuer certificate issue "$application" "$flag" "$value" >"$work/out" 2>&1; then fail "$reason was taken"; fi
  grep -q "$reason" "$work/out" || { cat "$work/out"; fail "$reason is not named"; }
done
if at BW issuer certificate issue "$application" --number ZW0000001 >"$work/out" 2>&1; then fail "a foreign prefix was taken"; fi
grep -q NUMBER_PREFIX_WRONG "$work/out" || { cat "$work/out"; fail "NUMBER_PREFIX_WRONG is not named"; }
at BW issuer certificate issue "$application" >/dev/null || fail "the good issue is refused"

# In a question the same faults are findings, not errors.
at EU verifier verify BW0000001 --purpose audit --line 710239:1.00:1.00 >"$work/out" 2>&1 && fail "HS 7102.39 was accepted"
grep -q 'HS_CODE_OUT_OF_SCOPE' "$work/out" || { cat "$work/out"; fail "HS 7102.39 is no finding"; }
echo "all refused by name, nothing recorded"
