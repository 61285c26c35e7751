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
  --importing-entity EU --line "$hs:$carats:$usd:LS:Letseng" --parcels $parcels --origin mixed:LS,NA \
  --seal $seal --no-conflict-declared >"$work/out" || fail "apply: $(cat "$work/out")"
application=$(json application_id "$work/out")
at BW validator certificate inspect "$application" --date "$(date -u +%F)" --inspector "Inspector Quartzheron" \
  --seal $seal --opened >"$work/out" 2>&1 || fail "inspect: $(cat "$work/out")"
issue_applied BW || fail "no certificate"
at BW issuer certificate correct "$number" --field importer.name --value "Umber Falcon Imports NV" \
  --text "misprinted-umber" >"$work/out" 2>&1 || fail "correct: $(cat "$work/out")"
eventually incoming_has "$number" || fail "EU has no pre-alert"

# Customs that act for the importing entity: what a declaration is answered.
declared() { # carats, then sed expressions on the declaration
  local carats=$1
  shift
  declare_goods "$number" "$carats" "KPB-PRIVACY-$RANDOM$RANDOM" "$work/declaration.xml"
  sed -i "$@" "$work/declaration.xml"
  customs declaration submit "$work/declaration.xml" --response "$work/response.xml" 2>&1 || true
  cat "$work/response.xml"
}
for part in carats:s/_/_/ issue_date:s/"${issued//-/}"/20260101/ importer:s/Umber.Falcon/Somebody/ exporter:s/Quartz.Heron/Somebody/; do
  weight=$carats
  [ "${part%%:*}" = carats ] && weight=99.5
  declared $weight -e "${part#*:}" >"$work/${part%%:*}.customs"
  heard customs <"$work/${part%%:*}.customs"
done

at EU verifier import confirm "$number" --arrived-line "$hs:$carats:$usd" --parcels $parcels \
  --receipt-date "$(date -u +%F)" --consignment UCR-UMBER-5577 >"$work/out" 2>&1 || fail "confirm: $(cat "$work/out")"

at BW issuer certificate show "$number" --output json | heard issuer
at BW issuer certificate history "$number" --output json | heard issuer

right=(--issue-date "$issued" --expiry-date "$expires" --importer "$importer" --exporter "$exporter"
  --importing-entity EU --line "$hs:$carats:$usd" --parcels $parcels --origin mixed:LS,NA
  --total-carats $carats --total-value $usd --seal $seal)
wrong=(--issue-date 2026-01-01 --expiry-date 2026-01-02 --importer nobody --exporter nobody
  --importing-entity ZW --line "$hs:1.5:77" --parcels 3 --origin mixed:BW,ZA
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

application=$application issued=$issued expires=$expires \
  python3 "$root/tests/docs/privacy_table.py" "$work" "$root/docs/privacy.md" || fail "docs/privacy.md"
