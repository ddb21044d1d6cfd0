"""Findings are corrected, added and measured where the pixels are: on the canvas, in the patient, in the record."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from service.domain.user import UserRole
from tests.people.browsers import Browser as Client
from tests.web.marked_study import (
    ELSEWHERE_PX,
    LONG_PX,
    SHORT_PX,
    SIZE,
    TISSUE_HU,
    Marked,
    distance_mm,
    lps_mm,
    marked,
    pixel,
)
from tests.web.real_centre import LARGE, SMALL, Centre, open_centre, panel_read, serious

pytestmark = pytest.mark.system
HOSTILE = "<img src=x onerror=alert(1)>\u202e'; DROP TABLE finding;--"
Spot = tuple[float, float]
SPOTS = """() => {
    const canvas = document.querySelector('canvas');
    const { width, height } = canvas;
    const pixels = canvas.getContext('2d').getImageData(0, 0, width, height).data;
    const seen = new Uint8Array(width * height);
    const bright = (at) => pixels[4 * at] > 190;
    const box = canvas.getBoundingClientRect();
    const spots = [];
    for (let at = 0; at < width * height; at += 1) {
        if (seen[at] || !bright(at)) continue;
        const stack = [at]; seen[at] = 1; let [count, x, y] = [0, 0, 0];
        while (stack.length > 0) {
            const now = stack.pop(); count += 1; x += now % width; y += Math.floor(now / width);
            for (const next of [now - 1, now + 1, now - width, now + width]) {
                if (next < 0 || next >= width * height || seen[next] || !bright(next)) continue;
                seen[next] = 1; stack.push(next);
            }
        }
        const scale = box.width / width;
        spots.push([box.left + (x / count + 0.5) * scale, box.top + (y / count + 0.5) * scale]);
    }
    return spots;
}"""
"""The middles of the bright squares, in page coordinates."""
AXES = """() => [...document.querySelectorAll('.overlay-layer g[data-finding] line')].flatMap((line) => {
    const { left, top } = line.ownerSVGElement.getBoundingClientRect();
    const at = (name) => Number(line.getAttribute(name));
    return [[left + at('x1'), top + at('y1')], [left + at('x2'), top + at('y2')]];
})"""
HANDLES = """() => [...document.querySelectorAll('.measure-layer circle')].map((circle) => {
    const { left, top } = circle.ownerSVGElement.getBoundingClientRect();
    return [left + Number(circle.getAttribute('cx')), top + Number(circle.getAttribute('cy'))];
})"""
MIDDLES = """(lines) => lines.map((line) => {
    const { left, top } = line.ownerSVGElement.getBoundingClientRect();
    const at = (name) => Number(line.getAttribute(name));
    return [left + (at('x1') + at('x2')) / 2, top + (at('y1') + at('y2')) / 2];
})"""
WORDS = "() => [...document.querySelectorAll('.measure-layer text')].map((text) => text.textContent)"


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Centre]:
    with open_centre(tmp_path_factory.mktemp("centre"), browser) as opened:
        yield opened


@dataclass
class Reader:
    """A radiologist with the study open."""

    page: Page
    client: Client
    marked: Marked

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def findings(self) -> list[dict[str, Any]]:
        """As the room says them now."""
        study = self.marked.study
        return list(self.client.get(f"/studies/{study.hospital}/{study.study_instance_uid}/reading").json()["findings"])

    def spots(self) -> dict[Spot, Spot]:
        """Where the bright squares are drawn, by the pixel (column, row) they were painted at."""
        expect(self.page.get_by_text("第 3 / 8 层")).to_be_visible()
        self.press("Shift+Digit2")
        drawn: list[Spot] = []
        for _ in range(100):
            drawn = [(x, y) for x, y in self.page.evaluate(SPOTS)]
            if len(drawn) == 5:
                break
            self.page.evaluate("() => new Promise(requestAnimationFrame)")
        painted = sorted((*LONG_PX, *SHORT_PX, ELSEWHERE_PX))
        assert len(drawn) == len(painted), f"{len(drawn)} bright squares are drawn"
        # Middles of one column differ by less than a pixel.
        in_order = sorted(drawn, key=lambda spot: (round(spot[0] / 10), spot[1]))
        return dict(zip(painted, in_order, strict=True))

    def stroke(self, *places: Spot) -> None:
        """Press at the first place, go through the others, let go."""
        (x, y), *rest = places
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        for place in rest:
            self.page.mouse.move(*place, steps=4)
        self.page.mouse.up()


@pytest.fixture(params=["cpu"])
def reader(centre: Centre, request: pytest.FixtureRequest) -> Iterator[Reader]:
    hospital = centre.edges.hospital()
    study = marked(centre.edges, hospital)
    _, client = centre.signed_in(UserRole.RADIOLOGIST, hospitals=[hospital.id])
    yield opened(centre, client, study, request.param)
    centre.close_tabs()


def opened(centre: Centre, client: Client, study: Marked, renderer: str, size: tuple[int, int] = SMALL) -> Reader:
    page = centre.tab(client, size)
    where = f"/read/{study.study.hospital}/{study.study.study_instance_uid}"
    client.send("PUT", "/session/language", {"language": "zh-CN"})
    page.goto(f"{centre.edges.url}{where}?renderer={renderer}")
    expect(page.get_by_text("窗宽")).to_be_visible(timeout=30_000)
    panel_read(page)
    return Reader(page, client, study)


def near(one: Spot, other: Spot) -> float:
    return math.dist(one, other)


both_renderers = pytest.mark.parametrize("reader", ["cpu", "gpu"], indirect=True)


@both_renderers
def test_the_axes_of_a_finding_are_drawn_to_two_pixels_where_their_millimetres_say(reader: Reader) -> None:
    reader.press("1")
    spots = reader.spots()
    expect(reader.page.locator(".overlay-layer g[data-finding] line")).to_have_count(2)
    drawn = [(x, y) for x, y in reader.page.evaluate(AXES)]
    off = {end: near(at, spots[end]) for end, at in zip((*LONG_PX, *SHORT_PX), drawn, strict=True)}
    assert max(off.values()) <= 2, off


@both_renderers
def test_a_dragged_end_is_sent_as_the_place_in_the_patient_where_it_was_let_go(reader: Reader) -> None:
    reader.press("1")
    spots = reader.spots()
    reader.press("m")
    expect(reader.page.locator(".measure-layer circle")).to_have_count(4)
    handles = [(x, y) for x, y in reader.page.evaluate(HANDLES)]
    assert max(near(at, spots[end]) for end, at in zip((*LONG_PX, *SHORT_PX), handles, strict=True)) <= 2
    reader.stroke(handles[1], spots[ELSEWHERE_PX])
    reader.press("Enter")
    expect(reader.page.get_by_text("已更正")).to_be_visible()

    (finding,) = reader.findings()
    start, end = finding["long_axis"]["start_mm"], finding["long_axis"]["end_mm"]
    assert near(tuple(start), lps_mm(*LONG_PX[0])) <= 0.5
    assert near(tuple(end), lps_mm(*ELSEWHERE_PX)) <= 0.5
    assert finding["long_axis_mm"] == pytest.approx(distance_mm(LONG_PX[0], ELSEWHERE_PX), abs=0.5)
    assert finding["long_axis_mm"] == pytest.approx(math.dist(start, end), abs=1e-6)
    assert finding["proposed"]["long_axis_mm"] == pytest.approx(distance_mm(*LONG_PX)), "what the model said stays"
    assert finding["volume_mm3"] is None, "the package's volume is not that of another outline"
    expect(reader.page.get_by_text("AI 原为")).to_be_visible()


def test_lengths_and_words_are_corrected_without_a_mouse(reader: Reader) -> None:
    reader.press("1")
    reader.spots()
    reader.press("m")
    form = reader.page.get_by_role("form", name="更正第 1 项")
    expect(form.get_by_label("长径（mm）")).to_be_focused()
    reader.page.keyboard.type("12.5")
    reader.press("Tab")
    reader.page.keyboard.type("9")
    reader.press("Tab", "ArrowDown", "Tab")
    form.get_by_label("部位与侧别").select_option(label="5 左肺下叶")
    reader.press("Tab")
    reader.page.keyboard.type(HOSTILE)
    reader.press("Enter")
    expect(reader.page.get_by_text("已更正")).to_be_visible()

    (finding,) = reader.findings()
    assert (finding["long_axis_mm"], finding["short_axis_mm"]) == (pytest.approx(12.5), pytest.approx(9.0))
    assert (finding["concept"]["meaning"], finding["place"]) == ("Mass", "左肺下叶")
    assert finding["note"] == HOSTILE
    expect(reader.page.locator("aside").get_by_text(HOSTILE)).to_be_visible()
    assert reader.page.locator("aside img").count() == 0
    (column, row) = pixel(tuple(finding["center_mm"]))
    assert (column, row) == (pytest.approx(42, abs=0.01), pytest.approx(40, abs=0.01)), "stretched around its middle"


def test_words_alone_keep_every_measure_of_the_package(reader: Reader) -> None:
    before = reader.findings()[0]
    reader.press("1", "m")
    form = reader.page.get_by_role("form")
    form.get_by_label("类型").select_option(label="肿块")
    reader.press("Enter")
    expect(reader.page.get_by_text("已更正")).to_be_visible()
    (finding,) = reader.findings()
    assert finding["concept"]["meaning"] == "Mass"
    for kept in ("long_axis_mm", "short_axis_mm", "volume_mm3", "center_mm", "place"):
        assert finding[kept] == before[kept], kept


def test_a_missed_finding_is_added_by_keys_alone_in_the_middle_of_the_image(reader: Reader) -> None:
    reader.press("n")
    form = reader.page.get_by_role("form", name="新发现")
    expect(form.get_by_label("长径（mm）")).to_be_focused()
    expect(form.get_by_role("button", name="保存")).to_be_disabled()
    reader.page.keyboard.type("10")
    reader.press("Tab")
    reader.page.keyboard.type("6,5")
    expect(reader.page.locator(".measure-layer circle")).to_have_count(4)
    form.get_by_label("部位与侧别").select_option(label="3 右肺下叶")
    reader.press("Enter")
    expect(reader.page.get_by_text("医师添加")).to_be_visible()

    own = next(each for each in reader.findings() if each["analysis_id"] is None)
    assert (own["long_axis_mm"], own["short_axis_mm"]) == (pytest.approx(10), pytest.approx(6.5))
    assert pixel(tuple(own["center_mm"])) == (pytest.approx((SIZE - 1) / 2), pytest.approx((SIZE - 1) / 2))
    assert own["image"]["sop_instance_uid"]
    assert own["line"].startswith("右肺下叶见一结节，大小约 10 mm × 6.5 mm")


def test_a_missed_finding_is_added_with_seven_keys_and_each_enter_goes_to_what_is_lacking(reader: Reader) -> None:
    form = reader.page.get_by_role("form", name="新发现")
    place, status = form.get_by_label("部位与侧别"), form.get_by_role("status")
    reader.press("n", "8")
    reader.press("x")
    expect(form.get_by_label("短径（mm）")).to_be_focused()
    reader.press("6", "Enter")
    expect(place).to_be_focused()
    expect(status).to_have_text("请选择部位与侧别：按数字键，再按 Enter。")
    reader.press("3", "Enter")
    expect(reader.page.get_by_text("医师添加")).to_be_visible()
    own = next(each for each in reader.findings() if each["analysis_id"] is None)
    assert (own["long_axis_mm"], own["short_axis_mm"]) == (pytest.approx(8), pytest.approx(6))
    assert own["place"] == "右肺下叶"


def test_a_stroke_asks_for_the_place_at_once_so_that_a_digit_and_enter_are_left(reader: Reader) -> None:
    reader.press("1")
    spots = reader.spots()
    reader.press("n")
    reader.stroke(spots[LONG_PX[0]], spots[ELSEWHERE_PX])
    expect(reader.page.get_by_label("部位与侧别")).to_be_focused()
    reader.press("4", "Enter")
    expect(reader.page.get_by_text("医师添加")).to_be_visible()
    own = next(each for each in reader.findings() if each["analysis_id"] is None)
    assert own["place"] == "左肺上叶"
    assert own["long_axis_mm"] == pytest.approx(distance_mm(LONG_PX[0], ELSEWHERE_PX), abs=0.5)


def test_enter_with_half_a_size_goes_to_the_other_half_and_sends_nothing(reader: Reader) -> None:
    reader.press("n", "8", "Enter")
    form = reader.page.get_by_role("form", name="新发现")
    expect(form.get_by_label("短径（mm）")).to_be_focused()
    expect(form.get_by_role("status")).to_have_text("请输入两个径线（mm），0.1 至 500。")
    assert len(reader.findings()) == 1


@both_renderers
def test_a_missed_finding_is_added_by_a_stroke_or_a_click_and_marked_on_the_image(reader: Reader) -> None:
    reader.press("1")
    spots = reader.spots()
    reader.press("n")
    reader.stroke(spots[LONG_PX[0]], spots[ELSEWHERE_PX])
    reader.page.get_by_label("部位与侧别").select_option(label="1 右肺上叶")
    reader.press("Enter")
    expect(reader.page.get_by_text("医师添加")).to_have_count(1)
    reader.press("n")
    reader.stroke(spots[SHORT_PX[0]])
    cross = reader.page.locator(".overlay-layer g[data-finding='draft'] line")
    expect(cross).to_have_count(2)
    for each in cross.evaluate_all(MIDDLES):
        assert near(tuple(each), spots[SHORT_PX[0]]) <= 2, "what was clicked is seen before it is saved"
    reader.page.get_by_label("部位与侧别").select_option(label="4 左肺上叶")
    reader.press("Enter")
    expect(reader.page.get_by_text("医师添加")).to_have_count(2)

    expect(cross).to_have_count(0)
    _, stroked, clicked = reader.findings()
    assert near(tuple(stroked["long_axis"]["start_mm"]), lps_mm(*LONG_PX[0])) <= 0.5
    assert near(tuple(stroked["long_axis"]["end_mm"]), lps_mm(*ELSEWHERE_PX)) <= 0.5
    assert near(tuple(clicked["center_mm"]), lps_mm(*SHORT_PX[0])) <= 0.5
    assert (clicked["long_axis_mm"], clicked["short_axis_mm"]) == (None, None)
    reader.press("2")
    ends = reader.page.evaluate(
        f"() => ({AXES})()".replace("g[data-finding]", f'g[data-finding="{stroked["tracking_uid"]}"]')
    )
    assert near(tuple(ends[0]), spots[LONG_PX[0]]) <= 2
    assert near(tuple(ends[1]), spots[ELSEWHERE_PX]) <= 2
    expect(reader.page.locator(f"g[data-finding='{clicked['tracking_uid']}'] line")).to_have_count(2)
    reader.press("o")
    expect(reader.page.locator(".overlay-layer g")).to_have_count(0)


@both_renderers
def test_lengths_axes_ellipses_and_angles_are_measured_alike_with_both_renderers(reader: Reader) -> None:
    reader.press("1")
    spots = reader.spots()
    reader.press("d")
    reader.stroke(spots[LONG_PX[0]], spots[ELSEWHERE_PX])
    (length,) = reader.page.evaluate(WORDS)
    assert float(length.removesuffix(" mm")) == pytest.approx(distance_mm(LONG_PX[0], ELSEWHERE_PX), abs=0.5)

    reader.press("Delete", "b")
    reader.stroke(spots[LONG_PX[0]], spots[LONG_PX[1]])
    (axes,) = reader.page.evaluate(WORDS)
    long, short = (float(each) for each in axes.removesuffix(" mm").split(" × "))
    assert long == pytest.approx(distance_mm(*LONG_PX), abs=0.5)
    assert short == pytest.approx(long * 2 / 3, abs=0.1)

    reader.press("Delete", "g")
    corner = (spots[SHORT_PX[0]], spots[LONG_PX[0]], spots[SHORT_PX[1]])
    reader.stroke(corner[0], corner[1])
    reader.stroke(corner[2])
    (angle,) = reader.page.evaluate(WORDS)
    half = math.atan2(6 * 0.9, 12 * 0.7)
    assert float(angle.removesuffix("°")) == pytest.approx(math.degrees(2 * half), abs=2)

    reader.press("Delete", "e")
    scale = near(spots[LONG_PX[0]], spots[ELSEWHERE_PX]) / math.hypot(60 * 0.7, 24 * 0.9)
    x, y = spots[LONG_PX[0]]
    # From pixel (24, 84) to (64, 116): inside the tissue of 40 HU.
    reader.stroke((x - 6 * 0.7 * scale, y + 44 * 0.9 * scale), (x + 34 * 0.7 * scale, y + 76 * 0.9 * scale))
    mean, spread, area = reader.page.evaluate(WORDS)
    assert mean == f"均值 {TISSUE_HU} ± 0 HU"
    assert spread == f"最小 {TISSUE_HU}，最大 {TISSUE_HU} HU"
    assert float(area.removesuffix(" mm²")) == pytest.approx(math.pi / 4 * 40 * 0.7 * 32 * 0.9, rel=0.03)


def test_everything_is_taken_back_in_the_order_in_which_it_was_done(reader: Reader) -> None:
    reader.press("1")
    spots = reader.spots()
    reader.press("a")
    expect(reader.page.get_by_text("已接受")).to_be_visible()
    reader.press("d")
    reader.stroke(spots[LONG_PX[0]], spots[ELSEWHERE_PX])
    expect(reader.page.locator(".measure-layer g")).to_have_count(1)
    reader.press("u")
    expect(reader.page.locator("aside").get_by_text("不确定", exact=True)).to_be_visible()
    reader.press("Control+z")
    expect(reader.page.get_by_text("已接受")).to_be_visible()
    reader.press("Control+z")
    expect(reader.page.locator(".measure-layer g")).to_have_count(0)
    reader.press("Control+z")
    expect(reader.page.get_by_text("待处理")).to_be_visible()
    assert reader.findings()[0]["judgements"] == []


def test_an_act_of_an_earlier_visit_is_taken_back_too(reader: Reader) -> None:
    reader.press("1", "x", "1")
    expect(reader.page.get_by_text("已拒绝")).to_be_visible()
    reader.page.reload()
    expect(reader.page.get_by_text("已拒绝")).to_be_visible()
    reader.press("Control+z")
    expect(reader.page.get_by_text("待处理")).to_be_visible()


def test_how_long_the_study_was_open_is_kept_with_every_act(reader: Reader, centre: Centre) -> None:
    reader.press("1", "a")
    expect(reader.page.get_by_text("已接受")).to_be_visible()
    reader.press("Control+z")
    expect(reader.page.get_by_text("待处理")).to_be_visible()
    with centre.edges.archive.read() as connection:
        kept = connection.exec_driver_sql(
            "SELECT action, ms_since_open FROM review_event WHERE study_id = ? ORDER BY seq", (reader.marked.study.id,)
        ).all()
    assert [action for action, _ in kept] == ["accept", "undo"]
    assert 0 < kept[0][1] < kept[1][1] < 60_000


def test_a_draft_is_left_with_escape_and_nothing_was_sent(reader: Reader) -> None:
    reader.press("n")
    reader.page.keyboard.type("10")
    reader.press("Escape")
    expect(reader.page.get_by_role("form")).to_have_count(0)
    assert len(reader.findings()) == 1


@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_axe_finds_nothing_serious_while_a_finding_is_corrected(
    centre: Centre, reader: Reader, size: tuple[int, int], tmp_path: Path
) -> None:
    large = opened(centre, reader.client, reader.marked, "cpu", size)
    large.press("1", "m")
    expect(large.page.locator(".measure-layer circle")).to_have_count(4)
    large.page.screenshot(path=tmp_path / f"correcting-{size[0]}.png")
    assert serious(large.page) == []


def test_the_image_takes_the_focus_without_keeping_the_keys(reader: Reader) -> None:
    region = reader.page.get_by_role("region", name="图像")
    region.focus()
    expect(region).to_be_focused()
    reader.press("Home", "ArrowDown")
    expect(reader.page.get_by_text("第 2 / 8 层")).to_be_visible()
    reader.press("Tab")
    expect(region).not_to_be_focused()
