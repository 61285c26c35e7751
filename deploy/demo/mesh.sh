# The demo's mesh: keys, trust documents, processes. Sourced by demo.sh, which sets root and dir.

bin=${KP_BIN:-$root/build/dev/bin}
kpctl=$bin/kpctl

registry_domain=registry.kp.example
customs_domain=customs.eu.kp.example
entities="ZW BW EU"
domain_of() { printf '%s.kp.example' "$(printf %s "$1" | tr '[:upper:]' '[:lower:]')"; }
pki_of() { printf '%s/pki/%s' "$dir" "$1"; }

quiet() { "$@" >>"$dir/setup.log" 2>&1 || { echo "failed: $*"; tail -5 "$dir/setup.log"; exit 1; }; }

leaf() { # domain role [name]
  local domain=$1 role=$2 name=${3:-} id path
  id=spiffe://$domain/$role${name:+/$name}
  path=$(pki_of "$domain")/$role${name:+-$name}
  local names=()
  case $role in certificate-svc | participant-svc | wco-bridge) names=(--dns localhost --ip 127.0.0.1) ;; esac
  quiet "$kpctl" pki leaf --ca "$(pki_of "$domain")/ca" --id "$id" --out "$path" "${names[@]}"
}

make_pki() {
  say "keys: one CA for each trust domain, three root signers"
  mkdir -p "$dir/pki" "$dir/keys" "$dir/trust" "$dir/anchors"
  local domain entity
  for domain in $registry_domain $customs_domain $(for e in $entities; do domain_of "$e"; echo; done); do
    quiet "$kpctl" pki ca --domain "$domain" --out "$(pki_of "$domain")/ca"
    cp "$(pki_of "$domain")/ca/ca.crt" "$dir/anchors/$domain.crt"
    cat "$(pki_of "$domain")/ca/ca.crt" >>"$dir/pki/all-anchors.crt"
  done
  leaf $registry_domain participant-svc
  leaf $registry_domain secretariat keeper
  leaf $customs_domain customs antwerp
  for entity in $entities; do
    domain=$(domain_of "$entity")
    leaf "$domain" certificate-svc
    for name in admin applicant issuer validator verifier; do leaf "$domain" officer $name; done
    leaf "$domain" operator watch
    quiet "$kpctl" pki key --out "$dir/keys/$entity.key"
  done
  leaf "$(domain_of EU)" wco-bridge
  quiet "$kpctl" pki key --out "$dir/keys/KP.key"
  for name in chair vice wgm; do quiet "$kpctl" pki key --out "$dir/keys/root-$name.key"; done
  quiet "$kpctl" trust root --world kp-demo --threshold 2 --days 730 --out "$dir/trust/root-1.doc" \
    --signer chair="$dir/keys/root-chair.key.pub" --signer vice="$dir/keys/root-vice.key.pub" \
    --signer wgm="$dir/keys/root-wgm.key.pub"
  quiet "$kpctl" trust sign --key "$dir/keys/root-chair.key" "$dir/trust/root-1.doc"
  quiet "$kpctl" trust sign --key "$dir/keys/root-vice.key" "$dir/trust/root-1.doc"
}

