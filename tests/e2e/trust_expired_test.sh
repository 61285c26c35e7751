#!/usr/bin/env bash
# When the trust documents have run out, a node answers nothing but requests for trust documents, and
# says TRUST_EXPIRED; a new manifest or the right clock brings it back. The clock is the node's own.
source "$(dirname "$0")/lib.sh"

buf=$root/tests/node/node_modules/.bin/buf
[ -x "$buf" ] || { echo "skipped: buf is not installed"; exit 77; }
issue_one BW || fail "no certificate to ask about"

# kpctl would tell its own clock and be refused for the skew; a stock client does not tell it.
call() { # method request
  "$buf" curl --protocol grpc --schema "$root/protos" --cacert "$dir/pki/all-anchors.crt" \
    --cert "$KPCTL_AS/tls.crt" --key "$KPCTL_AS/tls.key" -d "$2" "https://$(address_of EU grpc)/$1" >"$work/out" 2>&1
}
ask() {
  call kp.certificate.v1.VerificationService/VerifyCertificate \
    "{\"number\": \"$number\", \"purpose\": \"PURPOSE_AUDIT\"}" && grep -q VERDICT_ "$work/out"
}
publish() { # version days
  local out=$work/manifest-$1
  "$kpctl" trust manifest --root "$dir/trust/root-1.doc" --version "$1" --days "$2" \
    --world-file "$dir/trust/world.textproto" --out "$out" >/dev/null
  for signer in vice wgm; do
    "$kpctl" trust sign --key "$dir/keys/root-$signer.key" --root "$dir/trust/root-1.doc" "$out/manifest.doc" >/dev/null
  done
  KPCTL_REGISTRY=$(address_of KP grpc) as $registry_domain/secretariat-keeper trust publish --manifest "$out" >/dev/null
}
version_at_eu() { curl -sf "http://$(address_of EU metrics)/metrics" | awk '/^kp_trust_manifest_version/ {print $2}'; }
reached() { [ "$(version_at_eu)" = "$1" ]; }

next=$(($(version_at_eu) + 1))
publish $next 1
eventually reached $next || fail "EU has not taken manifest $next"

# One signature is not enough, and nothing changes.
few=$work/few
"$kpctl" trust manifest --root "$dir/trust/root-1.doc" --version $((next + 1)) \
  --world-file "$dir/trust/world.textproto" --out "$few" >/dev/null
"$kpctl" trust sign --key "$dir/keys/root-wgm.key" --root "$dir/trust/root-1.doc" "$few/manifest.doc" >/dev/null
if KPCTL_REGISTRY=$(address_of KP grpc) as $registry_domain/secretariat-keeper trust publish --manifest "$few" >"$work/out" 2>&1; then
  fail "one signature of two was enough"
fi
grep -q TRUST_THRESHOLD_NOT_REACHED "$work/out" || { cat "$work/out"; fail "the threshold is not named"; }

grpc=$(address_of EU grpc)
metrics=$(address_of EU metrics)
stop EU
certificate_config EU "${grpc##*:}" "${metrics##*:}" |
  sed "s|^  listen_address|  clock_offset_file: \"$dir/run/EU/clock\"\n&|" >"$dir/run/EU/config.textproto"
rm -f "$dir/run/EU/clock"
start EU kp-certificate-svc
eventually ask || { cat "$work/out"; fail "EU does not answer before"; }

echo +36h >"$dir/run/EU/clock"
# buf shows the ErrorInfo's bytes in base64.
reason() { sed -n 's/.*"value": "\([^"]*\)".*/\1==/p' "$work/out" | base64 -d 2>/dev/null | tr -cd '[:print:]'; }
expired() { ! ask && reason | grep -q TRUST_EXPIRED; }
eventually expired || { cat "$work/out"; fail "an expired manifest is not refused"; }
call kp.trust.v1.TrustService/GetManifest '{}' || { cat "$work/out"; fail "fetching does not work when expired"; }
curl -s "http://$metrics/readyz" -o /dev/null -w '%{http_code}' | grep -q 503 || fail "EU says it is ready"

rm -f "$dir/run/EU/clock"
eventually ask || { cat "$work/out"; fail "EU does not come back"; }
publish $((next + 1)) 90
eventually reached $((next + 1)) || fail "EU has not taken the last manifest"
echo "expired: refused by name; fetching works; back again"
