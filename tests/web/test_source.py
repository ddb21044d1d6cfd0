"""The pages' source: types, lint for what Chrome 109 lacks, unit tests, licences of what is shipped."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from service.api.pages import BUILT

WEB = Path(__file__).parents[2] / "service" / "web"
NEWER_CSS = re.compile(r"color-mix\(|light-dark\(|@starting-style|@scope|subgrid|oklch\(|oklab\(|field-sizing|[{;]\s*&")
"""Since Chrome 111, 123, 118, 118, 117, 111, 111, 123 and 112 (caniuse)."""
FREE = re.compile(r"MIT|BSD|Apache-2\.0|OFL-1\.1|ISC|0BSD|Zlib")
SEEN_THROUGH = {
    "clipper2-ts": "BSL-1.0",  # Boost: no notice in binaries; polygons of the viewer's contour tools
    "isbot": "Unlicense",  # of the router's server side; not in the bundle
    "caniuse-lite": "CC-BY-4.0",  # data of the build; not in the bundle
    "rechoir": None,  # names its licence in another form: MIT
    "argparse": "Python-2.0",  # of a command line; not in the bundle
}


def npm(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    command = [str(WEB / "npm.sh"), sys.executable, "run", "--silent", *arguments]
    return subprocess.run(command, check=False, cwd=WEB, input=given, capture_output=True, text=True, timeout=250)


@pytest.mark.parametrize("script", ["types", "lint", "test"])
def test_the_pages_pass_their_own_checks(script: str) -> None:
    done = npm(script)

    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


@pytest.mark.parametrize(
    "newer",
    [
        "export const pair = Promise.withResolvers();",  # Chrome 119
        "export const groups = Object.groupBy([1], (n) => n);",  # 117
        "export const sorted = [2, 1].toSorted();",  # 110
        "document.startViewTransition(() => undefined);",  # 111
        "document.body.showPopover();",  # 114
        "export const pattern = new Intl.DurationFormat();",  # 129
        "export const is = URL.canParse('x');",  # 120
    ],
)
def test_the_lint_sees_what_chrome_109_lacks(newer: str) -> None:
    done = npm("lint:text", given=newer + "\n")

    assert "is newer than Chrome 109" in done.stdout


def test_the_lint_lets_through_what_chrome_109_has() -> None:
    known = "export const copy = structuredClone([1].at(-1)); export const hidden = document.body.closest('dialog');"

    assert npm("lint:text", given=known + "\n").returncode == 0


def test_newer_methods_are_unknown_to_the_compiler() -> None:
    assert json.loads((WEB / "tsconfig.json").read_text())["compilerOptions"]["lib"][0] == "ES2022"


def test_the_built_styles_are_what_chrome_109_reads() -> None:
    sheets = list(BUILT.rglob("*.css"))

    assert sheets
    assert {path.name: found for path in sheets if (found := NEWER_CSS.findall(path.read_text()))} == {}


def test_what_is_shipped_is_under_free_licences_and_pinned() -> None:
    manifest = json.loads((WEB / "package.json").read_text())
    packages = json.loads((WEB / "package-lock.json").read_text())["packages"]
    shipped = {path: each for path, each in packages.items() if path and not each.get("dev")}
    other = {
        path.rsplit("node_modules/", 1)[1]: each.get("license")
        for path, each in shipped.items()
        if not FREE.search(each.get("license") or "")
    }

    assert {name: licence for name, licence in other.items() if SEEN_THROUGH.get(name, "none") != licence} == {}
    versions = [*manifest["dependencies"].values(), *manifest["devDependencies"].values()]
    assert [version for version in versions if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []


def test_the_lock_names_no_host_but_the_public_registry() -> None:
    urls = re.findall(r"https?://[^/\"]+", (WEB / "package-lock.json").read_text())

    assert {url for url in urls if "registry" in url} <= {"https://registry.npmjs.org"}


def test_every_built_file_has_its_compressed_forms() -> None:
    texts = [path for path in BUILT.rglob("*") if path.suffix in {".js", ".css", ".html", ".svg", ".wasm"}]

    assert texts
    lacking = [path.name for path in texts for form in (".br", ".gz") if not path.with_name(path.name + form).is_file()]
    assert lacking == []
