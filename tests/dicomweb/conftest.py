"""The HTTP edges behind one server for all tests of this folder: each test has hospitals of its own, and walls hold."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from service.archive.store import Archive
from service.flow.viewer_copies import Copier
from service.pixels.pool import PixelPool
from tests.support.edges import Edges, serving


@pytest.fixture(scope="session")
def edges(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edges]:
    archive = Archive(tmp_path_factory.mktemp("edges"))
    with serving(archive) as served:
        yield served
    archive.close()


@pytest.fixture(scope="session")
def pixels() -> Iterator[PixelPool]:
    with PixelPool() as pool:
        yield pool


@pytest.fixture
def copier(edges: Edges, pixels: PixelPool) -> Copier:
    return Copier(edges.archive, pixels, watermark_bytes=0)
