#!/usr/bin/env bash
# An identity is denied while its connection is open: within 5 s the very same connection is refused, and
# its colleague's goes on.
source "$(dirname "$0")/lib.sh"
/usr/bin/python3 -c 'import grpc, google.protobuf' 2>/dev/null || { echo "skipped: python3-grpcio is not installed"; exit 77; }

domain=$(domain_of EU)
name=denied-$RANDOM
leaf "$domain" officer "$name"
at EU admin officer add "spiffe://$domain/officer/$name" --person "EU-$name" --name "$name" --authority EU-KP \
  --power verify >/dev/null || fail "no officer to deny"

mkdir "$work/py"
protoc -I "$root/protos" --python_out "$work/py" $(cd "$root/protos" && find kp google -name '*.proto')
deny() {
  as "$registry_domain/secretariat-keeper" trust deny --party EU --identity "spiffe://$domain/officer/$name" \
    --reason "badge stolen"
}

PYTHONPATH=$work/py DENIED=$dir/pki/$domain/officer-$name GOOD=$dir/pki/$domain/officer-verifier \
  ANCHORS=$dir/pki/all-anchors.crt /usr/bin/python3 - "$KP_EU_CERTIFICATE_ADDR" "$work" <<'PY' &
import os, sys, time
import grpc
from kp.certificate.v1 import verification_service_pb2 as pb

read = lambda path: open(path, 'rb').read()
def method_of(identity):
    credentials = grpc.ssl_channel_credentials(read(os.environ['ANCHORS']), read(identity + '/tls.key'),
                                               read(identity + '/tls.crt'))
    return grpc.secure_channel(sys.argv[1], credentials).unary_unary(
        '/kp.certificate.v1.VerificationService/ListIncomingCertificates',
        request_serializer=pb.ListIncomingCertificatesRequest.SerializeToString,
        response_deserializer=pb.ListIncomingCertificatesResponse.FromString)

denied, good = method_of(os.environ['DENIED']), method_of(os.environ['GOOD'])
request = pb.ListIncomingCertificatesRequest(page_size=1)
denied(request, timeout=10)
good(request, timeout=10)
open(sys.argv[2] + '/open', 'w').close()
while not os.path.exists(sys.argv[2] + '/said'):
    time.sleep(0.02)
start = time.monotonic()
while time.monotonic() - start < 20:
    try:
        denied(request, timeout=10)
    except grpc.RpcError as error:
        print('refused %.1f s after the denial: %s' % (time.monotonic() - start, error.code().name))
        break
    time.sleep(0.05)
else:
    sys.exit('still answered 20 s after the denial')
if time.monotonic() - start > 5:
    sys.exit('too late')
good(request, timeout=10)
PY
client=$!
connected() { [ -e "$work/open" ] || ! kill -0 "$client" 2>/dev/null; }
eventually connected || fail "the client did not connect"
deny >"$work/out" 2>&1 || { cat "$work/out"; kill "$client"; fail "the denial was refused"; }
touch "$work/said"
wait "$client" || fail "the open connection of a denied identity"
echo "a denied identity's open connection was refused, its colleague's was not"
