# The part of the story about the import book. Sourced by demo.sh, after story.sh.

play_imports() {
  local paper_number="BR0004711" today half
  today=$(TZ=Europe/Brussels date +%F)  # by the calendar of the authority that looks
  # i. A certificate of an issuer that is not on the mesh.
  step i1 "EU enters a Brazilian paper: what could be checked, and what could not" 0 \
    'ISSUER_REGISTER +NOT_POSSIBLE' \
    at EU verifier import enter "$paper_number" --issue-date "$(date -u -d '10 days ago' +%F)" \
    --expiry-date "$(date -u -d '40 days' +%F)" --issuing-authority "ANM" --exporter "Mineracao Exemplo" \
    --importer "$importer" --importing-entity EU --line "$hs:840.00:126000.00" --parcels 2 --origin BR \
    --seal L-77 --checked "pre-alert-seen:$today:e-mail of the exporting authority"
  step i2 "   by hand, with where it can be found again" 0 'PRE_ALERT_SEEN +BY_HAND +.*e-mail' cat "$dir/steps/i1.txt"
  step i3 "EU looks at the goods: who, when, which container and seal" 0 'inspected .*J. Peeters; box 1: L-77' \
    at EU verifier import inspect "$paper_number" --date "$today" --inspector "J. Peeters" --container "box 1:L-77" \
    --opened
  step i4 "the confirmation is due in 10 working days" 0 'CONFIRMATION .*10 working days, EU art. 5\(1\)\(a\)' \
    at EU verifier import overdue --within 30
  step i5 "EU confirms it, signed" 0 'confirmation digest' \
    at EU verifier import confirm "$paper_number" --paper --arrived-line "$hs:840.00:126000.00" --parcels 2 \
    --receipt-date "$today"
  at EU applicant certificate apply --output json --exporter "$importer" --exporter-country BE --importer "$exporter" \
    --importer-country BW --importing-entity BW --line "$hs:840.00:126000.00" --parcels 1 --origin BR \
    --source "$paper_number:840.00" --no-conflict-declared >"$dir/steps/.paper-re-export.json" 2>&1 ||
    cat "$dir/steps/.paper-re-export.json"
  step i6 "a re-export draws on it: refused, one person entered and confirmed it" 2 'SOURCE_NOT_CONFIRMED' \
    at EU issuer certificate issue "$(json application_id "$dir/steps/.paper-re-export.json")"
  step i7 "a second officer stands for it" 0 'state +OPEN' \
    at EU validator source confirm "$paper_number" --text "compared with the original"
  step i8 "now the re-export draws on it" 0 'ISSUED' \
    at EU issuer certificate issue "$(json application_id "$dir/steps/.paper-re-export.json")" --output json
  # Goods leave while their half-year runs, and its production is filed later.
  half="$(date -u +%Y)-H$(((10#$(date -u +%m) + 5) / 6))"
  step i9 "BW opens own production of $half, of which nothing is filed yet: it waits" 0 'state +WAITING' \
    at BW issuer source open "$half-north" --own-production "$half" --carats 5000 --origin BW \
    --text "returns of the mines in the north"
  step i10 "who entered it does not confirm it" 1 'SOURCE_SAME_PERSON' \
    at BW issuer source confirm "$half-north" --text "as I said"
}
