"""What a page weighs on the wire, and that the viewer comes only with a study."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Response

from tests.web.conftest import Room

pytestmark = pytest.mark.system
WORKLIST_KIB = 300


def weighed(page: Page) -> dict[str, int]:
    """Bytes of each file as they came, by name; filled while the page loads."""
    found: dict[str, int] = {}

    def came(response: Response) -> None:
        if "/assets/" in response.url or response.request.resource_type == "document":
            found[response.url.rsplit("/", 1)[1]] = max(0, response.request.sizes()["responseBodySize"])

    page.on("requestfinished", lambda request: came(request.response()))
    return found


def test_the_worklist_weighs_little_and_brings_no_viewer(page: Page, room: Room) -> None:
    found = weighed(page)
    room.sign_in(page)

    fonts = [name for name in found if name.endswith(".woff2")]
    assert fonts == [], "this machine has a Chinese font (make system-packages): none has to be loaded"
    kib = sum(found.values()) / 1024
    print(f"worklist: {kib:.0f} KiB in {len(found)} files: {found}")
    assert 50 < kib <= WORKLIST_KIB
    assert [name for name in found if "cornerstone" in name or "ReadingPage" in name or name.endswith(".wasm")] == []


def test_the_viewer_comes_when_a_study_opens(page: Page, room: Room) -> None:
    room.sign_in(page)
    found = weighed(page)
    with page.expect_response("**/assets/cornerstone-*.js"):
        page.keyboard.press("Enter")

    assert any("ReadingPage" in name for name in found)
