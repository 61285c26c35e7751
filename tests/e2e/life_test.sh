#!/usr/bin/env bash
# What becomes of certificates beside their ordinary way, by real commands between real services.
source "$(dirname "$0")/lib.sh"

application_flags=(--exporter "$exporter" --exporter-country BW --importer "$importer" --importer-country BE
  --importing-entity EU --line "$hs:$carats:$usd" --parcels 2 --origin BW)

# verify PURPOSE-FLAGS...: kpctl verify of $number by EU; its exit code in $got, its output in $work/out.
verify() {
  got=0
  at EU verifier verify "$number" --purpose import --importer "$importer" --issue-date "$issued" \
    --line "$hs:$carats:$usd" "$@" >"$work/out" 2>&1 || got=$?
}
expect() { # exit pattern what
  [ "$got" = "$1" ] && grep -q -- "$2" "$work/out" || { cat "$work/out"; fail "$3: exit $got, wanted $1 with $2"; }
}
books_say() { at EU verifier incoming show "$number" | grep -q "$1"; }
incoming_is() { eventually books_say "$1" || fail "EU does not know that $number is $1"; }

# A deficient application is amended, then refused in writing.
application=$(at BW applicant certificate apply --output json "${application_flags[@]}" | grep -oE '"application_id": *"[^"]+"' | head -1 | sed 's/.*: *"//; s/"//')
at BW issuer certificate deficient "$application" --text "no evidence of origin" | grep -q DEFICIENT || fail "not DEFICIENT"
at BW issuer certificate issue "$application" >"$work/out" 2>&1 && fail "a deficient application was issued"
grep -q WRONG_STATE "$work/out" || fail "WRONG_STATE is not named"
at BW applicant certificate amend "$application" "${application_flags[@]}" | grep -q APPLIED || fail "not amended"
at BW issuer certificate reject "$application" --text "fee not paid" | grep -q REJECTED || fail "not rejected"
at BW issuer certificate history "$application" | grep -q "fee not paid" || fail "the reasons are not in the history"

# An endorsed error: the paper as printed and the corrected one are both good.
issue_one BW || fail "no certificate"
verify; expect 0 ACCEPT "as printed"
left_out=(certificate correct "$number" --field importer.registration --value BE-0400123456 --text "left out")
at BW issuer "${left_out[@]}" | grep -q "to be endorsed" || fail "no correction indicated"
at BW issuer "${left_out[@]}" >"$work/out" 2>&1 && fail "one person indicated and endorsed"
grep -q CORRECTION_SAME_PERSON "$work/out" || fail "CORRECTION_SAME_PERSON is not named"
at BW validator "${left_out[@]}" | grep -q "error endorsed" || fail "no correction"
verify; expect 0 ERROR_ENDORSED "after the correction"
at BW issuer certificate correct "$number" --field parcels --value 3 --text "wrong" >"$work/out" 2>&1 && fail "a material error was endorsed"
grep -q CORRECTION_NOT_MINOR "$work/out" || fail "CORRECTION_NOT_MINOR is not named"

# Goods detained and released; nobody confirms in between.
confirm() {
  got=0
  at EU verifier import confirm "$number" --arrived-line "$hs:$carats:$usd" --parcels 2 \
    --receipt-date "$(date -u +%F)" --consignment LIFE-1 >"$work/out" 2>&1 || got=$?
}
at EU verifier import arrived "$number" | grep -q ARRIVED || fail "not arrived"
at EU verifier import detain "$number" --text "seal broken" | grep -q DETAINED || fail "not detained"
confirm; expect 11 CERTIFICATE_NOT_USABLE "confirmed while detained"
at EU verifier import release "$number" --text "new seal" | grep -q RELEASED || fail "not released"
confirm; expect 0 DONE "confirmed"
incoming_is CONFIRMED

# A replacement: the old one is refused, the new one is good.
issue_one BW || fail "no certificate"
old=$number
replacement=$(at BW applicant certificate replace "$old" --text "another carrier" --output json "${application_flags[@]}" \
  | grep -oE '"application_id": *"[^"]+"' | head -1 | sed 's/.*: *"//; s/"//')
at BW issuer certificate issue "$replacement" | grep -q "in place of *$old" || fail "no link to $old"
incoming_is REPLACED
verify; expect 11 NO_LONGER_VALID "the replaced one"

# A stolen certificate is refused also while its issuer is away.
issue_one BW || fail "no certificate"
verify; expect 0 ACCEPT "before the theft"
at BW issuer certificate stolen "$number" --text "stolen at the airport" | grep -q STOLEN || fail "not stolen"
incoming_is STOLEN
stop BW
verify; expect 11 "stolen at the airport" "presented while BW is away"
start BW kp-certificate-svc
verify; expect 11 NO_LONGER_VALID "presented to BW"
echo "every certificate went its way"
