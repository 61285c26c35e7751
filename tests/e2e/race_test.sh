#!/usr/bin/env bash
# Two imports of one certificate at the same time, under different consignments: exactly one wins.
# And the race of customs against the authority, by the same rule.
source "$(dirname "$0")/lib.sh"

confirm() { # consignment out
  local got=0
  at EU verifier import confirm "$number" --arrived-line "$hs:$carats:$usd" --parcels 2 \
    --receipt-date "$(date -u +%F)" --consignment "$1" >"$2" 2>&1 || got=$?
  echo "$got" >"$2.exit"
}

for round in 1 2 3 4 5; do
  issue_one BW || fail "no certificate to race for"
  for i in 1 2 3 4; do confirm "RACE-$round-$i" "$work/$i" & done
  wait
  won=$(cat "$work"/*.exit | grep -c '^0$' || true)
  used=$(grep -l ALREADY_USED "$work"/[1-4] | wc -l)
  [ "$won" = 1 ] && [ "$used" = 3 ] || { cat "$work"/[1-4]; fail "round $round: $won won, $used were told ALREADY_USED"; }
  at BW issuer certificate show "$number" | grep -q CONFIRMED || fail "$number is not closed at BW"
done

issue_one BW
declare_goods "$number" $carats "KPB-RACE-$RANDOM" "$work/declaration.xml"
{ got=0; customs declaration submit "$work/declaration.xml" --out "$work/response.xml" >"$work/5" 2>&1 || got=$?; echo "$got" >"$work/5.exit"; } &
confirm RACE-OTHER "$work/6" &
wait
[ "$(cat "$work/5.exit" "$work/6.exit" | grep -c '^0$')" = 1 ] || { cat "$work/5" "$work/6"; fail "customs and authority did not exclude each other"; }
echo "every race had one winner"
