"""The outside judges of result objects: dciodvfy, dsrdump and PixelMed's DicomSRValidator (Debian packages)."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

# Without these PixelMed's rules stop on Java 17 at 10,001 XPath operators.
JAVA_TOOL_OPTIONS = "-Djdk.xml.xpathExprOpLimit=0 -Djdk.xml.xpathTotalOpLimit=0 -Djdk.xml.xpathExprGrpLimit=0"


def iod_errors(part10: bytes, iod: str, folder: Path) -> list[str]:
    """The errors dciodvfy finds; it must have recognised the IOD, by its own name for it."""
    said = run(["dciodvfy", "-new", str(written(part10, folder))])
    assert iod in said.splitlines(), said
    return [line for line in said.splitlines() if line.startswith("Error")]


def dump(part10: bytes, folder: Path) -> str:
    """The document as DCMTK prints it; a file it cannot parse fails the test."""
    command = ["/usr/bin/dsrdump", "+U8", str(written(part10, folder))]
    return subprocess.run(command, check=True, capture_output=True, timeout=60).stdout.decode(errors="replace")


def template_errors(part10: bytes, folder: Path) -> list[str]:
    """The errors of PixelMed's validator, whose exit status is 0 even with errors: it must have come to its end."""
    environment = os.environ | {"JAVA_TOOL_OPTIONS": JAVA_TOOL_OPTIONS}
    said = run(["DicomSRValidator", str(written(part10, folder))], environment)
    assert "Found Root Template TID_1500" in said, said
    assert "IOD validation complete" in said, said
    return [line for line in said.splitlines() if line.startswith("Error")]


def written(part10: bytes, folder: Path) -> Path:
    path = folder / "object.dcm"
    path.write_bytes(part10)
    return path


def run(command: list[str], environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120, env=environment)
    return done.stdout + done.stderr
