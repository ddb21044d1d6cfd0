"""How fast the reading page goes through a stack that is loaded: in Chromium, drawn by the CPU, findings over it."""

from __future__ import annotations

import hashlib
import json
import math
import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from service.archive import studies
from service.archive.objects import object_name
from service.archive.studies import Study
from service.domain.user import UserRole
from service.flow.complete import complete_due
from tests.support.edges import SYSTEM, Customer, Edges
from tests.support.series import ct_slice
from tests.web.conftest import CHROMIUM, QUIET
from tests.web.real_centre import open_centre

SLICES, SIZE = 300, 512
STEPS = 200
FINDINGS = 10
CORNERS = 40
WALKED_EACH = STEPS // FINDINGS
SCREEN = (1440, 900)
MOST_P95_MS, LEAST_FPS = 33.0, 57.0
LOADING_S = 180

_WALK = """async (steps) => {
    const viewport = document.querySelector('canvas').parentElement.parentElement;
    const rendered = () => new Promise((done) =>
        viewport.addEventListener('CORNERSTONE_IMAGE_RENDERED', done, { once: true }));
    const painted = () => new Promise((done) => {
        const channel = new MessageChannel();
        channel.port1.onmessage = done;
        channel.port2.postMessage(null);  // comes when the frame that is being made is done
    });
    const key = { code: 'ArrowDown', bubbles: true, cancelable: true };
    const press = () => document.body.dispatchEvent(new KeyboardEvent('keydown', key));
    const began = performance.now();
    const took = [];
    let outlined = 0;
    for (let step = 0; step < steps; step += 1) {
        const pressed = performance.now();
        const shown = rendered();
        press();
        await shown;
        await painted();
        took.push(performance.now() - pressed);
        outlined += document.querySelectorAll('.overlay-layer polygon').length > 0 ? 1 : 0;
    }
    const { width, height } = document.querySelector('canvas');
    return { took, total: performance.now() - began, outlined, width, height };
}"""


@dataclass(frozen=True, slots=True)
class Walked:
    """From the key that asks for the next slice to the frame that shows it.

    main_thread_ms: processor time of the page's main thread for a slice; it does not grow when others load the machine.
    outlined: steps with a finding on them. canvas: its size in pixels.
    """

    p50_ms: float
    p95_ms: float
    fps: float
    main_thread_ms: float
    outlined: int
    canvas: str


class _SpentByMainThread:
    """The processor time the page's main thread spends from now on."""

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)
        self._session.send("Performance.enable", {"timeDomain": "threadTicks"})
        self._began_s = self._seconds()

    def ms(self) -> float:
        """Until now."""
        return 1000 * (self._seconds() - self._began_s)

    def _seconds(self) -> float:
        metrics = self._session.send("Performance.getMetrics")["metrics"]
        return next(float(each["value"]) for each in metrics if each["name"] == "TaskDuration")


def walk() -> Walked:
    """Opens a study of SLICES in Chromium, waits until all of it is loaded, and walks STEPS slices by key."""
    with sync_playwright() as playwright, tempfile.TemporaryDirectory(prefix="consilium-walk-") as folder:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=QUIET)
        with open_centre(Path(folder), browser) as centre:
            hospital = centre.edges.hospital()
            study = _study(centre.edges, hospital)
            _, client = centre.signed_in(UserRole.RADIOLOGIST, hospitals=[hospital.id])
            page = centre.tab(client, SCREEN)
            where = f"/read/{study.hospital}/{study.study_instance_uid}?renderer=cpu&slice=1"
            page.goto(centre.edges.url + where)
            _wait_until_loaded(page)
            spent = _SpentByMainThread(page)
            walked = page.evaluate(_WALK, STEPS)
            spent_ms = spent.ms()
            page.context.close()
        browser.close()
    took = sorted(walked["took"])
    return Walked(
        p50_ms=statistics.median(took),
        p95_ms=took[math.ceil(0.95 * len(took)) - 1],
        fps=1000 * STEPS / walked["total"],
        main_thread_ms=spent_ms / STEPS,
        outlined=walked["outlined"],
        canvas=f"{walked['width']}x{walked['height']}",
    )


def _wait_until_loaded(page: Page) -> None:
    expect(page.locator("canvas")).to_be_visible(timeout=1000 * LOADING_S)
    expect(page.locator("aside button[aria-pressed]")).to_have_count(FINDINGS, timeout=1000 * LOADING_S)
    loading = page.get_by_text(f"of {SLICES} loaded")
    expect(loading).to_be_visible(timeout=1000 * LOADING_S)
    expect(loading).to_have_count(0, timeout=1000 * LOADING_S)


def _study(edges: Edges, hospital: Customer) -> Study:
    uid = "1.2.826.0.1.3680043.10.1561.300"
    images = [
        ct_slice(study_uid=uid, series_uid=f"{uid}.1", index=at, size=SIZE, spacing_mm=1.0) for at in range(SLICES)
    ]
    edges.receive(hospital, *images)
    with edges.archive.write() as connection:
        studies.call_complete(connection, SYSTEM, edges.row(hospital, uid))
    complete_due(edges.archive)
    study = edges.row(hospital, uid)
    analysis = edges.analysis(study, findings=FINDINGS)
    from_head = [str(each.SOPInstanceUID) for each in reversed(images)]
    outlines = {
        f"2.25.{number + 1}": [
            {"sop_instance_uid": sop, "frame": None, "polygons": [_outline(number)]}
            for sop in from_head[number * WALKED_EACH : (number + 1) * WALKED_EACH + 1]
        ]
        for number in range(FINDINGS)
    }
    content = json.dumps(outlines).encode()
    name = object_name(hashlib.sha256(content).hexdigest(), "consilium.contours")
    edges.archive.objects.store(study.hospital, content, name)
    with edges.archive.write() as connection:
        connection.exec_driver_sql("UPDATE analysis SET contours_object = ? WHERE id = ?", (name, analysis.id))
    return study


def _outline(number: int) -> list[list[float]]:
    middle, radius = 80 + 35 * number, 18
    turns = (2 * math.pi * corner / CORNERS for corner in range(CORNERS))
    return [[middle + radius * math.cos(turn), middle + radius * math.sin(turn)] for turn in turns]
