#!/usr/bin/env bash
# The import book and goods in transit, by real commands between real services.
source "$(dirname "$0")/lib.sh"

today=$(TZ=Europe/Brussels date +%F)  # by the calendar of the authority that looks
eu() { # want PATTERN what, then kpctl's arguments as EU's verifier
  local want=$1 pattern=$2 what=$3 got=0
  shift 3
  at EU verifier "$@" >"$work/out" 2>&1 || got=$?
  [ "$got" = "$want" ] && grep -qE -- "$pattern" "$work/out" ||
    { cat "$work/out"; fail "$what: exit $got, wanted $want with $pattern"; }
}
paper_flags=(--issue-date "$(date -u -d '10 days ago' +%F)" --expiry-date "$(date -u -d '40 days' +%F)"
  --issuing-authority ANM --exporter "Mineracao Exemplo" --importer "$importer" --importing-entity EU
  --line "$hs:840.00:126000.00" --parcels 2)
arrived_flags=(--paper --arrived-line "$hs:840.00:126000.00" --parcels 2 --receipt-date "$today")

# A paper that does not state its origin is refused, or its goods are detained, put right and let go.
number=BR0008001
eu 2 'origin: .*FIELD_MISSING, rule R01' "an incomplete paper" import enter "$number" "${paper_flags[@]}"
eu 1 IMPORT_UNKNOWN "nothing was entered" import show "$number"
eu 0 'state +DETAINED' "detained" import enter "$number" "${paper_flags[@]}" --detain "no origin stated"
eu 1 WRONG_STATE "confirmed while detained" import confirm "$number" "${arrived_flags[@]}"
eu 0 "FAILURE_REPORT .*EU arts. 5\(3\), 14\(3\)" "the report is due" import overdue --within 40
eu 0 'amended' "put right" import amend "$number" "${paper_flags[@]}" --origin BR --text "read again"
eu 0 'state +RELEASED' "released" import release "$number" --paper --text "the origin was stated"
eu 0 'confirmation digest' "confirmed" import confirm "$number" "${arrived_flags[@]}"
eu 0 'failure reported' "reported" import report "$number" --text "to the Commission"
eu 0 "$number .*PAPER +CONFIRMED" "listed" import list --paper --state CONFIRMED
eu 0 'IMPORT_RELEASED .*the origin was stated' "its history" import show "$number" --history

# An issuer on the mesh is asked there.
eu 1 ISSUER_ON_MESH "a certificate of BW on paper" import enter BW0008001 "${paper_flags[@]}" --origin BW

# A missing original starts no deadline that no source names, and its goods may go back: BW knows.
issue_one BW || fail "no certificate"
eventually incoming_has "$number" || fail "no pre-alert"
eu 0 "$number .*MESH +EXPORTED" "announced" import list --issuer BW --mesh
eu 0 ARRIVED "arrived" import arrived "$number"
eu 0 'original +missing since' "missing" import original "$number" --missing
eu 0 'RETURNED' "sent back" import send-back "$number" --text "no original was produced"
at BW issuer certificate show "$number" | grep -q RETURNED || fail "BW does not know"

# Goods in transit leave as they came, or not at all.
look=(--date "$today" --inspector "J. Peeters")
for number in BW0008002 BW0008003; do
  eu 0 ENTERED "in transit" transit enter "$number" --importing-entity ZW --certificate-seal S-1 --shown \
    "${look[@]}" --container "box:S-1"
done
eu 0 'state +LEFT' "left" transit leave BW0008002 "${look[@]}" --container "box:S-1"
eu 11 'R25 +TRANSIT_OPENED' "opened" transit leave BW0008003 "${look[@]}" --container "box:S-1" --opened
eu 11 'state +HELD' "held for good" transit show BW0008003
echo "every import is in the book"
