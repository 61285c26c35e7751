#!/usr/bin/env bash
# A whole mesh on this machine: the registry, three authorities (ZW, BW, EU), EU's customs bridge, each
# with a certificate authority of its own, and a story played through kpctl.
#
#   deploy/demo.sh              installs what is missing, builds, plays the story, stops everything
#   deploy/demo.sh --keep DIR   leaves the mesh running, everything under DIR, and writes DIR/mesh.env
#   deploy/demo.sh --stop DIR   ends it
#
# Exit code 0 only if every step came out as told.
set -euo pipefail

usage() { sed -n '2,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }
wrong() {
  printf '%s\nusage: deploy/demo.sh [--keep DIR | --stop DIR | --help]\n' "$1" >&2
  exit 2
}

keep=
halt=
case "${1:-}" in
  --keep | --stop)
    [ -n "${2:-}" ] || wrong "$1 needs a directory"
    [ $# = 2 ] || wrong "$1 takes one directory"
    # Before this script goes elsewhere: a relative path is the caller's.
    dir=$(realpath -m -- "$2")
    if [ "$1" = --keep ]; then keep=$dir; else halt=$dir; fi
    ;;
  --help | -h)
    usage
    exit 0
    ;;
  "") ;;
  *) wrong "unknown: $1" ;;
esac
root=$(realpath -- "$(dirname -- "${BASH_SOURCE[0]}")/..")
cd "$root"

if [ -n "$halt" ]; then
  [ -d "$dir/run/KP" ] || { printf '%s holds no mesh\n' "$dir" >&2; exit 1; }
  # shellcheck source=deploy/demo/mesh.sh
  source deploy/demo/mesh.sh
  stop_all
  echo "stopped"
  exit 0
fi
if [ -n "$keep" ]; then
  mkdir -p -- "$dir"
  [ -z "$(ls -A -- "$dir")" ] || { printf '%s is not empty\n' "$dir" >&2; exit 2; }
fi

say() { printf '%s\n' "$*"; }

# KP_BIN: a directory with built binaries; nothing is installed or built then.
if [ -z "${KP_BIN:-}" ]; then
  say "packages: what is missing is installed"
  ./scripts/install-deps.sh

  say "build (the first one takes some minutes)"
  log=$(mktemp)
  cmake --preset dev >"$log" 2>&1 || { tail -20 "$log"; exit 1; }
  cmake --build --preset dev -j2 --target kpctl kp-participant-svc kp-certificate-svc kp-wco-bridge \
    >>"$log" 2>&1 &
  build=$!
  while kill -0 "$build" 2>/dev/null; do
    for _ in 1 2 3 4 5 6 7 8 9 10; do sleep 1; kill -0 "$build" 2>/dev/null || break; done
    kill -0 "$build" 2>/dev/null && say "  $(grep -oE '^\[[0-9]+/[0-9]+\]' "$log" | tail -1)"
  done
  wait "$build" || { grep -E 'FAILED|error' "$log" | head -20; exit 1; }
  rm -f "$log"
fi

[ -n "$keep" ] || dir=$(mktemp -d)
source deploy/demo/mesh.sh
source deploy/demo/story.sh
source deploy/demo/story_statistics.sh
source deploy/demo/story_imports.sh
source deploy/demo/story_cases.sh
source deploy/demo/story_amendments.sh
source deploy/demo/story_numbers.sh
source deploy/demo/story_document.sh
cleanup() {
  if [ -z "$keep" ]; then
    stop_all
    [ "${failed:-1}" = 0 ] && rm -rf "$dir" || say "left for inspection: $dir"
  fi
}
trap cleanup EXIT

make_pki
start_mesh
write_env
play_story
play_statistics
play_imports
play_cases
play_amendments
play_numbers
play_document
summary
[ -z "$keep" ] || say "the mesh runs on; source $dir/mesh.env; end it with: deploy/demo.sh --stop $dir"
[ "$failed" = 0 ]