# service name, spiffe domain, identity folder, own party, trust source (id and address, or empty)
node_config() {
  local name=$1 domain=$2 role=$3 party=$4 source_id=$5 source_address=$6 port=${7:-0} metrics=${8:-0}
  local run=$dir/run/$name source_domain
  mkdir -p "$run"
  cat <<CONFIG
node {
  listen_address: "127.0.0.1:$port"
  metrics_listen_address: "127.0.0.1:$metrics"
  ready_file: "$run/ready.json"
  certificate_file: "$(pki_of "$domain")/$role/tls.crt"
  key_file: "$(pki_of "$domain")/$role/tls.key"
  publish_directory: "$run/tls"
  trust {
    world: "kp-demo"
    own_party: "$party"
    registry_party: "KP"
    root_document_file: "$dir/trust/root-1.doc"
    pinned_anchors { trust_domain: "$domain" certificate_file: "$dir/anchors/$domain.crt" }
CONFIG
  if [ -n "$source_id" ]; then
    source_domain=${source_id#spiffe://}
    source_domain=${source_domain%%/*}
    [ "$source_domain" = "$domain" ] ||
      echo "    pinned_anchors { trust_domain: \"$source_domain\" certificate_file: \"$dir/anchors/$source_domain.crt\" }"
    echo "    directory: \"$run/trust\""
    echo "    source { spiffe_id: \"$source_id\" address: \"$source_address\" }"
  fi
  printf '  }\n}\ndatabase: "sqlite3://%s/data.db"\n' "$run"
}

# Starts a service and waits until it listens.
start() { # name binary
  local name=$1 binary=$2 run=$dir/run/$1
  rm -f "$run/ready.json"
  "$bin/$binary" --config "$run/config.textproto" >>"$run/log.jsonl" 2>&1 &
  echo $! >"$run/pid"
  disown
  local waited=0
  until [ -s "$run/ready.json" ]; do
    alive "$(cat "$run/pid")" || { echo "$name did not start:"; tail -3 "$run/log.jsonl"; exit 1; }
    ((waited++ < 300)) || { echo "$name did not listen within 30 s"; exit 1; }
    sleep 0.1
  done
}

address_of() { grep -oE "\"$2\": *\"[^\"]+\"" "$dir/run/$1/ready.json" | sed 's/.*: *"//; s/"$//'; }

# A process that ended but is not yet waited for by its parent counts as gone.
alive() { # process id
  local state
  state=$(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null) && [ "${state%% *}" != Z ]
}

stop() { # name
  local pid_file=$dir/run/$1/pid waited=0
  [ -s "$pid_file" ] || return 0
  local pid
  pid=$(cat "$pid_file")
  kill "$pid" 2>/dev/null || true
  while alive "$pid"; do
    ((waited++ < 150)) || { kill -9 "$pid" 2>/dev/null || true; break; }
    sleep 0.1
  done
  rm -f "$pid_file"
}

stop_all() {
  local run pid_file
  # All at once: each takes seconds to drain.
  for pid_file in "$dir"/run/*/pid; do [ ! -s "$pid_file" ] || kill "$(cat "$pid_file")" 2>/dev/null || true; done
  for run in "$dir"/run/*/; do [ -d "$run" ] && stop "$(basename "$run")"; done
  return 0
}

certificate_config() { # entity [port] [metrics port]
  local entity=$1 domain
  domain=$(domain_of "$entity")
  node_config "$entity" "$domain" certificate-svc "$entity" \
    "spiffe://$registry_domain/participant-svc" "$(address_of KP grpc)" "${2:-0}" "${3:-0}"
  cat <<CONFIG
signing_key_file: "$dir/keys/$entity.key"
first_administrators {
  spiffe_id: "spiffe://$domain/officer/admin"
  person: "$entity-1"
  display_name: "Administrator of $entity"
  authority: "$entity-KP"
}
CONFIG
}

as() { # identity folder under pki, then kpctl's arguments
  local identity=$1
  shift
  KPCTL_AS=$dir/pki/$identity "$kpctl" "$@"
}

at() { # entity officer, then kpctl's arguments
  local entity=$1 officer=$2
  shift 2
  KPCTL_SERVER=$(address_of "$entity" grpc) as "$(domain_of "$entity")/officer-$officer" "$@"
}

start_again() { # entity: its certificate-svc, at the addresses that it had
  local address metrics
  address=$(address_of "$1" grpc) metrics=$(address_of "$1" metrics)
  certificate_config "$1" "${address##*:}" "${metrics##*:}" >"$dir/run/$1/config.textproto"
  start "$1" kp-certificate-svc
}

# Waits until a command succeeds, 20 s at most.
eventually() {
  local waited=0
  until "$@" >/dev/null 2>&1; do
    ((waited++ < 100)) || { echo "still not so after 20 s: $*"; "$@" || true; return 1; }
    sleep 0.2
  done
}

serving() { # name identity domain role
  as "$2" health "$(address_of "$1" grpc)" --server-id "spiffe://$3/$4" --anchors "$dir/anchors"
}

start_mesh() {
  say "processes: registry, ZW, BW, EU, EU's bridge"
  node_config KP $registry_domain participant-svc KP "" "" >"$dir/run.tmp"
  mkdir -p "$dir/run/KP" && mv "$dir/run.tmp" "$dir/run/KP/config.textproto"
  echo "signing_key_file: \"$dir/keys/KP.key\"" >>"$dir/run/KP/config.textproto"
  start KP kp-participant-svc
  local entity
  for entity in $entities; do
    mkdir -p "$dir/run/$entity"
    certificate_config "$entity" >"$dir/run/$entity/config.textproto"
    start "$entity" kp-certificate-svc
  done
  mkdir -p "$dir/run/EU-bridge"
  node_config EU-bridge "$(domain_of EU)" wco-bridge EU \
    "spiffe://$(domain_of EU)/certificate-svc" "$(address_of EU grpc)" >"$dir/run/EU-bridge/config.textproto"
  start EU-bridge kp-wco-bridge

  say "trust documents: 60 participants, keys and addresses, signed by 2 of 3 root signers"
  source "$root/deploy/demo/world.sh"
  write_world >"$dir/trust/world.textproto"
  cp "$root/deploy/data/participants.csv" "$dir/trust/"
  quiet "$kpctl" trust manifest --root "$dir/trust/root-1.doc" --version 1 \
    --world-file "$dir/trust/world.textproto" --out "$dir/trust/manifest-1"
  local signer
  for signer in chair wgm; do
    quiet "$kpctl" trust sign --key "$dir/keys/root-$signer.key" --root "$dir/trust/root-1.doc" \
      "$dir/trust/manifest-1/manifest.doc"
  done
  KPCTL_REGISTRY=$(address_of KP grpc) quiet as $registry_domain/secretariat-keeper \
    trust publish --manifest "$dir/trust/manifest-1"
  for entity in $entities; do
    eventually serving "$entity" "$(domain_of "$entity")/operator-watch" "$(domain_of "$entity")" certificate-svc
  done
  eventually serving EU-bridge "$(domain_of EU)/operator-watch" "$(domain_of EU)" wco-bridge

  say "officers: an applicant, an issuer, a validator and a verifier for each authority"
  for entity in $entities; do
    local n=2 pair
    for pair in applicant:issue issuer:issue validator:validate verifier:verify; do
      quiet at "$entity" admin officer add "spiffe://$(domain_of "$entity")/officer/${pair%%:*}" \
        --person "$entity-$n" --name "${pair%%:*} of $entity" --authority "$entity-KP" --power "${pair##*:}"
      n=$((n + 1))
    done
  done
}

write_env() {
  {
    local entity
    for entity in $entities; do
      echo "export KP_${entity}_CERTIFICATE_ADDR=$(address_of "$entity" grpc)"
      echo "export KP_${entity}_CERTIFICATE_METRICS_ADDR=$(address_of "$entity" metrics)"
    done
    echo "export KP_PARTICIPANT_ADDR=$(address_of KP grpc)"
    echo "export KP_PARTICIPANT_METRICS_ADDR=$(address_of KP metrics)"
    echo "export KP_EU_WCO_BRIDGE_ADDR=$(address_of EU-bridge grpc)"
    echo "export KP_EU_WCO_BRIDGE_METRICS_ADDR=$(address_of EU-bridge metrics)"
    echo "export KP_PKI=$dir/pki"
    echo "export KPCTL_SERVER=$(address_of EU grpc)"
    echo "export KPCTL_AS=$dir/pki/$(domain_of EU)/officer-verifier"
    echo "export KPCTL_ANCHORS=$dir/anchors"
    echo "export KPCTL_REGISTRY=$(address_of KP grpc)"
    echo "export KPCTL_REGISTRY_ID=spiffe://$registry_domain/participant-svc"
    echo "export KPCTL_BRIDGE=$(address_of EU-bridge grpc)"
    echo "export KPCTL_BRIDGE_ID=spiffe://$(domain_of EU)/wco-bridge"
  } >"$dir/mesh.env"
}
