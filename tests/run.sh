#!/usr/bin/env bash
# Installs what is missing, builds, runs the whole suite. Ends with "N passed, N failed".
set -euo pipefail
cd "$(dirname "$0")/.."

./scripts/install-deps.sh --tests

echo "protos: lint"
lint=passed
if command -v npm >/dev/null; then
  (cd tests/node && npm ci --silent --no-audit --no-fund)
  tests/node/node_modules/.bin/buf lint || lint=failed
else
  echo "skipped: npm is not on this machine, the protos were not linted"
  lint=skipped
fi

echo "build"
cmake --preset dev >build.log 2>&1 || { tail -40 build.log; exit 1; }
cmake --build --preset dev -j2 >>build.log 2>&1 || { grep -E "FAILED|error" build.log | head -40; exit 1; }

echo "tests"
set +e
ctest --preset dev -j2 --timeout 300 | tee test.log | grep -vE '^ *(Start|[0-9]+/[0-9]+ Test .* Passed)'
status=${PIPESTATUS[0]}
set -e
total=$(grep -cE '^ *[0-9]+/[0-9]+ Test ' test.log || true)
skipped=$(grep -cE '\*\*\*Skipped' test.log || true)
failed=$(grep -cE '\*\*\*(Failed|Timeout|Exception|Not Run)' test.log || true)
passed=$((total - skipped - failed))
[ "$lint" = failed ] && failed=$((failed + 1)) && status=1
[ "$lint" = passed ] && passed=$((passed + 1))
if ((total == 0)); then echo "no test was run"; status=1; fi
echo "skipped tests read third-party files or servers that are absent here: $skipped"
echo "$passed passed, $failed failed"
exit "$status"
