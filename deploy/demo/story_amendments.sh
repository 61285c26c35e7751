# What was stated wrong and is set right, told through kpctl. Sourced by demo.sh; uses what story.sh and
# story_cases.sh define.

confirmation_stands() { at "$1" "$2" "$3" confirmations "$number" | grep -qE "^$4 +yes "; }
technical_is() { at "$1" issuer technical show "$2" | grep -qE "^state +$3\$"; }

play_amendments() {
  local today receipt=$dir/steps/.receipt.txt
  today=$(date -u +%F)
  # v. The confirmation of the case before said a tenth of a carat too little.
  step v1 "EU amends its confirmation of $number: a figure was read wrong" 0 '^2 +yes +MESH +EU ' \
    at EU verifier import amend-confirmation "$number" --replaces 1 --arrived-line "$hs:1250.50:$usd" \
    --parcels 2 --receipt-date "$today" --text "the scales had been read wrong"
  step v2 "   nobody amends what another officer amended meanwhile" 1 'CONFIRMATION_SUPERSEDED' \
    at EU verifier import amend-confirmation "$number" --replaces 1 --arrived-line "$hs:1250.30:$usd" \
    --parcels 2 --receipt-date "$today" --text "once more"
  eventually confirmation_stands BW issuer certificate 2 || true
  step v3 "BW keeps both for ever, each as signed" 0 '^2 +yes .*the scales had been read wrong' \
    at BW issuer certificate confirmations "$number"
  step v4 "   and its history tells it" 0 'CONFIRMATION_AMENDED.*the scales had been read wrong' \
    at BW issuer certificate history "$number"
  step v5 "EU writes the confirmation of the Brazilian paper as a signed file" 0 '^version +1$' \
    at EU verifier import confirmation BR0004711 --out "$receipt"
  at EU verifier trust fetch --trust "$dir/recipient" --root "$dir/trust/root-1.doc" \
    >"$dir/steps/.recipient.txt" 2>&1 || cat "$dir/steps/.recipient.txt"
  step v6 "   whoever got it by e-mail checks it, without a network" 0 '^signature: HOLDS' \
    "$kpctl" import read-confirmation "$receipt" --trust "$dir/recipient" --root "$dir/trust/root-1.doc"
  # t. Goods that were detained leave again.
  issue_one BW || true
  eventually incoming_has "$number" || true
  at EU verifier import detain "$number" --text "wrong stones packed" >"$dir/steps/.detain.txt" 2>&1 ||
    cat "$dir/steps/.detain.txt"
  step t1 "goods of $number leave EU again under a technical certificate" 0 '^EU-T-0000001 ' \
    at EU issuer technical issue "$number" --reason detained --line "$hs:1250.50:$usd" --parcels 2 \
    --seal EU-000042 --text "go back to the exporter"
  step t2 "   a thousandth of a carat more than came is refused" 2 'TECHNICAL_GOODS_DIFFER' \
    at EU issuer technical issue "$number" --reason detained --line "$hs:0.001:1.00" --parcels 1 \
    --text "and a little more"
  step t3 "it was wrong, and is made void" 0 '^state +VOID$' \
    at EU issuer technical void EU-T-0000001 --reason "only half of it leaves"
  step t4 "another one stands in its place" 0 '^EU-T-0000002 ' \
    at EU issuer technical issue "$number" --reason detained --line "$hs:625.25:93750.00" --parcels 1 \
    --seal EU-000043 --text "half of it goes back to the exporter"
  eventually technical_is BW EU-T-0000002 STANDS || true
  step t5 "BW has both, and why the first is void" 0 '^void because +only half of it leaves' \
    at BW issuer technical show EU-T-0000001
}
