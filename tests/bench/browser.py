"""A series in Chromium, from its first request to its last frame: the same script on a page of either server."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from playwright.sync_api import Browser, sync_playwright

from service.access.people import Person, add_user
from service.access.reader_doors import COOKIE
from service.archive.store import Archive
from service.domain.hospital import Language
from service.domain.licence import Licence
from service.domain.user import UserRole
from service.domain.wall import Wall

CHROMIUM = Path("/usr/bin/chromium")
PASSWORD = "six plain words for the bench"
AT_A_TIME = 6
"""As many requests as a browser has under way to one host over HTTP/1.1."""
LOADED = """async ([root, series, atATime]) => {
    const began = performance.now();
    const listed = await fetch(`${root}${series}/metadata`, { headers: { Accept: 'application/dicom+json' } });
    const instances = (await listed.json()).map((each) => each['00080018'].Value[0]);
    const accept = 'multipart/related; type="application/octet-stream"; transfer-syntax=*';
    let next = 0;
    let bytes = 0;
    const load = async () => {
        while (next < instances.length) {
            const path = `${series}/instances/${instances[next++]}/frames/1`;
            const frame = await fetch(`${root}${path}`, { headers: { Accept: accept } });
            if (!frame.ok) throw new Error(`${path}: ${frame.status}`);
            const content = await frame.arrayBuffer();
            bytes += content.byteLength;
        }
    };
    await Promise.all(Array.from({ length: atATime }, load));
    return { seconds: (performance.now() - began) / 1000, count: instances.length, bytes };
}"""


@dataclass(frozen=True, slots=True)
class Opened:
    """Where a browser loads from: a page of the server, its DICOMweb root, the session if there is one."""

    page: str
    root: str
    session: str | None


def signed_in(data: Path, http: str, hospital: str) -> Opened:
    """A reader of a running centre."""
    archive = Archive(data)
    licence = Licence("1105", "医学影像和放射治疗专业", "主治医师", None)
    person = Person("bench", "Bench", (UserRole.RADIOLOGIST,), None, Language.EN, licence)
    user, _ = add_user(archive, Wall.operator(), person, PASSWORD)
    with archive.write() as connection:
        connection.exec_driver_sql("UPDATE user SET must_change_password = 0 WHERE id = ?", (user.id,))
    archive.close()
    typed = {"login": "bench", "password": PASSWORD}
    answer = httpx.post(f"{http}/room/v1/session", json=typed, trust_env=False, timeout=60)
    answer.raise_for_status()
    return Opened(f"{http}/login", f"/dicom-web/h/{hospital}", answer.cookies[COOKIE])


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's browser, for the length of a measurement."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=str(CHROMIUM))
        yield launched
        launched.close()


def loading_s(browser: Browser, opened: Opened, series: str, slices: int, frame_bytes: int) -> float:
    """Seconds from the first request to the last frame, in a browser that was never here: its cache is empty."""
    context = browser.new_context()
    if opened.session is not None:
        host = urlsplit(opened.page).hostname
        context.add_cookies([{"name": COOKIE, "value": opened.session, "domain": host, "path": "/"}])
    page = context.new_page()
    page.goto(opened.page)
    loaded = page.evaluate(LOADED, [opened.root, series, AT_A_TIME])
    context.close()
    assert loaded["count"] == slices
    assert loaded["bytes"] >= slices * frame_bytes, f"frames are cut short at {opened.page}: {loaded}"
    return float(loaded["seconds"])


def compared_s(
    browser: Browser, ours: Opened, peer: Opened, series: str, *, slices: int, frame_bytes: int, rounds: int
) -> tuple[float, float]:
    """Medians of ours and the peer, who take turns after one round that is not counted."""
    took: dict[str, list[float]] = {"ours": [], "peer": []}
    for number in range(rounds + 1):
        for who, opened in (("ours", ours), ("peer", peer)):
            seconds = loading_s(browser, opened, series, slices, frame_bytes)
            if number > 0:
                took[who].append(seconds)
    return statistics.median(took["ours"]), statistics.median(took["peer"])
