"""The HTTP edges behind a server, and people who sit at browsers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from service.archive.store import Archive
from tests.people.browsers import Browsers
from tests.support.edges import serving


@pytest.fixture(scope="session")
def browsers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browsers]:
    archive = Archive(tmp_path_factory.mktemp("people"))
    with serving(archive) as served:
        yield Browsers(served)
    archive.close()
