# A case between two authorities, told through kpctl. Sourced by demo.sh; uses
# what story.sh defines.

# The proposal of the other side, in full, as `case show` gives it.
their_proposal() { at "$1" "$2" case show "$case_id" | sed -n 's/^their proposal *\([0-9a-f]\{64\}\)$/\1/p'; }
has_proposal() { [ -n "$(their_proposal "$@")" ]; }
case_is() { at "$1" "$2" case show "$case_id" | grep -qE "^state +$3\$"; }

play_cases() {
  local case_id proposal
  issue_one BW || true
  eventually incoming_has "$number" || true
  step k1 "EU confirms $number with a tenth of a carat less: the difference is named" 0 'lines\[0\].carats' \
    at EU verifier import confirm "$number" --arrived-line "$hs:1250.40:$usd" --parcels 2 \
    --receipt-date "$(date -u +%F)" --consignment UCR-CASE
  step k2 "that opened a case in EU's books" 0 "$number.*DIFFERENCES.*OPEN" \
    at EU verifier case list --number "$number"
  case_id=$(sed -n "s/^\([0-9a-f]\{32\}\) .*/\1/p" "$dir/steps/k2.txt")
  step k3 "BW has the same case, and remarks" 0 '^state +OPEN$' \
    at BW issuer case remark "$case_id" --text "weighed twice before sealing"
  step k4 "EU proposes" 0 '^own proposal +[0-9a-f]{64}$' \
    at EU verifier case propose "$case_id" --remedy accept --text "the scales differ by 0.10 carats"
  eventually has_proposal BW issuer || true
  step k5 "an officer cannot agree to what nobody proposed" 1 'CASE_PROPOSAL_UNKNOWN' \
    at BW issuer case agree "$case_id" --proposal "$(printf '0%.0s' $(seq 64))" --text "agreed"
  proposal=$(their_proposal BW issuer)
  step k6 "BW agrees to what it has read" 0 'agreed +ACCEPT' \
    at BW issuer case agree "$case_id" --proposal "$proposal" --text "agreed"
  eventually case_is BW issuer CLOSED || true
  eventually case_is EU verifier CLOSED || true
  step k7 "the case is closed at BW" 0 '^state +CLOSED' at BW issuer case show "$case_id"
  step k8 "and at EU, with all that was said, as signed" 0 'BW +REMARK' at EU verifier case show "$case_id"
}
