#!/usr/bin/env bash
# A list of more certificates than one batch holds, over one stream.
source "$(dirname "$0")/lib.sh"

issue_one BW || fail "no certificate to ask about"
row="$number,$issued,$hs,$carats,$usd"
{
  echo number,issue_date,hs_code,carats,usd
  for _ in $(seq 2300); do echo "$row"; done
  echo "$number,$issued,$hs,99.5,$usd"
  echo "KE0000001,$issued,$hs,$carats,$usd"
  echo "BR0000001,$issued,$hs,$carats,$usd"
} >"$work/list.csv"
verify_list() { at EU verifier verify-list "$work/list.csv" --purpose audit >"$work/out" 2>&1; }
got=0
verify_list || got=$?
[ "$got" = 11 ] || fail "exit $got: $(tail -3 "$work/out")"
verdicts=$(awk 'NR > 1 && NF { print $1 "=" $2 }' "$work/out" | grep = | sort | uniq -c | awk '{ print $1 $2 }' | tr '\n' ' ')
for wanted in "2300$number=ACCEPT" "1$number=REJECT" 1KE0000001=REJECT 1BR0000001=REFER; do
  case " $verdicts" in *" $wanted "*) ;; *) fail "no $wanted in $verdicts" ;; esac
done
# The evidence of any row is there.
evidence=$(awk -v n="$number" '$1 == n { print $NF }' "$work/out" | tail -2 | head -1)
at EU verifier evidence show "$evidence" >"$work/shown" || fail "no evidence $evidence"

# A row that cannot be read is named, and nothing is asked; without it the rest is.
echo "$number,$issued,$hs,many,$usd" >>"$work/list.csv"
if verify_list; then fail "a weight 'many' was taken"; fi
grep -q 'line 2305, character 29: carats' "$work/out" || fail "the row is not named: $(cat "$work/out")"
sed -i -e '/many/d' -e '/KE\|BR\|99.5/d' "$work/list.csv"
verify_list || fail "the good rows are not all accepted: $(tail -3 "$work/out")"
# A column that nobody knows.
sed -i '1s/usd/dollars/' "$work/list.csv"
if verify_list; then fail "an unknown column was taken"; fi
grep -q 'LIST_UNREADABLE' "$work/out" || fail "$(cat "$work/out")"
refused() { # text of the file, what is named
  printf '%s\n' "$1" >"$work/list.csv"
  if verify_list; then fail "taken: $1"; fi
  grep -qE "$2" "$work/out" || fail "$2 is not named: $(cat "$work/out")"
}
refused $'number,number\nBW0000001,BW0000002' 'line 1, character 8.*twice'
refused $'number,issue_date\nBW0000001,2026-02-30' 'line 2, character 11: issue_date'
refused $'number,usd\nBW0000001,5 EUR' 'line 2, character 11: usd'
refused $'number,usd\nBW0000001,5.00' 'line 2, character 1: a line needs'
echo "2,303 certificates over one stream, each with its verdict"
