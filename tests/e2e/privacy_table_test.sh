#!/usr/bin/env bash
# docs/privacy.md says who learns which part of a certificate. A certificate whose values are found nowhere
# else is issued, corrected, exported and used; each party asks all that it may ask; the table is written
# again from what came back. KP_UPDATE_DOCS=1 writes it into the document.
source "$(dirname "$0")/lib.sh"
heard() { cat >>"$work/$1.heard"; } # party: everything that came back without having been stated

exporter="Quartz Heron Exporters"
importer="Umber Falcon Imports"
carats=4321.987
usd=9876543.21
seal=SEAL-QZ-774411
parcels=70123

at BW applicant certificate apply --output json --exporter "$exporter" --exporter-address "17 Quartz Heron Road" \
  --exporter-country BW --importer "$importer" --importer-address "3 Umber Falcon Straat" --importer-country BE \
  --importing-entity EU --line "$hs:$carats:$usd:ZW:Murowa" \
  --parcels $parcels --origin ZW \
  --seal $seal --no-conflict-declared >"$work/out" 2>&1 || fail "apply: $(cat "$work/out")"
application=$(json application_id "$work/out")
at BW validator certificate inspect "$application" --date "$(TZ=Africa/Gaborone date +%F)" --inspector "Inspector Quartzheron" \
  --seal $seal --opened >"$work/out" 2>&1 || fail "inspect: $(cat "$work/out")"
issue_applied BW || fail "no certificate"
for officer in issuer validator; do
  at BW $officer certificate correct "$number" --field importer.name --value "Umber Falcon Imports." \
    --text "misprinted-umber" >"$work/out" 2>&1 || fail "correct: $(cat "$work/out")"
done
eventually incoming_has "$number" || fail "EU has no pre-alert"

# Customs that act for the importing entity: what a declaration with one wrong part is answered, and that
# the same is accepted with that part made good.
declared() { # LRN carats sed-expression
  local carats=$2
  declare_goods "$number" "$carats" "$1" "$work/declaration.xml"
  sed -i -e "s/187500.00/$usd/g" -e "s/<Origin><CountryCode>BW/<Origin><CountryCode>ZW/" \
    -e "s/SEAL-000778/$seal/" -e "s/Quantity>2</Quantity>$parcels</" -e "$3" "$work/declaration.xml"
  rm -f "$work/response.xml"
  customs declaration submit "$work/declaration.xml" --out "$work/response.xml" 2>&1 || true
  cat "$work/response.xml"
}
declared "KPB-CARATS-$number" 4321.986 "" >"$work/carats.customs"
wrong_part() { declared "KPB-$1-$number" $carats "$2" >"$work/$1.customs"; }
wrong_part issue_date "s/>${issued//-/}</>20260101</"
wrong_part expiry_date "s/>${expires//-/}</>20261201</"
wrong_part importer "s/Umber Falcon/Somebody/"
wrong_part exporter "s/Quartz Heron/Somebody/"
wrong_part value "s/>$usd</>77.00</g"
wrong_part parcels "s/Quantity>$parcels</Quantity>3</g"
wrong_part origin "s/<Origin><CountryCode>ZW/<Origin><CountryCode>BW/"
wrong_part seals "s/$seal/none/"
cat "$work"/*.customs | heard customs
declared "KPB-RIGHT-$number" $carats "" >"$work/right"
grep -q ACCEPTED "$work/right" || fail "the right declaration: $(cat "$work/right")"

at EU verifier import confirm "$number" --arrived-line "$hs:$carats:$usd" --parcels $parcels \
  --receipt-date "$(date -u +%F)" >"$work/out" 2>&1 || fail "confirm: $(cat "$work/out")"

declared "KPB-AGAIN-$number" $carats "" | heard customs

at BW issuer certificate show "$number" --output json | heard issuer
at BW issuer certificate history "$number" --output json | heard issuer

right=(--issue-date "$issued" --expiry-date "$expires" --importer "$importer" --exporter "$exporter"
  --importing-entity EU --line "$hs:$carats:$usd" --parcels $parcels --origin ZW
  --total-carats $carats --total-value $usd --seal $seal)
wrong=(--issue-date 2026-01-01 --expiry-date 2026-01-02 --importer nobody --exporter nobody
  --importing-entity ZW --line "$hs:1.5:77" --parcels 3 --origin BW
  --total-carats 1.5 --total-value 77 --seal none)
ask() { # party entity purpose
  at "$2" verifier verify "$number" --purpose "$3" "${right[@]}" --output json >"$work/$1.right" || true
  at "$2" verifier verify "$number" --purpose "$3" "${wrong[@]}" --output json >"$work/$1.wrong" || true
  heard "$1" <"$work/$1.wrong"
  at "$2" verifier evidence show "$(json evidence_id "$work/$1.wrong")" --output json | heard "$1"
}
ask importer EU import
at EU verifier incoming show "$number" --output json | heard importer
ask transit ZW transit
ask third ZW audit
at ZW verifier incoming list --output json | heard third

# Those who may read nothing of a register: every way that kpctl has.
stranger() { # party identity
  local entity
  for entity in BW EU; do
    for what in "certificate show $number" "certificate history $number" "certificate list" "incoming list" \
      "verify $number --purpose audit"; do
      if KPCTL_SERVER=$(address_of "$entity" grpc) KPCTL_SERVER_ID=spiffe://$(domain_of "$entity")/certificate-svc \
        KPCTL_ANCHORS=$dir/anchors as "$2" $what >"$work/out" 2>&1; then fail "$1 was answered: $what"; fi
      grep -qE 'PERMISSION_DENIED|NO_GRANT|ROLE|DOMAIN' "$work/out" || fail "$1, $what: $(cat "$work/out")"
      heard "$1" <"$work/out"
    done
  done
}
[ -d "$(pki_of $registry_domain)/observer-watch" ] || leaf $registry_domain observer watch
stranger observer $registry_domain/observer-watch
stranger secretariat $registry_domain/secretariat-keeper

number=$number application=$application issued=$issued expires=$expires \
  python3 "$root/tests/docs/privacy_table.py" "$work" "$root/docs/privacy.md" || fail "docs/privacy.md"
echo "docs/privacy.md says what each party was answered"
