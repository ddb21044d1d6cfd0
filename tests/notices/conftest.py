"""The HTTP edges behind a server, machines of hospitals and people at browsers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from service.archive.store import Archive
from tests.people.browsers import Browsers
from tests.support.edges import Edges, serving


@pytest.fixture(scope="session")
def edges(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edges]:
    archive = Archive(tmp_path_factory.mktemp("notices"))
    with serving(archive) as served:
        yield served
    archive.close()


@pytest.fixture(scope="session")
def browsers(edges: Edges) -> Browsers:
    return Browsers(edges)
