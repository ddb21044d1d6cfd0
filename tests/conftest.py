"""What every test may ask for: an archive of its own, the folder of real data."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.archive.store import Archive

ROOT = Path(__file__).parent.parent


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """A fresh archive in a folder of its own."""
    opened = Archive(tmp_path / "centre")
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def datasets() -> Path:
    """The folder of real data: CONSILIUM_DATASETS, else beside the checkout. On CI it must be there."""
    folder = Path(os.environ.get("CONSILIUM_DATASETS", ROOT.parent / "shared" / "data")).resolve()
    if folder.is_dir():
        return folder
    message = f"real data are not at {folder}; set CONSILIUM_DATASETS"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    return pytest.skip(f"left out: {message}")
