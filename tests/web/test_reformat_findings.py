"""Findings in three planes: drawn where the block of bright pixels is that they name, by outline or by extent."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest
from playwright.sync_api import Page, expect
from pydicom.dataset import FileDataset

from service.archive import studies
from service.archive.objects import object_name
from service.archive.studies import Study
from service.domain.hospital import Language
from service.domain.user import UserRole
from service.flow.complete import complete_due
from tests.support.edges import SYSTEM, Customer
from tests.support.series import ct_slice
from tests.web.real_centre import Centre, panel_read, serious
from tests.web.test_layouts import place_mm, planes_steered, until

pytestmark = pytest.mark.system
UID = "1.2.826.0.1.98.1"
SIZE, SLICES = 96, 12
ROW_SPACING_MM, COLUMN_SPACING_MM, STEP_MM = 0.9, 0.7, 2.5
ORIGIN = (-30.0, -40.0, 100.0)
COLUMNS, ROWS, THROUGH = (30, 53), (36, 47), (4, 7)
"""Of the block, the last ones too; slices are counted from the feet."""
BLOCK_HU = 80
HALF_WAY = 127
"""Grey between block and water in the mediastinum window: interpolation puts it on the outer edge of its pixels."""
PLANES = ("axial", "coronal", "sagittal")
BRIGHT = """([canvas, least]) => {
    const { width, height } = canvas;
    const pixels = canvas.getContext('2d').getImageData(0, 0, width, height).data;
    let [left, top, right, bottom] = [width, height, 0, 0];
    for (let y = 0; y < height; y += 1) {
        for (let x = 0; x < width; x += 1) {
            if (pixels[4 * (y * width + x)] <= least) continue;
            left = Math.min(left, x); right = Math.max(right, x + 1);
            top = Math.min(top, y); bottom = Math.max(bottom, y + 1);
        }
    }
    return [left, top, right, bottom];
}"""
BOX = "(letter) => { const { x, y } = letter.getBoundingClientRect(); return [x, y]; }"
DRAWN = """(polygon) => {
    const points = polygon.getAttribute('points').split(' ').map((each) => each.split(',').map(Number));
    const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
    return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}"""


def centre_mm() -> tuple[float, float, float]:
    """Of the block, in the patient (PS3.3 C.7.6.2.1.1)."""
    steps = (COLUMN_SPACING_MM, ROW_SPACING_MM, STEP_MM)
    x, y, z = (
        start + step * (first + last) / 2
        for start, step, (first, last) in zip(ORIGIN, steps, (COLUMNS, ROWS, THROUGH), strict=True)
    )
    return x, y, z


def ct(index: int) -> FileDataset:
    made = ct_slice(study_uid=UID, series_uid=f"{UID}.1", index=index, size=SIZE, spacing_mm=STEP_MM)
    pixels = np.zeros((SIZE, SIZE), dtype=np.int16)
    if THROUGH[0] <= index <= THROUGH[1]:
        pixels[ROWS[0] : ROWS[1] + 1, COLUMNS[0] : COLUMNS[1] + 1] = BLOCK_HU
    made.PixelData = pixels.tobytes()
    made.PixelSpacing = [ROW_SPACING_MM, COLUMN_SPACING_MM]
    made.ImagePositionPatient = [ORIGIN[0], ORIGIN[1], ORIGIN[2] + index * STEP_MM]
    made.RescaleIntercept, made.RescaleSlope = 0, 1
    return made


def block(centre: Centre, hospital: Customer) -> Study:
    """A study whose one finding is the block, outlined on each of its slices."""
    edges = centre.edges
    slices = [ct(index) for index in range(SLICES)]
    edges.receive(hospital, *slices)
    with edges.archive.write() as connection:
        studies.call_complete(connection, SYSTEM, edges.row(hospital, UID))
    assert complete_due(edges.archive) >= 1
    study = edges.row(hospital, UID)
    analysis = edges.analysis(study)
    (left, right), (top, bottom) = ((first - 0.5, last + 0.5) for first, last in (COLUMNS, ROWS))
    outline = [[left, top], [right, top], [right, bottom], [left, bottom]]
    shown = [str(each.SOPInstanceUID) for each in slices[THROUGH[0] : THROUGH[1] + 1]]
    contours = {"2.25.98": [{"sop_instance_uid": uid, "frame": None, "polygons": [outline]} for uid in shown]}
    content = json.dumps(contours).encode()
    name = object_name(hashlib.sha256(content).hexdigest(), "consilium.contours")
    edges.archive.objects.store(study.hospital, content, name)
    with edges.archive.write() as connection:
        connection.exec_driver_sql("UPDATE analysis SET contours_object = ? WHERE id = ?", (name, analysis.id))
        connection.exec_driver_sql(
            "UPDATE finding SET sop_instance_uid = ?, tracking_uid = '2.25.98', center_x_mm = ?, center_y_mm = ?,"
            " center_z_mm = ? WHERE analysis_id = ?",
            (shown[1], *centre_mm(), analysis.id),
        )
    return study


@pytest.fixture
def page(centre: Centre) -> Page:
    """In three planes, at the finding."""
    hospital = centre.edges.hospital(language=Language.ZH_CN)
    study = block(centre, hospital)
    _, client = centre.signed_in(UserRole.RADIOLOGIST, hospitals=[hospital.id], language=Language.ZH_CN)
    opened = centre.opened(client, f"/read/{hospital.id}/{study.study_instance_uid}?renderer=gpu")
    expect(opened.get_by_text("窗宽")).to_be_visible(timeout=60_000)
    panel_read(opened)
    opened.keyboard.press("q")
    planes_steered(opened)
    expect(opened.get_by_text("已加载")).to_have_count(0, timeout=60_000)
    opened.keyboard.press("Shift+Digit2")
    expect(opened.get_by_text("窗宽 400 窗位 40")).to_be_visible()
    opened.keyboard.press("1")
    return opened


def test_a_key_lays_the_planes_through_a_finding_which_lies_to_two_pixels_where_its_pixels_are(page: Page) -> None:
    for plane, wanted in zip(PLANES, reversed(centre_mm()), strict=True):
        until(page, lambda plane=plane, wanted=wanted: place_mm(page, plane) == pytest.approx(wanted, abs=0.06), plane)  # type: ignore[misc]
        area = page.locator(f"[data-plane={plane}]")
        expect(area.locator(".overlay-layer polygon")).to_have_count(1)
        bright = page.evaluate(BRIGHT, [area.locator("canvas").element_handle(), HALF_WAY])
        drawn = area.locator(".overlay-layer polygon").evaluate(DRAWN)
        assert bright[2] - bright[0] > 20, f"the block is not seen on the {plane} plane"
        assert drawn == pytest.approx(bright, abs=2), f"{drawn} on the {plane} plane, and the block at {bright}"


def test_the_planes_open_at_the_slice_that_was_looked_at_or_at_the_chosen_finding_on_it(page: Page) -> None:
    """Slices are shown from the head; in the middle of the volume, where planes lie by themselves, is neither."""
    head_mm = ORIGIN[2] + (SLICES - 1) * STEP_MM
    for chosen, key, shown, wanted in (
        ("1", "Home", f"第 1 / {SLICES} 层", head_mm),
        ("1", "End", f"第 {SLICES} / {SLICES} 层", ORIGIN[2]),
    ):
        page.keyboard.press("q")
        expect(page.get_by_text("GPU 渲染")).to_be_visible(timeout=30_000)
        page.keyboard.press(chosen)
        expect(page.get_by_text(shown)).to_have_count(0)
        page.keyboard.press(key)
        expect(page.get_by_text(shown)).to_be_visible()
        page.keyboard.press("q")
        planes_steered(page)
        until(page, lambda wanted=wanted: place_mm(page, "axial") == pytest.approx(wanted, abs=0.06), shown)  # type: ignore[misc]
    page.keyboard.press("q")
    expect(page.get_by_text("GPU 渲染")).to_be_visible(timeout=30_000)
    page.keyboard.press("1")
    expect(page.get_by_text(f"第 {SLICES} / {SLICES} 层")).to_have_count(0)
    page.keyboard.press("q")
    planes_steered(page)
    for plane, wanted in zip(PLANES, reversed(centre_mm()), strict=True):
        until(page, lambda plane=plane, wanted=wanted: place_mm(page, plane) == pytest.approx(wanted, abs=0.06), plane)  # type: ignore[misc]


def test_only_where_it_was_outlined_it_is_not_called_an_extent(page: Page) -> None:
    for plane, said in (("axial", 0), ("coronal", 1), ("sagittal", 1)):
        area = page.locator(f"[data-plane={plane}]")
        expect(area.locator(".overlay-layer polygon")).to_have_count(1)
        expect(area.get_by_text("点线框：发现的外接范围，非轮廓")).to_have_count(said)
        dotted = area.locator(".overlay-layer g").get_attribute("stroke-dasharray")
        assert (dotted is not None) == bool(said), plane
    assert serious(page) == []


def test_each_plane_says_which_side_of_the_patient_lies_at_its_edges(page: Page) -> None:
    """Left, right, top, bottom, as radiologists look: from the feet, from the front, from the left."""
    for plane, sides in (("axial", "右左前后"), ("coronal", "右左头足"), ("sagittal", "前后头足")):
        area = page.locator(f"[data-plane={plane}]")
        for side in sides:
            expect(area.get_by_text(side, exact=True)).to_be_visible()
        boxes = [area.get_by_text(side, exact=True).evaluate(BOX) for side in sides]
        (left, beside), (right, _), (above, top), (_, bottom) = boxes
        assert left < above < right, plane
        assert top < beside < bottom, plane


def test_one_key_hides_what_lies_over_the_planes_and_brings_it_back(page: Page) -> None:
    expect(page.locator("[data-plane] .overlay-layer polygon")).to_have_count(3)
    page.keyboard.press("o")
    expect(page.locator("[data-plane] .overlay-layer polygon")).to_have_count(0)
    expect(page.get_by_text("点线框")).to_have_count(0)
    for lines in page.locator("[data-plane] .plane-lines").all():
        expect(lines).to_be_hidden()
    page.keyboard.press("o")
    expect(page.locator("[data-plane] .overlay-layer polygon")).to_have_count(3)


def test_a_plane_that_passes_beside_a_finding_shows_nothing_of_it(page: Page) -> None:
    axial = page.locator("[data-plane=axial] .overlay-layer polygon")
    expect(axial).to_have_count(1)
    page.keyboard.press("Home")
    expect(axial).to_have_count(0)
    expect(page.locator("[data-plane=coronal] .overlay-layer polygon")).to_have_count(1)
