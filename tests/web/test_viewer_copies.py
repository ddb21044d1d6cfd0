"""What a reader sees of an image's copy is, pixel by pixel, what they see of the image."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, Response, expect
from pydicom.dataset import FileDataset

from service.archive import copies_due, viewer_copies
from service.archive.store import Archive
from service.domain.hospital import Language
from service.domain.user import User
from service.flow.viewer_copies import Copier
from service.pixels.pool import PixelPool
from tests.people.browsers import Browsers
from tests.support.edges import SYSTEM, Customer
from tests.support.series import ct_slice
from tests.web.real_study import called_complete, reader_at, reading_room

pytestmark = pytest.mark.system
SLICES = 3
PATIENCE_MS = 20_000
CANVAS = "() => document.querySelector('canvas').toDataURL()"
TWO_FRAMES = "() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))"
REFUSED = "本浏览器无法解码影像副本"


@dataclass(frozen=True)
class Kind:
    """How pixels are kept. stored_bits: of a cell."""

    study: str
    dtype: str
    stored_bits: int
    shape: tuple[int, ...] = (96, 96)
    photometric: str = "MONOCHROME2"
    frames: int = 1
    attributes: dict[str, object] = field(default_factory=dict)

    def instances(self) -> list[FileDataset]:
        return [self._instance(index) for index in range(1 if self.frames > 1 else SLICES)]

    def _instance(self, index: int) -> FileDataset:
        image = ct_slice(study_uid=self.study, series_uid=f"{self.study}.1", index=index)
        image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = f"{self.study}.1.{index + 1}"
        shape = (self.frames, *self.shape) if self.frames > 1 else self.shape
        signed = self.dtype.startswith("i")
        low, high = (
            (-(2 ** (self.stored_bits - 1)), 2 ** (self.stored_bits - 1)) if signed else (0, 2**self.stored_bits)
        )
        cells = np.random.default_rng(index).integers(low, high, shape, dtype=self.dtype)
        image.Rows, image.Columns = self.shape[:2]
        image.BitsAllocated, image.BitsStored = cells.dtype.itemsize * 8, self.stored_bits
        image.HighBit, image.PixelRepresentation = self.stored_bits - 1, int(signed)
        image.PhotometricInterpretation = self.photometric
        image.WindowCenter, image.WindowWidth = (low + high) / 2, high - low
        if len(self.shape) == 3:
            image.SamplesPerPixel, image.PlanarConfiguration = 3, 0
        if self.frames > 1:
            image.NumberOfFrames = self.frames
            del image.ImagePositionPatient, image.ImageOrientationPatient
        image.PixelData = cells.tobytes()
        image["PixelData"].VR = "OW" if image.BitsAllocated > 8 else "OB"
        return image


KINDS = {
    "signed 16": Kind("1.2.826.0.1.77.1", "i2", 16),
    "12 of 16 bits, turned over": Kind("1.2.826.0.1.77.2", "u2", 12, photometric="MONOCHROME1"),
    "unsigned 16, odd size": Kind("1.2.826.0.1.77.3", "u2", 16, (67, 93)),
    "8 bits": Kind("1.2.826.0.1.77.4", "u1", 8, (50, 41)),
    "signed 12 of 16 bits": Kind("1.2.826.0.1.77.8", "i2", 12, (50, 41)),
    "colour": Kind("1.2.826.0.1.77.5", "u1", 8, (50, 41, 3), "RGB"),
    "frames of one object": Kind("1.2.826.0.1.77.6", "u2", 14, frames=SLICES),
}


@pytest.fixture(scope="module")
def browsers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browsers]:
    archive = Archive(tmp_path_factory.mktemp("copies"))
    with reading_room(archive) as room:
        yield room
    archive.close()


@pytest.fixture(scope="module")
def hospital(browsers: Browsers) -> Customer:
    made = browsers.edges.hospital(language=Language.ZH_CN)
    for kind in KINDS.values():
        browsers.edges.receive(made, *kind.instances())
        called_complete(browsers.edges, made, kind.study)
    return made


@pytest.fixture(scope="module")
def reader(browsers: Browsers, hospital: Customer) -> User:
    return browsers.person(hospitals=[hospital.id], language=Language.ZH_CN)


def make_copies(browsers: Browsers, hospital: Customer, kind: Kind) -> None:
    archive = browsers.edges.archive
    with archive.write() as connection:
        copies_due.want(connection, SYSTEM, hospital.id, browsers.edges.row(hospital, kind.study).id)
    with PixelPool() as pixels:
        while Copier(archive, pixels, watermark_bytes=0).make_copies(SYSTEM):
            pass


@dataclass
class Tab:
    """A reader's page on one study, in a browser that holds nothing, and in which media types frames came."""

    page: Page
    media_types: list[str] = field(default_factory=list)

    def heard(self, response: Response) -> None:
        if "/frames/" in response.url:
            self.media_types.append("image/jphc" if "image/jphc" in response.headers["content-type"] else "as stored")

    def loaded(self) -> None:
        """Wait until every slice has come: a key is heard then as a reader means it."""
        for _ in range(1000):
            if len(self.media_types) >= SLICES:
                return
            self.page.evaluate(TWO_FRAMES)
        pytest.fail(f"{len(self.media_types)} of {SLICES} images came")

    def show(self, number: int) -> None:
        """Go to a slice; a page that is still being hung begins in the middle again, so the key is pressed again."""
        first = self.page.get_by_text(f"第 1 / {SLICES} 层")
        for _ in range(100):
            self.page.keyboard.press("Home")
            self.page.evaluate(TWO_FRAMES)
            if first.is_visible():
                break
        for at in range(2, number + 1):
            self.page.keyboard.press("ArrowDown")
            expect(self.page.get_by_text(f"第 {at} / {SLICES} 层")).to_be_visible(timeout=PATIENCE_MS)

    def drawn(self, but: list[str]) -> str:
        """What is on the canvas once it stays the same, and is none of those."""
        last, same = "", 0
        for _ in range(400):
            now = self.page.evaluate(CANVAS)
            same = same + 1 if now == last and now not in but else 0
            if same == 8:
                return str(now)
            last = now
            self.page.evaluate(TWO_FRAMES)
        pytest.fail("the canvas did not come to rest")


