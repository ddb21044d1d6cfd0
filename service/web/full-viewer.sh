#!/usr/bin/env bash
# Fetches OHIF, the full viewer, ready built from its npm package, and unpacks what is served of it into full_viewer/.
# Does nothing where that version is there. The pin is the package's own hash, as npm writes it into a lock file.
#   full-viewer.sh PYTHON    PYTHON: the environment's interpreter, see npm.sh
set -euo pipefail
python=$(realpath -s "$1")
cd "$(dirname "$0")"
PACKAGE=@ohif/app@3.13.2
INTEGRITY=sha512-WZdxmpmG7rqFgW9ZJLcbgr3XCtLi1KDNPoMaeY5PPe6j4G4fjEjjkycZM6C6Zk2F87BKxFfpq+jd5xXZB9E8EA==

if [ "$(cat full_viewer/.installed 2>/dev/null)" = "$INTEGRITY" ]; then exit 0; fi
echo "Fetching the full viewer ($PACKAGE): npm downloads 50 MB, 60 MB on disk (service/web/full_viewer)."
fetched=$(mktemp -d)
trap 'rm -rf "$fetched"' EXIT
./npm.sh "$python" pack "$PACKAGE" --pack-destination "$fetched" --silent --loglevel=error >/dev/null
"$python" unpack_full_viewer.py "$fetched"/*.tgz full_viewer "$INTEGRITY"
