#!/usr/bin/env bash
# A burst to a healthy issuer is answered; a peer that accepts and never answers starves nobody and does not
# keep a service from stopping.
source "$(dirname "$0")/lib.sh"
/usr/bin/python3 -c 'import grpc, google.protobuf' 2>/dev/null || { echo "skipped: python3-grpcio is not installed"; exit 77; }

mkdir "$work/py"
protoc -I "$root/protos" --python_out "$work/py" $(cd "$root/protos" && find kp google -name '*.proto')
burst() { # number of calls, certificate, seconds: prints the verdicts, one a line
  PYTHONPATH=$work/py OFFICER=$dir/pki/$(domain_of EU)/officer-verifier ANCHORS=$dir/pki/all-anchors.crt \
    /usr/bin/python3 - "$KP_EU_CERTIFICATE_ADDR" "$@" <<'PY'
import os, sys
import grpc
from kp.certificate.v1 import certificate_pb2, verification_service_pb2 as pb
read = lambda path: open(path, 'rb').read()
address, calls, number, seconds = sys.argv[1], int(sys.argv[2]), sys.argv[3], float(sys.argv[4])
credentials = grpc.ssl_channel_credentials(read(os.environ['ANCHORS']), read(os.environ['OFFICER'] + '/tls.key'),
                                           read(os.environ['OFFICER'] + '/tls.crt'))
method = grpc.secure_channel(address, credentials).unary_unary(
    '/kp.certificate.v1.VerificationService/VerifyCertificate',
    request_serializer=pb.VerifyCertificateRequest.SerializeToString,
    response_deserializer=pb.VerifyCertificateResponse.FromString)
request = pb.VerifyCertificateRequest(number=number, purpose=certificate_pb2.PURPOSE_AUDIT)
pending = [method.future(request, timeout=seconds) for _ in range(calls)]
for call in pending:
    try:
        print(certificate_pb2.Verdict.Name(call.result().verdict))
    except grpc.RpcError as error:
        print(error.code().name)
PY
}

issue_one BW || fail "no certificate of BW"
of_bw=$number
issue_one ZW :ZW:Murowa || fail "no certificate of ZW"
of_zw=$number
burst 64 "$of_bw" 20 >"$work/burst"
[ "$(grep -c VERDICT_ACCEPT "$work/burst")" = 64 ] || { sort "$work/burst" | uniq -c; fail "a burst to a healthy issuer"; }

hung=$(cat "$dir/run/BW/pid")
kill -STOP "$hung"
# Whatever fails here, the tests that follow find the mesh running.
stopping=
trap 'kill -CONT "$hung" 2>/dev/null || true; [ -z "$stopping" ] || { stop EU; start_again EU; }; rm -rf "$work"' EXIT
burst 100 "$of_bw" 8 >"$work/hung" &
asking=$!
at EU verifier --timeout 60 import confirm "$of_bw" --arrived-line "$hs:$carats:$usd" --parcels 2 \
  --receipt-date "$(date -u +%F)" --consignment HUNG-1 >"$work/confirm" 2>&1 &
confirming=$!
started=$(date +%s%N)
burst 1 "$of_zw" 8 >"$work/other"
took=$((($(date +%s%N) - started) / 1000000))
grep -q VERDICT_ACCEPT "$work/other" || fail "a certificate of ZW while BW hangs: $(cat "$work/other")"
[ "$took" -lt 4000 ] || fail "a certificate of ZW took $took ms while BW hangs"
wait "$asking"

# The confirmation still waits for BW's receipt when EU is told to stop.
stopping=$(cat "$dir/run/EU/pid")
started=$(date +%s)
kill "$stopping"
while alive "$stopping"; do
  [ $(($(date +%s) - started)) -lt 20 ] || fail "EU did not stop within 20 s"
  sleep 0.1
done
took=$(($(date +%s) - started))
wait "$confirming" || true
kill -CONT "$hung"
stopping=
start_again EU
# What was recorded is delivered after all.
confirmed() { at BW issuer certificate show "$of_bw" | grep -q CONFIRMED; }
eventually confirmed || fail "the confirmation was lost"
echo "a burst was answered, a hung peer starved nobody, EU stopped in $took s"
