#!/usr/bin/env bash
# Builds the reading room's pages into dist/: installs what package-lock.json names, then builds. Does nothing where
# nothing changed: node_modules/.installed and dist/.built hold the hashes of what they were made from.
#   build.sh PYTHON    PYTHON: the environment's interpreter, see npm.sh
set -euo pipefail
python=$(realpath -s "$1")
cd "$(dirname "$0")"

hash_of() { LC_ALL=C sort | xargs -d '\n' sha256sum | sha256sum | cut -d' ' -f1; }
installed=$(printf '%s\n' package.json package-lock.json | hash_of)
built=$({ find src bundling -type f; printf '%s\n' index.html package.json package-lock.json tsconfig.json vite.config.ts; } | hash_of)

if [ "$(cat dist/.built 2>/dev/null)" = "$built" ] && [ "$(cat node_modules/.installed 2>/dev/null)" = "$installed" ]; then exit 0; fi
if [ "$(cat node_modules/.installed 2>/dev/null)" != "$installed" ]; then
  echo "Installing the pages' libraries: npm downloads about 150 MB, 300 MB on disk (service/web/node_modules)."
  ./npm.sh "$python" ci --no-audit --no-fund --loglevel=error
  echo "$installed" > node_modules/.installed
fi
echo "Building the pages (service/web/dist)."
./npm.sh "$python" run --silent build -- --logLevel warn --outDir dist.new --emptyOutDir
echo "$built" > dist.new/.built
# A centre that serves the former pages goes on until the new ones are whole.
rm -rf dist
mv dist.new dist
