# The statistics of a quarter: two authorities' figures of the same trade agree, and one planted
# mismatch is found by its certificate. Sourced by demo.sh; uses what story.sh defines.

# By the calendar that ZW and BW share.
today() { TZ=Africa/Gaborone date "$1"; }

# zw_to_bw CARATS: a certificate of ZW to BW, which confirms that so many carats arrived; its number in
# $number.
zw_to_bw() {
  local out=$dir/steps/.zw-to-bw.json application
  at ZW applicant certificate apply --output json --exporter "Murowa Sales" --exporter-country ZW \
    --importer "$exporter" --importer-country BW --importing-entity BW --line "$hs:$carats:$usd:ZW:Murowa" \
    --parcels 1 --origin ZW --seal ZW-4711 >"$out" || return 1
  application=$(json application_id "$out")
  at ZW issuer certificate issue "$application" --output json >"$out" || return 1
  number=$(json number "$out")
  at ZW validator certificate validate "$number" >/dev/null || return 1
  at ZW applicant certificate export "$number" >/dev/null || return 1
  eventually at BW verifier incoming show "$number" || return 1
  at BW verifier import confirm "$number" --arrived-line "$hs:$1:$usd" --parcels 1 \
    --receipt-date "$(today +%F)" --consignment "UCR-$number"
}

zw_filed() { at BW issuer statistics filed --partner ZW --quarter "$1" | grep -q "version $2"; }
bw_filed() { at ZW issuer statistics filed --partner BW --quarter "$1" | grep -q "version $2"; }

play_statistics() {
  local quarter first
  quarter=$(today +%Y)-Q$((($(today +%-m) + 2) / 3))
  step h1 "ZW exports to BW, and BW confirms what arrived" 0 'DONE' zw_to_bw $carats
  first=$number
  step h2 "ZW files $quarter: computed from certificates, signed, BW gets its part" 0 'sent to +BW' \
    at ZW issuer statistics file "$quarter"
  step h3 "BW files the same quarter" 0 'sent to .*ZW' at BW issuer statistics file "$quarter"
  eventually zw_filed "$quarter" 1 || true
  eventually bw_filed "$quarter" 1 || true
  step h4 "the mirror of both: they agree, to the thousandth of a carat and the cent" 0 'both sides agree' \
    at BW issuer statistics mirror "$quarter" ZW
  step h5 "another one arrives half a carat short" 0 'differences, now a case' zw_to_bw 1250.00
  step h6 "a quarter is filed anew only with the reason" 2 'REASONS_REQUIRED' \
    at ZW issuer statistics file "$quarter"
  step h7 "both restate it; what was filed before is kept" 0 'version 2' both_restate "$quarter"
  eventually zw_filed "$quarter" 2 || true
  eventually bw_filed "$quarter" 2 || true
  step h8 "ZW's mirror finds $number, and why; nothing stays unexplained" 10 \
    "^$number +export +ZW +$hs .*CARATS_DIFFER" at ZW issuer statistics mirror "$quarter" BW
  step h9 "   and names no other" 0 '' sh -c '! grep -q "$1" "$2"' sh "$first" "$dir/steps/h8.txt"
  step h10 "BW's quarter as CSV" 0 "^ZW,import,ZW,$hs,2,2500\.50,375000\.00,0" \
    at BW issuer statistics show "$quarter" --csv
  rm -f "$dir/steps/quarter.svg"
  step h11 "   and drawn" 0 'quarter\.svg' \
    at BW issuer statistics plot "$quarter" --out "$dir/steps/quarter.svg"
}

both_restate() {
  at ZW issuer statistics file "$1" --text "an export was added" &&
    at BW issuer statistics file "$1" --text "an import was added"
}
