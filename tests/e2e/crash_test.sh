#!/usr/bin/env bash
# kill -9 in the middle of validations: what was acknowledged is there, and the register's events have no
# gap.
source "$(dirname "$0")/lib.sh"

acknowledged=$work/acknowledged
: >"$acknowledged"
work_until_killed() { # each certificate that BW acknowledged as validated
  local application number
  while :; do
    application=$(at BW applicant certificate apply --output json --exporter "$exporter" --exporter-country BW \
      --importer "$importer" --importer-country BE --importing-entity EU --line "$hs:$carats:$usd" --parcels 2 \
      --origin BW 2>/dev/null | grep -oE '"application_id": *"[^"]+"' | head -1 | sed 's/.*: *"//; s/"//') || return 0
    number=$(at BW issuer certificate issue "$application" --output json 2>/dev/null \
      | grep -oE '"number": *"[^"]+"' | head -1 | sed 's/.*: *"//; s/"//') || return 0
    at BW validator certificate validate "$number" >/dev/null 2>&1 || return 0
    echo "$number" >>"$acknowledged"
  done
}
some_acknowledged() { [ "$(wc -l <"$acknowledged")" -ge "$1" ]; }

for round in 1 2 3; do
  before=$(wc -l <"$acknowledged")
  for worker in 1 2 3; do work_until_killed & done
  eventually some_acknowledged $((before + 6)) || fail "too few validations to interrupt"
  kill -9 "$(cat "$dir/run/BW/pid")"
  wait
  start BW kp-certificate-svc
done

while read -r number; do
  at BW issuer certificate show "$number" | grep -q VALIDATED || fail "$number was acknowledged and is lost"
done <"$acknowledged"
/usr/bin/python3 - "$dir/run/BW" <<'PYTHON' || fail "the events have a gap"
import glob, sqlite3, sys
path = glob.glob(sys.argv[1] + '/*.db')[0]
rows = [r[0] for r in sqlite3.connect('file:%s?mode=ro' % path, uri=True).execute(
    'SELECT sequence FROM store_event ORDER BY sequence')]
assert rows == list(range(1, len(rows) + 1)), 'a gap'
PYTHON
echo "$(wc -l <"$acknowledged") acknowledged validations outlived 3 kills"