@pytest.fixture
def opened(browser: Browser, browsers: Browsers, hospital: Customer, reader: User) -> Iterator[Callable[..., Tab]]:
    """Opens a study in a fresh browser; broken: addresses it cannot reach."""
    contexts = []

    def open_study(kind: Kind, renderer: str, broken: str | None = None) -> Tab:
        context = reader_at(browser, browsers, reader)
        contexts.append(context)
        if broken is not None:
            context.route(broken, lambda route: route.abort())
        tab = Tab(context.new_page())
        tab.page.set_default_timeout(PATIENCE_MS)
        tab.page.on("response", tab.heard)
        tab.page.goto(f"{browsers.edges.url}/read/{hospital.id}/{kind.study}?renderer={renderer}")
        expect(tab.page.get_by_text(re.compile(r"缩放 \d+"))).to_be_visible(timeout=PATIENCE_MS)
        tab.loaded()
        return tab

    yield open_study
    for context in contexts:
        context.close()


def pictures(tab: Tab) -> list[str]:
    """Each slice as it is drawn."""
    found: list[str] = []
    for number in range(1, SLICES + 1):
        tab.show(number)
        found.append(tab.drawn(found))
    return found


@pytest.mark.parametrize(
    ("name", "renderer"), [*((name, "cpu") for name in KINDS if name != "colour"), ("signed 16", "gpu")]
)
def test_every_pixel_on_the_screen_is_the_same_with_and_without_copies(
    browsers: Browsers, hospital: Customer, opened: Callable[..., Tab], name: str, renderer: str
) -> None:
    kind = KINDS[name]
    archive = browsers.edges.archive
    with archive.write() as connection:
        viewer_copies.drop_all(connection, SYSTEM)
    stored = opened(kind, renderer)
    as_stored = pictures(stored)
    assert set(stored.media_types) == {"as stored"}

    make_copies(browsers, hospital, kind)
    copied = opened(kind, renderer)
    from_copies = pictures(copied)

    assert set(copied.media_types) == {"image/jphc"}
    assert from_copies == as_stored
    assert len(set(as_stored)) == SLICES, "slices that look alike would prove nothing"
    expect(copied.page.get_by_text(REFUSED)).to_have_count(0)


def test_colour_is_shown_from_what_is_stored(
    browsers: Browsers, hospital: Customer, opened: Callable[..., Tab]
) -> None:
    """Without a colour transformation the browser shows another picture, and with one the header would not fit."""
    kind = KINDS["colour"]
    make_copies(browsers, hospital, kind)

    tab = opened(kind, "cpu")

    assert len(set(pictures(tab))) == SLICES
    assert set(tab.media_types) == {"as stored"}


def test_a_browser_that_cannot_decode_a_copy_shows_what_is_stored_and_says_so(
    browsers: Browsers, hospital: Customer, opened: Callable[..., Tab]
) -> None:
    kind = KINDS["signed 16"]
    make_copies(browsers, hospital, kind)
    as_copied = pictures(opened(kind, "cpu"))

    tab = opened(kind, "cpu", broken="**/openjph*.wasm")

    assert pictures(tab) == as_copied
    assert set(tab.media_types) == {"image/jphc", "as stored"}
    expect(tab.page.get_by_text(REFUSED)).to_be_visible()
