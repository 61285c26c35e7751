#!/usr/bin/env bash
# Installs what the build and the tests need, if it is missing. Idempotent; needs root only when
# something is missing. Starts no server.
set -euo pipefail

packages=(
  g++ cmake ninja-build ccache pkg-config git
  libgrpc++-dev protobuf-compiler protobuf-compiler-grpc libprotobuf-dev libssl-dev
  prometheus-cpp-dev libcivetweb-dev libsoci-dev libboost-dev libsqlite3-dev libpq-dev
  libcbor-dev libspdlog-dev libcli11-dev nlohmann-json3-dev libxml2-dev libicu-dev zlib1g-dev
  libgtest-dev libgmock-dev openssl tzdata
)

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if ((${#missing[@]})); then
  echo "installing ${#missing[@]} packages: ${missing[*]}"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
