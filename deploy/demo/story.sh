# The demo's story, told through kpctl. Sourced by demo.sh.

failed=0
rows=()

# step ID "what it shows" EXIT REGEX command...: runs the command; it came out as told when its exit
# code is EXIT and its output matches REGEX (empty: any output). The output stays in $dir/steps/ID.txt.
step() {
  local id=$1 text=$2 want=$3 pattern=$4 got=0 verdict
  shift 4
  "$@" >"$dir/steps/$id.txt" 2>&1 || got=$?
  if [ "$got" = "$want" ] && { [ -z "$pattern" ] || grep -qE -- "$pattern" "$dir/steps/$id.txt"; }; then
    verdict=ok
  else
    verdict="NOT AS TOLD (exit $got instead of $want, or no /$pattern/)"
    failed=$((failed + 1))
  fi
  printf '%-4s %-74s %s\n' "$id" "$text" "$verdict"
  [ "$verdict" = ok ] || sed 's/^/     | /' "$dir/steps/$id.txt" | head -12
  rows+=("$id|$text|$verdict")
}

# Output of a step, field by name in kpctl's JSON (the first one of that name).
json() { grep -oE "\"$1\": *\"[^\"]*\"" "$2" | head -1 | sed 's/.*: *"//; s/"$//'; }

exporter="Okavango Diamond Company"
importer="Antwerp Rough BV"
carats=1250.50
usd=187500.00
hs=710231

# issue_one ENTITY ORIGIN-AND-AREA: a certificate from application to export; its number in $number, its
# dates in $issued and $expires.
issue_one() { apply_one "$@" && issue_applied "$1"; }

apply_one() {
  local entity=$1 line=$hs:$carats:$usd${2:-} origin=$1 out=$dir/steps/.issue.json
  at "$entity" applicant certificate apply --output json --exporter "$exporter" --exporter-country "$origin" \
    --importer "$importer" --importer-country BE --importing-entity EU --line "$line" --parcels 2 \
    --origin "$origin" --seal SEAL-000778 >"$out" || return 1
  application=$(json application_id "$out")
}

issue_applied() {
  local entity=$1 out=$dir/steps/.issue.json
  at "$entity" issuer certificate issue "$application" --output json >"$out" || return 1
  number=$(json number "$out")
  issued=$(json issue_date "$out")
  expires=$(json expiry_date "$out")
  at "$entity" validator certificate validate "$number" >/dev/null || return 1
  at "$entity" applicant certificate export "$number" >/dev/null
}

paper() { echo --issue-date "$issued" --line "$hs:$1:$usd"; }

incoming_has() { at EU verifier incoming list | grep -q "$1"; }

# The declaration of the project's sample, adapted: declare NUMBER CARATS LRN FILE.
declare_goods() {
  local mass
  mass=$(awk -v c="$2" 'BEGIN { printf "%.6f", c * 0.0002 }')
  sed -e "s/XA0012345/$1/g" -e "s/1250\.50/$2/g" -e "s/0\.250100/$mass/" -e "s/KPB-2026-0000001/$3/" \
    -e "s/>20260227</>${issued//-/}</" -e "s/>20260428</>${expires//-/}</" \
    -e "s/Example Exporter (Pty) Ltd/$exporter/" -e "s/Example Importer NV/$importer/g" \
    -e "s|<CountryCode>ZZ</CountryCode>|<CountryCode>BE</CountryCode>|" \
    -e "s|<CountryCode>XA</CountryCode>|<CountryCode>BW</CountryCode>|" -e "s|<ID>XA</ID>|<ID>BW</ID>|" \
    "$root/deploy/demo/declaration.xml" >"$4"
}

customs() {
  KPCTL_BRIDGE=$(address_of EU-bridge grpc) KPCTL_BRIDGE_ID=spiffe://$(domain_of EU)/wco-bridge \
    KPCTL_ANCHORS=$dir/anchors as $customs_domain/customs-antwerp "$@"
}

