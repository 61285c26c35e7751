#!/usr/bin/env bash
# Installs what the build needs, if it is missing; with --tests what the tests need as well. Idempotent;
# needs root only when something is missing. Leaves no server running.
set -euo pipefail

packages=(
  g++ cmake ninja-build ccache pkg-config git
  libgrpc++-dev protobuf-compiler protobuf-compiler-grpc libprotobuf-dev libssl-dev
  prometheus-cpp-dev libcivetweb-dev libsoci-dev libboost-dev libsqlite3-dev libpq-dev
  libcbor-dev libspdlog-dev libcli11-dev nlohmann-json3-dev libxml2-dev libicu-dev zlib1g-dev
  libqrencode-dev libzbar-dev libcairo2-dev libpango1.0-dev libturbojpeg0-dev poppler-utils
  fonts-noto-core fonts-droid-fallback fonts-dejavu-core
  libgtest-dev libgmock-dev openssl tzdata
)

if [ "${1:-}" = --tests ]; then
  packages+=(prometheus python3-grpcio python3-protobuf curl)
fi

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if ((${#missing[@]})); then
  echo "installing ${#missing[@]} packages: ${missing[*]}"
  # A package that brings a server (prometheus, for promtool) must not start it.
  policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
    trap 'rm -f "$policy"' EXIT
  fi
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
