#!/usr/bin/env bash
# Clients that know nothing of this project but its protos: buf curl, and Debian's python3-grpcio.
source "$(dirname "$0")/lib.sh"

issue_one BW || fail "no certificate to ask about"
officer=$dir/pki/$(domain_of EU)/officer-verifier
request=$(cat <<JSON
{"number": "$number", "purpose": "PURPOSE_IMPORT", "paper": {"issue_date": "$issued",
 "importer": {"name": "$importer"}, "lines": [{"hs_code": "$hs", "carats_thousandths": 1250500,
 "value_usd_cents": 18750000}]}}
JSON
)

buf=$root/tests/node/node_modules/.bin/buf
if [ -x "$buf" ]; then
  "$buf" curl --protocol grpc --schema "$root/protos" --cacert "$dir/pki/all-anchors.crt" \
    --cert "$officer/tls.crt" --key "$officer/tls.key" -d "$request" \
    "https://$KP_EU_CERTIFICATE_ADDR/kp.certificate.v1.VerificationService/VerifyCertificate" \
    >"$work/buf.json" || fail "buf curl: $(cat "$work/buf.json")"
  grep -q VERDICT_ACCEPT "$work/buf.json" || fail "buf curl: $(cat "$work/buf.json")"
  # Live: the same call without a certificate gets no answer.
  if "$buf" curl --protocol grpc --schema "$root/protos" --cacert "$dir/pki/all-anchors.crt" -d "$request" \
    "https://$KP_EU_CERTIFICATE_ADDR/kp.certificate.v1.VerificationService/VerifyCertificate" >/dev/null 2>&1; then
    fail "buf curl was answered without a client certificate"
  fi
  echo "buf curl: ACCEPT; refused without a certificate"
else
  echo "skipped: buf is not installed"
fi

if /usr/bin/python3 -c 'import grpc, google.protobuf' 2>/dev/null; then
  mkdir "$work/py"
  protoc -I "$root/protos" --python_out "$work/py" $(cd "$root/protos" && find kp google -name '*.proto')
  REQUEST=$request OFFICER=$officer ANCHORS=$dir/pki/all-anchors.crt PYTHONPATH=$work/py \
    /usr/bin/python3 - "$KP_EU_CERTIFICATE_ADDR" <<'PY' || fail "python3-grpcio"
import os, sys
import grpc
from google.protobuf import json_format
from kp.certificate.v1 import verification_service_pb2 as pb

read = lambda path: open(path, 'rb').read()
credentials = grpc.ssl_channel_credentials(read(os.environ['ANCHORS']), read(os.environ['OFFICER'] + '/tls.key'),
                                           read(os.environ['OFFICER'] + '/tls.crt'))
with grpc.secure_channel(sys.argv[1], credentials) as channel:
    call = channel.unary_unary('/kp.certificate.v1.VerificationService/VerifyCertificate',
                               request_serializer=pb.VerifyCertificateRequest.SerializeToString,
                               response_deserializer=pb.VerifyCertificateResponse.FromString)
    answer = call(json_format.Parse(os.environ['REQUEST'], pb.VerifyCertificateRequest()), timeout=10)
verdict = answer.DESCRIPTOR.fields_by_name['verdict'].enum_type.values_by_number[answer.verdict].name
print('python3-grpcio:', verdict)
sys.exit(0 if verdict == 'VERDICT_ACCEPT' else 1)
PY
else
  echo "skipped: python3-grpcio is not installed"
fi
