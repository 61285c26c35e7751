# The demo's world file (kpctl/world.proto) on standard output. Sourced by mesh.sh.

entity_party() { # code name
  cat <<WORLD
parties {
  id: "$1"
  name: "$2"
  kind: PARTY_KIND_ENTITY
  trust_domain: "$(domain_of "$1")"
  from_time: "2026-01-01"
  anchor_files: "$dir/anchors/$(domain_of "$1").crt"
  signing_key_files: "$dir/keys/$1.key.pub"
  endpoints { spiffe_id: "spiffe://$(domain_of "$1")/certificate-svc" address: "$(address_of "$1" grpc)" }
WORLD
  [ "$1" != EU ] ||
    echo "  endpoints { spiffe_id: \"spiffe://$(domain_of EU)/wco-bridge\" address: \"$(address_of EU-bridge grpc)\" }"
  echo "}"
}

authority() { # entity name zone [first day of its powers]
  cat <<WORLD
  authorities {
    id: "$1-KP"
    name: "$2"
    time_zone: "$3"
    issues: true
    validates: true
    verifies: true
WORLD
  [ -z "${4:-}" ] || echo "    from: \"$4\""
  echo "  }"
}

eu_territories() {
  # The csv's "to" is the last day in; a territory's "until" is the first day out.
  tail -n +2 "$root/deploy/data/eu-members.csv" | while IFS=, read -r code _ from to _; do
    printf '  territories { country: "%s" from: "%s"' "$code" "$from"
    [ -z "$to" ] || printf ' until: "%s"' "$(date -u -d "$to + 1 day" +%F)"
    printf ' }\n'
  done
}

write_world() {
  cat <<WORLD
parties {
  id: "KP"
  name: "Kimberley Process registry"
  kind: PARTY_KIND_REGISTRY
  trust_domain: "$registry_domain"
  from_time: "2026-01-01"
  anchor_files: "$dir/anchors/$registry_domain.crt"
  signing_key_files: "$dir/keys/KP.key.pub"
  endpoints { spiffe_id: "spiffe://$registry_domain/participant-svc" address: "$(address_of KP grpc)" }
}
parties {
  id: "EU-CUSTOMS"
  name: "A customs administration that acts for EU"
  kind: PARTY_KIND_CUSTOMS
  trust_domain: "$customs_domain"
  acts_for: "EU"
  from_time: "2026-01-01"
  anchor_files: "$dir/anchors/$customs_domain.crt"
}
WORLD
  entity_party ZW "Zimbabwe"
  entity_party BW "Botswana"
  entity_party EU "European Union"
  cat <<WORLD
participants_csv: "participants.csv"
participants {
  code: "TW"
  name: "Chinese Taipei"
  kind: PARTICIPANT_KIND_TRADING_ENTITY
  participations { from: "2003-10-31" source: "KP Chair notice 2003-10-31" }
}
entities {
  code: "BW"
  participant: "BW"
  name: "Botswana"
  register_complete_from: "2026-01-01"
$(authority BW "Ministry of Minerals and Energy" Africa/Gaborone)
}
entities {
  code: "ZW"
  participant: "ZW"
  name: "Zimbabwe"
  register_complete_from: "2026-01-01"
$(authority ZW "Minerals Marketing Corporation of Zimbabwe" Africa/Harare)
}
entities {
  code: "EU"
  participant: "EU"
  name: "European Union"
  prefix_aliases: "EC"
  profile { serial_digits: 8 serial_hard: true validity_months: 2 validity_hard: true source: "Regulation (EC) 2368/2002 art. 12(5), Annex IV" }
  inspection_required: true
  sources_required: true
  paper_features { text: "watermark and UV fibres in the paper, UV stars" source: "Regulation (EC) 2368/2002 Annex IV" }
  paper_features { text: "microtext KPCS, latent image KP, intaglio border" source: "Regulation (EC) 2368/2002 Annex IV" }
  paper_features { text: "the serial printed once more, seen under UV alone" source: "Regulation (EC) 2368/2002 Annex IV" }
$(authority EU "Diamond Office Antwerp" Europe/Brussels)
$(eu_territories)
}
# Two control schemes beside the mainland's, of one participant. Which letters their numbers bear was not
# found; those of the place are taken.
entities {
  code: "HK"
  participant: "CN"
  name: "Hong Kong SAR"
$(authority HK "Trade and Industry Department" Asia/Hong_Kong 2003-01-02)
}
entities {
  code: "MO"
  participant: "CN"
  name: "Macao SAR"
$(authority MO "Economic and Technological Development Bureau" Asia/Macau 2019-10-01)
}
# One entity with the EU (Regulation 2368/2002 art. 1), and a part of GB under that regulation.
entities { code: "GL" participant: "EU" name: "Greenland" served_by: "EU" }
entities { code: "XI" participant: "GB" name: "Northern Ireland" served_by: "EU" }
areas { id: "ZW-MARANGE" participant: "ZW" name: "Marange" aliases: "Chiadzwa" }
areas { id: "ZW-MUROWA" participant: "ZW" name: "Murowa" }
measures {
  id: "DEMO-ZW-MARANGE"
  participant: "ZW"
  kind: MEASURE_KIND_AREA_RESTRICTION
  scope: MEASURE_SCOPE_AREA
  areas: "ZW-MARANGE"
  from: "2026-01-01"
  decision: "DEMO: exports from the Marange fields are restricted, after the Administrative Decision of Swakopmund (2009-11-05); the real measure ended on 2012-11-30"
  source: "demonstration only"
  demonstration: true
  record_time { seconds: 1767225600 }
}
WORLD
}
