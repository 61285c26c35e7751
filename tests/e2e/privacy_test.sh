#!/usr/bin/env bash
# What an entity without standing learns, and that tickets and evidence are the asker's alone.
source "$(dirname "$0")/lib.sh"

issue_one BW || fail "no certificate to ask about"
ask() { # entity carats
  local got=0
  at "$1" verifier verify "$number" --purpose audit $(paper "$2") >"$work/out" 2>&1 || got=$?
  echo "$got"
}

# Three wrong tries are told MISMATCH and no value; then nothing is told any more, right or wrong.
for try in 1 2 3; do
  [ "$(ask ZW 99.0$try)" = 11 ] || { cat "$work/out"; fail "try $try is not refused"; }
  grep -qE 'LINES +MISMATCH' "$work/out" || fail "try $try names no mismatch"
  if grep -q '1250\.5' "$work/out"; then fail "a value was told to ZW"; fi
done
[ "$(ask ZW $carats)" = 10 ] || { cat "$work/out"; fail "the fourth try is not referred"; }
grep -qE 'LINES +WITHHELD' "$work/out" || { cat "$work/out"; fail "the fourth try is not withheld"; }
# The importing entity named on the certificate has standing: its wrong tries cost it nothing.
for try in 1 2 3 4; do
  [ "$(ask EU 99.0$try)" = 11 ] || fail "EU's try $try"
  grep -q '1250\.5' "$work/out" || fail "EU is not told the register's value"
done
[ "$(ask EU $carats)" = 0 ] || { cat "$work/out"; fail "EU's right question is not accepted"; }
evidence=$(grep -E '^evidence' "$work/out" | awk '{print $2}')

# Another officer of the same entity, with the same power, is nobody for this evidence.
other=$(pki_of "$(domain_of EU)")/officer-second
[ -d "$other" ] || leaf "$(domain_of EU)" officer second
at EU admin officer add "spiffe://$(domain_of EU)/officer/second" --person EU-9 --name second \
  --authority EU-KP --power verify >/dev/null 2>&1 || true
at EU second verify "$number" --purpose audit $(paper $carats) >/dev/null || fail "the second officer may not ask"
at EU verifier evidence show "$evidence" >/dev/null || fail "the asker cannot see the evidence"
if at EU second evidence show "$evidence" >"$work/out" 2>&1; then fail "somebody else's evidence was shown"; fi
grep -q EVIDENCE_UNKNOWN "$work/out" || { cat "$work/out"; fail "EVIDENCE_UNKNOWN is not named"; }
echo "no value, no ticket, no evidence for those it does not concern"
