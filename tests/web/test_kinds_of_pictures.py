"""What an image says of its colours, sides and window is seen, and said where it cannot be: on both renderers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect
from pydicom.dataset import Dataset, FileDataset
from pydicom.sequence import Sequence

from service.archive.store import Archive
from service.domain.hospital import Language
from tests.support.series import ct_slice
from tests.web.real_study import SIZE, reader_at, reading_room, taken_in

pytestmark = pytest.mark.system
ROOT = "1.2.826.0.1.99.8"
ULTRASOUND = "1.2.840.10008.5.1.4.1.1.6.1"
RADIOGRAPH = "1.2.840.10008.5.1.4.1.1.1.1"
TOLERANCE = 3
COLOUR = """([column, row, size]) => {
    const canvas = document.querySelector('[data-layout] canvas');
    const scale = Math.min(canvas.width, canvas.height) / size;
    const x = (canvas.width - scale * size) / 2 + scale * (column + 0.5);
    const y = (canvas.height - scale * size) / 2 + scale * (row + 0.5);
    return [...canvas.getContext('2d').getImageData(Math.round(x), Math.round(y), 1, 1).data].slice(0, 3);
}"""


@dataclass(frozen=True)
class Picture:
    """One image as a study of its own; its left half is of one value, its right half of another."""

    number: int
    left: int
    right: int

    @property
    def study(self) -> str:
        return f"{ROOT}.{self.number}"

    def slices(self) -> list[FileDataset]:
        made = ct_slice(
            study_uid=self.study, series_uid=f"{self.study}.1", index=0, size=SIZE, patient_id=f"P-8{self.number}"
        )
        made.SOPInstanceUID = made.file_meta.MediaStorageSOPInstanceUID = f"{self.study}.1.1"
        halves = np.full((SIZE, SIZE), self.left, np.int16)
        halves[:, SIZE // 2 :] = self.right
        self.said(made, halves)
        return [made]

    def said(self, made: FileDataset, halves: np.ndarray) -> None:
        made.PixelData = halves.tobytes()


@dataclass(frozen=True)
class Palette(Picture):
    """Red tells the values; entries: of each palette, 256 of which lie beside the metadata, 16 of a byte within."""

    entries: int
    has_blue: bool = True

    def said(self, made: FileDataset, halves: np.ndarray) -> None:
        made.SOPClassUID = made.file_meta.MediaStorageSOPClassUID = ULTRASOUND
        made.Modality, made.PhotometricInterpretation = "US", "PALETTE COLOR"
        made.BitsAllocated = made.BitsStored = 8
        made.HighBit, made.PixelRepresentation = 7, 0
        no_place(made)
        wide = self.entries > 16
        red = np.arange(self.entries) * (257 if wide else 10)
        for colour, table in (("Red", red), ("Green", red * 0), ("Blue", red * 0)):
            setattr(made, f"{colour}PaletteColorLookupTableDescriptor", [self.entries, 0, 16 if wide else 8])
            if colour != "Blue" or self.has_blue:
                setattr(made, f"{colour}PaletteColorLookupTableData", table.astype("<u2" if wide else "u1").tobytes())
        made.PixelData = halves.astype(np.uint8).tobytes()


@dataclass(frozen=True)
class Radiograph(Picture):
    """It has no place in the patient, only letters."""

    table: str = ""

    def said(self, made: FileDataset, halves: np.ndarray) -> None:
        made.SOPClassUID = made.file_meta.MediaStorageSOPClassUID = RADIOGRAPH
        made.Modality, made.PatientOrientation = "DX", ["L", "F"]
        made.BitsStored, made.HighBit, made.PixelRepresentation = 12, 11, 0
        no_place(made)
        if self.table:
            item = Dataset()
            item.add_new("LUTDescriptor", "US", [4, 0, 8])
            item.add_new("LUTData", "US", [255, 170, 85, 0])
            setattr(made, self.table, Sequence([item]))
        made.PixelData = halves.astype("<u2").tobytes()


@dataclass(frozen=True)
class Windowed(Picture):
    """A CT of the abdomen with a window of its own."""

    centre: int = 20
    width: int = 0

    def said(self, made: FileDataset, halves: np.ndarray) -> None:
        made.BodyPartExamined = "ABDOMEN"
        made.WindowCenter, made.WindowWidth = self.centre, self.width
        made.PixelData = halves.tobytes()


def no_place(made: FileDataset) -> None:
    for keyword in (
        "RescaleIntercept", "RescaleSlope", "ImagePositionPatient", "ImageOrientationPatient", "FrameOfReferenceUID",
        "PixelSpacing",
    ):  # fmt: skip
        del made[keyword]


COLOURED = Palette(1, 50, 200, entries=256)
FEW = Palette(2, 3, 15, entries=16)
BROKEN = Palette(3, 50, 200, entries=256, has_blue=False)
CHEST = Radiograph(4, 500, 3500)
CURVED = Radiograph(5, 500, 3500, table="VOILUTSequence")
SCALED = Radiograph(6, 500, 3500, table="ModalityLUTSequence")
NOTHING = Windowed(7, 0, 40, width=0)
THRESHOLD = Windowed(8, 0, 40, width=1)
ALL = (COLOURED, FEW, BROKEN, CHEST, CURVED, SCALED, NOTHING, THRESHOLD)
renderers = pytest.mark.parametrize("renderer", ["cpu", "gpu"])


@pytest.fixture(scope="module")
def seat(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[tuple[Page, str]]:
    """A page, and where its studies are read."""
    archive = Archive(tmp_path_factory.mktemp("kinds"))
    with reading_room(archive) as browsers:
        hospital = browsers.edges.hospital(language=Language.ZH_CN)
        taken_in(browsers.edges, hospital, *ALL)  # type: ignore[arg-type]  # a study as Made is one
        context = reader_at(browser, browsers, browsers.person(hospitals=[hospital.id], language=Language.ZH_CN))
        page = context.new_page()
        page.set_default_timeout(15_000)
        yield page, f"{browsers.edges.url}/read/{hospital.id}/"
        context.close()
    archive.close()


def opened(seat: tuple[Page, str], picture: Picture, renderer: str) -> Page:
    page, read = seat
    page.goto(f"{read}{picture.study}?renderer={renderer}")
    expect(page.get_by_text("第 1 / 1 层")).to_be_visible(timeout=30_000)
    return page


def until_drawn(page: Page, left: tuple[int, int, int], right: tuple[int, int, int]) -> None:
    seen: list[list[int]] = []
    for _ in range(300):
        seen = [page.evaluate(COLOUR, [share * SIZE, SIZE / 2, SIZE]) for share in (0.25, 0.75)]
        if np.allclose(seen, (left, right), rtol=0, atol=TOLERANCE):
            return
        page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    pytest.fail(f"{left} and {right} were not drawn but {seen}")


def shows(page: Page, **letters: str) -> None:
    for side, letter in letters.items():
        expect(page.locator(f"[data-side={side}]")).to_have_text(letter)


@renderers
def test_an_image_is_seen_in_the_colours_of_its_palette(seat: tuple[Page, str], renderer: str) -> None:
    until_drawn(opened(seat, COLOURED, renderer), (50, 0, 0), (200, 0, 0))
    until_drawn(opened(seat, FEW, renderer), (30, 0, 0), (150, 0, 0))


def test_an_image_whose_palette_is_not_whole_says_so(seat: tuple[Page, str]) -> None:
    expect(opened(seat, BROKEN, "cpu").get_by_text("颜色表不完整，无法显示颜色")).to_be_visible()


@renderers
def test_a_radiograph_shows_which_side_is_which_and_follows_a_flip(seat: tuple[Page, str], renderer: str) -> None:
    page = opened(seat, CHEST, renderer)
    shows(page, left="右", right="左", top="头", bottom="足")
    page.get_by_role("button", name="翻转").click()
    shows(page, left="左", right="右", top="头", bottom="足")


@pytest.mark.parametrize(
    ("picture", "words"),
    [(CURVED, "未应用图像自带的灰度曲线（VOI LUT）"), (SCALED, "未应用图像自带的数值换算表（Modality LUT）")],
)
def test_a_table_that_is_not_applied_is_told(seat: tuple[Page, str], picture: Picture, words: str) -> None:
    expect(opened(seat, picture, "cpu").get_by_text(words)).to_be_visible()
    expect(opened(seat, CHEST, "cpu").get_by_text("未应用")).to_have_count(0)


@renderers
def test_a_window_that_nothing_can_be_drawn_with_is_passed_over(seat: tuple[Page, str], renderer: str) -> None:
    page = opened(seat, NOTHING, renderer)
    expect(page.get_by_text("窗宽 350 窗位 50")).to_be_visible()
    until_drawn(page, (91, 91, 91), (120, 120, 120))


@renderers
def test_a_threshold_tells_black_from_white(seat: tuple[Page, str], renderer: str) -> None:
    until_drawn(opened(seat, THRESHOLD, renderer), (0, 0, 0), (255, 255, 255))
