# For tests against a kept demo mesh in $KP_DEMO_DIR. Sourced; each test exits 0 when all its checks
# held, and says what did not.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
dir=${KP_DEMO_DIR:?the kept demo}
say() { printf '%s\n' "$*"; }
source "$root/deploy/demo/mesh.sh"
source "$root/deploy/demo/story.sh"
source "$dir/mesh.env"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$dir/steps"

fail() { echo "FAILED: $*" >&2; exit 1; }