play_story() {
  mkdir -p "$dir/steps"
  say ""
  local out first
  # a. BW issues; EU has the pre-alert.
  step a1 "BW: an officer applies for an exporter" 0 'application_id' \
    at BW applicant certificate apply --output json --exporter "$exporter" --exporter-country BW \
    --importer "$importer" --importer-country BE --importing-entity EU --line "$hs:$carats:$usd" \
    --parcels 2 --origin BW --seal SEAL-000778
  application=$(json application_id "$dir/steps/a1.txt")
  step a2 "BW: a second officer issues" 0 'ISSUED' at BW issuer certificate issue "$application" --output json
  number=$(json number "$dir/steps/a2.txt")
  issued=$(json issue_date "$dir/steps/a2.txt")
  expires=$(json expiry_date "$dir/steps/a2.txt")
  first=$number
  step a3 "BW: the issuer may not validate" 1 'PERMISSION_DENIED|POWER' at BW issuer certificate validate "$number"
  step a4 "BW: a third officer validates $number" 0 'VALIDATED' at BW validator certificate validate "$number" --output json
  step a5 "BW: exported" 0 'EXPORTED' at BW applicant certificate export "$number" --output json
  eventually incoming_has "$number" || true
  step a6 "EU: has the pre-alert" 0 "$number" at EU verifier incoming list

  # b. EU, ZW verify.
  step b1 "EU verifies $number with what the paper says: ACCEPT" 0 'ACCEPT' \
    at EU verifier verify "$number" --purpose import $(paper $carats) --importer "$importer"
  step b2 "EU, with a wrong weight: REJECT, the field named" 11 'MISMATCH +lines\[0\]\.carats +1250\.5' \
    at EU verifier verify "$number" --purpose import $(paper 1250.40) --importer "$importer"
  step b3 "ZW audits the same: MISMATCH, and no value" 11 'LINES +MISMATCH +[^ ]+ +-$' \
    at ZW verifier verify "$number" --purpose audit $(paper 1250.40)
  step b4 "a number BW never issued: REJECT" 11 'NUMBER_UNKNOWN' \
    at EU verifier verify BW9999999 --purpose import $(paper $carats) --importer "$importer"
  step b5 "a Kenyan number: REJECT (R23)" 11 'R23' \
    at EU verifier verify KE0000001 --purpose import $(paper $carats) --importer "$importer"
  step b6 "a Brazilian number: REFER, the issuer is not connected" 10 'ISSUER_NOT_CONNECTED' \
    at EU verifier verify BR0000001 --purpose import $(paper $carats) --importer "$importer"

  # c. EU confirms.
  step c1 "EU confirms the import; BW's signed receipt is there" 0 'DONE' \
    at EU verifier import confirm "$number" --arrived-line "$hs:$carats:$usd" --parcels 2 \
    --receipt-date "$(date -u +%F)" --consignment UCR-1
  step c2 "BW's register shows it closed" 0 'CONFIRMED' at BW issuer certificate show "$number"
  step c3 "EU holds BW's receipt" 0 'receipt' at EU verifier incoming show "$number"
  step c4 "the same certificate with another consignment: REJECT, ALREADY_USED" 11 'ALREADY_USED' \
    at EU verifier verify "$number" --purpose import $(paper $carats) --importer "$importer" --consignment UCR-2
  step c5 "   with when and where" 0 'UCR-1' cat "$dir/steps/c4.txt"

  # d. ZW and Marange.
  out=$dir/steps/.marange.json
  at ZW applicant certificate apply --output json --exporter "$exporter" --exporter-country ZW \
    --importer "$importer" --importer-country BE --importing-entity EU --line "$hs:$carats:$usd:ZW:Marange" \
    --parcels 2 --origin ZW >"$out" 2>&1 || cat "$out"
  step d1 "ZW: stones from Marange are refused at issue (a DEMO measure, cited)" 2 'DEMO.*Marange' \
    at ZW issuer certificate issue "$(json application_id "$out")"
  step d2 "ZW: another area is issued, validated, exported" 0 '' issue_one ZW :ZW:Murowa
  step d3 "EU verifies $number: ACCEPT" 0 'ACCEPT' \
    at EU verifier verify "$number" --purpose import $(paper $carats) --importer "$importer"

  # e. BW stops and comes back.
  issue_one BW || true
  local second=$number
  eventually incoming_has "$second" || true
  stop BW
  step e1 "BW is stopped: UNAVAILABLE with a ticket, never 'not found'" 12 'ISSUER_SILENT' \
    at EU verifier verify "$second" --purpose import $(paper $carats) --importer "$importer" --output json
  start_again BW
  step e2 "BW is back: the ticket is answered by itself" 0 'ACCEPT' \
    at EU verifier ticket show "$(json ticket_id "$dir/steps/e1.txt")" --wait 30

  # f. Customs.
  declare_goods "$second" $carats KPB-DEMO-1 "$dir/steps/declaration-1.xml"
  step f1 "customs declares $second to EU's bridge: accepted" 0 'ACCEPTED' \
    customs declaration submit "$dir/steps/declaration-1.xml" --out "$dir/steps/response-1.xml"
  step f2 "the use is reserved at BW" 0 'RESERVED' at BW issuer certificate show "$second"
  issue_one BW || true
  declare_goods "$number" 1240.50 KPB-DEMO-2 "$dir/steps/declaration-2.xml"
  step f3 "a third certificate with a false weight: rejected, the element named" 11 '22C.*502|502' \
    customs declaration submit "$dir/steps/declaration-2.xml" --out "$dir/steps/response-2.xml"
  at BW issuer certificate show "$number" >"$dir/steps/.third.txt" 2>&1 || true
  step f4 "nothing is reserved there: the register knows no use of it" 0 'EXPORTED' \
    sh -c '! grep -E "RESERVED|use" "$1" && cat "$1"' sh "$dir/steps/.third.txt"

  # g. What becomes of certificates beside their ordinary way.
  left_out=(certificate correct "$number" --field importer.registration --value BE0400123456 --text "left out")
  at BW issuer "${left_out[@]}" >"$dir/steps/.correction.txt" 2>&1 || cat "$dir/steps/.correction.txt"
  step g1 "BW endorses an error of $number that its issuer indicated: another person, signed" 0 'error endorsed' \
    at BW validator "${left_out[@]}"
  step g2 "EU verifies the paper as it was printed: ACCEPT, the endorsement noted" 0 'ERROR_ENDORSED' \
    at EU verifier verify "$number" --purpose import $(paper $carats) --importer "$importer"
  out=$dir/steps/.replacement.json
  at BW applicant certificate replace "$number" --text "another carrier" --output json --exporter "$exporter" \
    --exporter-country BW --importer "$importer" --importer-country BE --importing-entity EU \
    --line "$hs:$carats:$usd" --parcels 2 --origin BW >"$out" 2>&1 || cat "$out"
  step g3 "BW issues another certificate in its place, with links both ways" 0 "in place of +$number" \
    at BW issuer certificate issue "$(json application_id "$out")"
  step g4 "EU verifies the replaced one: REJECT" 11 'NO_LONGER_VALID' \
    at EU verifier verify "$number" --purpose import $(paper $carats) --importer "$importer"
  re_export 1250.51
  step g5 "EU re-exports what came with $first, a hundredth of a carat too many: refused" 2 'SOURCE_EXHAUSTED' \
    at EU issuer certificate issue "$application"
  re_export 1250.50
  step g6 "exactly what came in is issued" 0 'ISSUED' at EU issuer certificate issue "$application" --output json
  number=$(json number "$dir/steps/g6.txt")
  issued=$(json issue_date "$dir/steps/g6.txt")
  step g7 "EU validates nothing that nobody inspected (R12)" 2 'INSPECTION_MISSING' \
    at EU validator certificate validate "$number" --seal EU-000042
  at EU validator certificate inspect "$number" --date "$(TZ=Europe/Brussels date +%F)" --inspector "J. Peeters" --seal EU-000042 \
    --opened >"$dir/steps/.inspection.txt" 2>&1 || cat "$dir/steps/.inspection.txt"
  step g8 "inspected: validated" 0 'VALIDATED' at EU validator certificate validate "$number" --seal EU-000042
  at EU applicant certificate export "$number" >"$dir/steps/.export.txt" 2>&1 || cat "$dir/steps/.export.txt"
  step g9 "BW verifies the re-export: ACCEPT" 0 'ACCEPT' \
    at BW verifier verify "$number" --purpose import --issue-date "$issued" --line "$hs:1250.50:$usd" \
    --importer "$exporter"
  issue_one BW || true
  eventually incoming_has "$number" || true
  at BW issuer certificate stolen "$number" --text "stolen at the airport" >"$dir/steps/.stolen.txt" 2>&1 || true
  step g10 "a stolen certificate is presented at EU: REJECT" 11 'NO_LONGER_VALID' \
    at EU verifier verify "$number" --purpose import $(paper $carats) --importer "$importer"
}

# re_export CARATS: EU's application to send so much of $first's stones back to BW; its id in $application.
re_export() {
  local out=$dir/steps/.re-export.json
  at EU applicant certificate apply --output json --exporter "$importer" --exporter-country BE --importer "$exporter" \
    --importer-country BW --importing-entity BW --line "$hs:$1:$usd" --parcels 1 --origin BW \
    --source "$first:$1" --no-conflict-declared >"$out" 2>&1 || cat "$out"
  application=$(json application_id "$out")
}

summary() {
  say ""
  printf '%-4s %-74s %s\n' step what result
  local row id text verdict
  for row in "${rows[@]}"; do
    IFS='|' read -r id text verdict <<<"$row"
    printf '%-4s %-74s %s\n' "$id" "$text" "${verdict%% (*}"
  done
  say "$((${#rows[@]} - failed)) of ${#rows[@]} steps came out as told"
}
