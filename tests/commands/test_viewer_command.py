"""The full viewer as its operator meets it: kept alive by `up`, off or absent without harm, fetched whole."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tarfile
from pathlib import Path

import httpx
import pytest

from service.api.full_viewer.installed import is_installed
from service.cli.options import settings
from service.cli.up import parts
from tests.support.centre import RunningCentre, consilium, until
from tests.support.edges import NOBODY_TRUSTED

WEB = Path(__file__).parents[2] / "service" / "web"


@pytest.mark.system
def test_the_viewer_is_started_said_and_started_again_at_its_port(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert is_installed(), "OHIF is not installed: make setup"
    monkeypatch.setenv("CONSILIUM_VIEWER", "true")
    centre = RunningCentre(tmp_path)
    try:
        port = json.loads((tmp_path / "listening.json").read_text())["viewer_port"]
        page = f"{centre.http.rsplit(':', 1)[0]}:{port}/viewer/h0"

        def answered() -> bool:
            try:
                return httpx.get(page, trust_env=False, verify=NOBODY_TRUSTED).status_code == 401
            except httpx.TransportError:
                return False

        assert answered()
        checks = json.loads(consilium("doctor", "--data", str(tmp_path), "--json", check=False).stdout)["checks"]
        said = {each["name"]: (each["ok"], each["seen"]) for each in checks}
        assert said["full viewer"] == (True, "OHIF is installed; the reading page opens it")
        assert said["centre"][0]
        first = centre.children()["viewer"]
        os.kill(first, signal.SIGKILL)
        until(lambda: centre.children().get("viewer", first) != first and answered(), 30, centre.logs)
    finally:
        centre.stop()


def test_the_viewer_listens_where_the_api_does_by_its_rules(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("service.cli.viewer_check.is_installed", lambda: True)
    chosen = settings(data=tmp_path, http_bind="0.0.0.0", http_port=9000, behind_proxy=True)

    (viewer,) = [part for part in parts(chosen) if part.name == "viewer"]
    words = " ".join(viewer.arguments)
    assert "--http-bind 0.0.0.0" in words
    assert "--behind-proxy" in words
    assert "--viewer-port 9001" in words
    assert settings(data=tmp_path, http_port=0).port_of_viewer == 0
    assert settings(data=tmp_path, http_port=65535).port_of_viewer == 0
    assert settings(data=tmp_path, viewer_port=8500).port_of_viewer == 8500


@pytest.mark.parametrize(("installed", "viewer"), [(False, True), (True, False)])
def test_a_centre_without_the_viewer_is_whole(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, installed: bool, viewer: bool
) -> None:
    monkeypatch.setattr("service.cli.viewer_check.is_installed", lambda: installed)

    names = [part.name for part in parts(settings(data=tmp_path, viewer=viewer))]
    assert names == ["node", "api", "flow", "analyse"]


def test_a_package_that_is_not_the_pinned_one_is_not_unpacked(tmp_path: Path) -> None:
    package, folder = made_package(tmp_path, {"app.bundle.1.js": b"x"}), tmp_path / "into"

    done = unpack(package, folder, "sha512-somethingelse")

    assert done.returncode == 1
    assert "not the package that is pinned" in done.stderr
    assert "NPM_CONFIG_REGISTRY" in done.stderr
    assert not folder.exists()


def test_what_asks_others_is_left_out_and_the_rest_is_compressed(tmp_path: Path) -> None:
    kept = {"app.bundle.1.js": b"var a;" * 99, "app.bundle.css": b"p{}", "1.wasm": b"\0asm", "a.woff2": b"f"}
    others = ("init-service-worker.js", "sw.js", "google.js", "app-config.js", "ort/ort.min.js", "app.bundle.1.js.map")
    package = made_package(tmp_path, {**kept, **dict.fromkeys(others, b"fetch()")})
    folder = tmp_path / "into"

    integrity = unpack(package, folder, "").stderr.split("its hash is ")[1].split(")")[0]
    done = unpack(package, folder, integrity)

    assert done.returncode == 0, done.stderr
    assert {each.name for each in folder.iterdir()} == {
        *kept, "app.bundle.1.js.gz", "app.bundle.css.gz", "1.wasm.gz", ".installed",
    }  # fmt: skip
    assert all((folder / name).read_bytes() == content for name, content in kept.items())


def test_a_path_out_of_the_package_stays_in_the_folder(tmp_path: Path) -> None:
    package = made_package(tmp_path, {"../../../../escaped.js": b"x", "app.bundle.1.js": b"y"})
    folder = tmp_path / "deep" / "er" / "into"
    folder.parent.mkdir(parents=True)

    integrity = unpack(package, folder, "").stderr.split("its hash is ")[1].split(")")[0]
    assert unpack(package, folder, integrity).returncode == 0

    assert [path for path in tmp_path.rglob("escaped.js*") if path.parent != folder] == []


def made_package(folder: Path, files: dict[str, bytes]) -> Path:
    source, package = folder / "content", folder / "package.tgz"
    source.write_bytes(b"")
    with tarfile.open(package, "w:gz") as archive:
        for name, content in files.items():
            source.write_bytes(content)
            archive.add(source, f"package/dist/{name}")
    return package


def unpack(package: Path, folder: Path, integrity: str) -> subprocess.CompletedProcess[str]:
    script = str(WEB / "unpack_full_viewer.py")
    return subprocess.run(
        [sys.executable, script, str(package), str(folder), integrity], check=False, capture_output=True, text=True
    )
