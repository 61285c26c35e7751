# The demo's last part: a printed certificate, read while the mesh runs and while nothing runs. Sourced by
# demo.sh after mesh.sh and story.sh.

# Every service is stopped, and later started again at the addresses that it had: the environment that
# --keep leaves stays true.
binary_of() { # name
  case $1 in
    KP) echo kp-participant-svc ;;
    *-bridge) echo kp-wco-bridge ;;
    *) echo kp-certificate-svc ;;
  esac
}
stop_everything() {
  local name
  for name in KP $entities EU-bridge; do
    sed -i -e "s|^  listen_address: .*|  listen_address: \"$(address_of "$name" grpc)\"|" \
      -e "s|^  metrics_listen_address: .*|  metrics_listen_address: \"$(address_of "$name" metrics)\"|" \
      "$dir/run/$name/config.textproto"
  done
  stop_all
}
start_everything() {
  local name entity
  for name in KP $entities EU-bridge; do start "$name" "$(binary_of "$name")"; done
  for entity in $entities; do
    eventually serving "$entity" "$(domain_of "$entity")/operator-watch" "$(domain_of "$entity")" certificate-svc
  done
  eventually serving EU-bridge "$(domain_of EU)/operator-watch" "$(domain_of EU)" wco-bridge
}

# An inspector of EU with trust documents fetched beforehand.
inspector_reads() { # file
  KPCTL_SERVER=$inspector_server KPCTL_TRUST=$dir/inspector KPCTL_TRUST_ROOT=$dir/trust/root-1.doc \
    as "$(domain_of EU)/officer-verifier" certificate read "$@"
}
nothing_runs() {
  local pid_file
  for pid_file in "$dir"/run/*/pid; do [ ! -e "$pid_file" ] || return 1; done
}

play_document() {
  local page=$dir/steps/certificate
  inspector_server=$(address_of EU grpc)
  issue_one BW || true
  step p1 "BW prints $number in English and French, with its signed code" 0 'version [0-9]+, [0-9.]+ mm' \
    at BW issuer certificate print "$number" --language fr --out "$page.pdf"
  pdftoppm -png -r 200 "$page.pdf" "$page" >"$dir/steps/.page.txt" 2>&1 || cat "$dir/steps/.page.txt"
  # The code is on the last page.
  page=$(printf '%s\n' "$page"-*.png | tail -1)
  step p2 "an inspector of EU fetches the trust documents, each proven from the root on" 0 'kept: manifest' \
    at EU verifier trust fetch --trust "$dir/inspector" --root "$dir/trust/root-1.doc"
  step p3 "the printed page, scanned: proven offline, then asked online: ACCEPT" 0 'ONLINE, by the own' \
    inspector_reads "$page"
  stop_everything
  step p4 "every service is stopped" 0 '' nothing_runs
  step p5 "the same page: the signature is proven offline; without an answer never a yes" 12 \
    "the issuer's signature holds" inspector_reads "$page"
  step p6 "   and it says that it could not ask" 0 'ONLINE: not done: SERVER_UNREACHABLE' cat "$dir/steps/p5.txt"
  start_everything
  step p7 "everything runs again: ACCEPT" 0 'verdict: ACCEPT' inspector_reads "$page"
}
