# ruff: noqa: INP001
"""Checks the fetched package of OHIF and unpacks what is served of it, compressed beforehand.

    unpack_full_viewer.py PACKAGE.tgz FOLDER INTEGRITY

Left out: what asks others (service worker, sign-in by Google), its own configuration, icons, source maps,
the runtime of its segmenting click tools (136 MB), and whole-slide pathology, which the centre does not read.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import shutil
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Final

BELOW: Final = "package/dist/"
LEFT_OUT: Final = ("ort/", "dicom-microscopy-viewer/", "customizations/", "assets/")
LEFT_OUT_NAMES: Final = frozenset(
    {
        "_headers",
        "_redirects",
        "app-config.js",
        "es6-shim.min.js",
        "google.js",
        "init-service-worker.js",
        "manifest.json",
        "oidc-client.min.js",
        "polyfill.min.js",
        "serve.json",
        "silent-refresh.html",
        "sw.js",
    }
)
COMPRESSIBLE: Final = frozenset({".js", ".css", ".svg", ".wasm"})
MARK: Final = ".installed"


def main(package: Path, folder: Path, integrity: str) -> None:
    """Replace the folder by the package's files; whoever reads it meanwhile finds the one or the other whole."""
    digest = hashlib.sha512(package.read_bytes()).digest()
    seen = f"sha512-{base64.b64encode(digest).decode()}"
    if seen != integrity:
        sys.exit(
            f"{package.name} is not the package that is pinned (its hash is {seen}): the npm registry in use serves "
            "something else. Ask npm elsewhere (NPM_CONFIG_REGISTRY) and run make setup again."
        )
    fresh = Path(tempfile.mkdtemp(prefix=f"{folder.name}.", dir=folder.absolute().parent))
    fresh.chmod(0o755)
    _unpack(package, fresh)
    (fresh / MARK).write_text(integrity)
    if folder.exists():
        shutil.rmtree(folder)
    fresh.rename(folder)


def _unpack(package: Path, folder: Path) -> None:
    with tarfile.open(package) as archive:
        for member in archive:
            name = member.name.removeprefix(BELOW)
            if name == member.name and member.name != "package/LICENSE":
                continue
            content = archive.extractfile(member) if member.isfile() and _is_served(name) else None
            if content is not None:
                _write(folder / Path(name).name, content.read())


def _is_served(name: str) -> bool:
    return not (name.startswith(LEFT_OUT) or name in LEFT_OUT_NAMES or name.endswith(".map"))


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    if path.suffix in COMPRESSIBLE:
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(content, 9, mtime=0))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
