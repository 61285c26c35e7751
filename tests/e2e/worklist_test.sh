#!/usr/bin/env bash
# What waits for an officer, by real commands: the command that stands beside each item does it. And what
# lists answer to a filter that nothing can match.
source "$(dirname "$0")/lib.sh"

# The command that $1's officer $2 is told for the item that names $3, among work of kind $4.
command_for() {
  at "$1" "$2" worklist --kind "$4" >"$work/list"
  sed -n "/ $3 /s/.*  kpctl //p" "$work/list"
}
# Runs it as that officer; nothing in it is quoted.
do_it() {
  local told
  told=$(command_for "$@")
  [ -n "$told" ] || { cat "$work/list"; fail "$2 of $1 is not told of $3 ($4)"; }
  at "$1" "$2" $told >"$work/out" 2>&1 || { cat "$work/out"; fail "told by the worklist, and refused: $told"; }
}
not_told() {
  [ -z "$(command_for "$@")" ] || fail "$2 of $1 is told of $3 ($4)"
}

application=$(at BW applicant certificate apply --output json --exporter "$exporter" --exporter-country BW \
  --importer "$importer" --importer-country BE --importing-entity EU --line "$hs:$carats:$usd" --parcels 2 \
  --origin BW | grep -oE '"application_id": *"[^"]+"' | head -1 | sed 's/.*: *"//; s/"//')
not_told BW validator "$application" issue
do_it BW issuer "$application" issue
not_told BW issuer "$application" issue
number=$(grep -oE 'BW[0-9]{7}' "$work/out" | head -1)
not_told BW issuer "$number" validate
do_it BW validator "$number" validate
not_told BW validator "$number" validate
do_it BW issuer "$number" export
not_told BW issuer "$number" export

known() { at EU verifier incoming show "$number" >/dev/null 2>&1; }
eventually known || fail "EU does not know $number"
not_told EU verifier "$number" confirm
at EU verifier import arrived "$number" | grep -q ARRIVED || fail "not arrived"
told=$(command_for EU verifier "$number" confirm)
case $told in
  "import confirm $number --arrived-line HS:CARATS --parcels N --receipt-date DATE"*) ;;
  *) cat "$work/list"; fail "told to confirm by: $told" ;;
esac
at EU verifier worklist --output json --kind confirm | grep -q "\"subject\": \"$number\"" || fail "no JSON"
at EU verifier import confirm "$number" --arrived-line "$hs:$carats:$usd" --parcels 2 \
  --receipt-date "$(date -u +%F)" --consignment WORK-1 >/dev/null
not_told EU verifier "$number" confirm

# Not an empty list, but what is wrong, and the same made good.
refused() { # reason words command...
  local reason=$1 words=$2
  shift 2
  "$@" >"$work/out" 2>&1 && { cat "$work/out"; fail "$* was answered"; }
  grep -q "$reason" "$work/out" && grep -q "$words" "$work/out" || { cat "$work/out"; fail "$*: not $reason, $words"; }
}
refused CODE_UNKNOWN "importing_entity" at BW issuer certificate list --importing-entity XX
refused ENTITY_NOT_ISSUING "EU issues for DE" at BW issuer certificate list --importing-entity DE
refused ENTITY_NOT_ISSUING "EU issues for DE" at BW issuer overdue --importing-entity DE
refused CODE_UNKNOWN "partner" at BW issuer case list --partner XX
refused CODE_UNKNOWN "issuer" at EU verifier import list --issuer XX
refused PERIOD_REVERSED "exported_until" \
  at BW issuer certificate list --exported-from 2026-03-02 --exported-until 2026-03-01
refused QUARTER_NOT_BEGUN "begins on" at BW issuer statistics show 2999-Q4
# Through a file: a reader that stops at the first match ends the writer, too.
finds() { # what command...
  local what=$1
  shift
  "$@" >"$work/out" && grep -q "$what" "$work/out"
}
finds "$number" at BW issuer certificate list --importing-entity eu || fail "small letters find nothing"
issue_one BW || fail "no certificate"
finds "$number" at BW issuer overdue --days 0 || fail "--days 0 does not list what is not confirmed"
finds "$number" at BW issuer overdue && fail "exported today, and overdue by the default"
eventually known || fail "EU does not know $number"
refused CERTIFICATE_UNKNOWN "import show $number --history" at EU verifier certificate history "$number"
finds "$number" at EU verifier import show "$number" --history || fail "the import book does not have it"
echo "what waits is told to whom it waits for, with the command that does it"
