"""The image of a disagreement: both sides' lines where they were drawn, no word on it, and only what can carry none."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from tests.people.browsers import Browsers
from tests.people.exploring import People, Ward, said
from tests.people.test_reading_page import LUNG, NODULE
from tests.web.marked_study import SHOWN, SIZE, Marked, distance_mm, lps_mm, marked

PACKAGE, READER = (242, 201, 76), (79, 209, 197)
OUTLINE_PX = ((30, 36), (54, 36), (54, 44), (30, 44))
DRAWN_PX = ((28.0, 60.0), (60.0, 60.0))
"""The reader's long axis, away from the package's outline: (column, row) of its ends."""


@pytest.fixture(scope="module")
def people(browsers: Browsers) -> People:
    return People.of(browsers)


@pytest.fixture
def ward(browsers: Browsers, people: People) -> Ward:
    return Ward.of(browsers, people)


@pytest.fixture
def study(ward: Ward) -> Marked:
    return marked(ward.browsers.edges, ward.hospital)


def axis(ends: tuple[tuple[float, float], tuple[float, float]], slice_index: int = SHOWN) -> dict:
    start, end = (lps_mm(*place, slice_index) for place in ends)
    return {"start_mm": start, "end_mm": end, "length_mm": distance_mm(*ends)}


def corrected(ward: Ward, study: Marked, sop_instance_uid: str) -> str:
    image = {"sop_instance_uid": sop_instance_uid, "frame": None}
    body = {"concept": NODULE, "site": LUNG, "long_axis": axis(DRAWN_PX), "image": image}
    ward.judged(study.study, "correct", study.tracking_uid, said=body)
    ward.signed(study.study)
    return str(ward.rows(kind="remeasured")[0]["id"])


def picture(ward: Ward, disagreement: str, number: int = 1, **query: str) -> np.ndarray:
    answer = ward.scientist.get(f"/explore/disagreements/{disagreement}/pictures/{number}", **query)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/png"), answer.text
    image = Image.open(io.BytesIO(answer.content))
    assert image.info == {}, "nothing is written beside the pixels"
    return np.asarray(image.convert("RGB")).astype(int)


def is_near(pixels: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    return np.abs(pixels - np.array(colour)).max(axis=-1) < 60


def at(pixels: np.ndarray, column: float, row: float) -> tuple[int, int]:
    """The pixel of the picture in the middle of a pixel of the frame, as (row, column)."""
    scale = pixels.shape[0] / SIZE
    return round((row + 0.5) * scale - 0.5), round((column + 0.5) * scale - 0.5)


def reach(found: np.ndarray, scale: float) -> tuple[float, float, float, float]:
    """Least and greatest column and row of what is so coloured, in pixels of the frame."""
    rows, columns = np.nonzero(found)
    return tuple(float((each + 0.5) / scale - 0.5) for each in (columns.min(), columns.max(), rows.min(), rows.max()))  # type: ignore[return-value]


def test_the_packages_outline_and_the_readers_axis_lie_where_they_were_drawn(ward: Ward, study: Marked) -> None:
    shown = picture(ward, corrected(ward, study, study.sop_instance_uid))
    scale = shown.shape[0] / SIZE
    assert scale >= 2, "a small frame is enlarged, so that its lines are thin"
    (left, top), (right, bottom) = OUTLINE_PX[0], OUTLINE_PX[2]
    assert reach(is_near(shown, PACKAGE), scale) == pytest.approx((left, right, top, bottom), abs=0.5)
    (start, row), (end, _) = DRAWN_PX
    assert reach(is_near(shown, READER), scale) == pytest.approx((start, end, row, row), abs=0.5)
    assert is_near(shown, READER)[at(shown, 44, 60)]
    assert not is_near(shown, PACKAGE)[at(shown, 42, 60)]


def test_a_window_changes_what_is_seen_and_not_where_the_lines_are(ward: Ward, study: Marked) -> None:
    disagreement = corrected(ward, study, study.sop_instance_uid)
    lung, soft = (picture(ward, disagreement, window=window) for window in ("lung", "soft"))
    tissue, scale = at(lung, 40, 100), lung.shape[0] / SIZE  # 40 HU
    assert lung[tissue][0] > soft[tissue][0] + 80
    assert reach(is_near(lung, READER), scale) == pytest.approx(reach(is_near(soft, READER), scale), abs=0.3)
    assert ward.scientist.get(f"/explore/disagreements/{disagreement}/pictures/1", window="x").status_code == 422


def test_where_both_looked_at_other_slices_there_are_two_pictures(ward: Ward, study: Marked) -> None:
    with ward.browsers.edges.archive.read() as connection:
        other = connection.exec_driver_sql(
            "SELECT sop_instance_uid FROM instance WHERE study_id = ? AND sop_instance_uid <> ? AND is_image LIMIT 1",
            (study.study.id, study.sop_instance_uid),
        ).scalar_one()
    disagreement = corrected(ward, study, other)
    (row,) = ward.rows()
    assert row["pictures"] == 2
    first, second = (picture(ward, disagreement, number) for number in (1, 2))
    assert (is_near(first, PACKAGE).any(), is_near(first, READER).any()) == (True, False)
    assert (is_near(second, PACKAGE).any(), is_near(second, READER).any()) == (False, True)
    assert ward.scientist.get(f"/explore/disagreements/{disagreement}/pictures/3").status_code == 422


def test_a_rejected_finding_is_shown_as_the_package_saw_it(ward: Ward, study: Marked) -> None:
    ward.judged(study.study, "reject", study.tracking_uid, reason="vessel")
    ward.signed(study.study)
    (row,) = ward.rows()
    assert row["pictures"] == 1
    shown = picture(ward, row["id"])
    assert (is_near(shown, PACKAGE).any(), is_near(shown, READER).any()) == (True, False)
    assert ward.scientist.get(f"/explore/disagreements/{row['id']}/pictures/2").json()["code"] == "not-found"


@pytest.mark.parametrize(
    "setting",
    [
        "sop_class_uid = '1.2.840.10008.5.1.4.1.1.6.1'",
        "sop_class_uid = '1.2.840.10008.5.1.4.1.1.7'",
        "facts = json_set(facts, '$.burned_in_annotation', 'YES')",
        'facts = json_set(facts, \'$.image_type\', json(\'["DERIVED", "SECONDARY", "SCREEN SAVE"]\'))',
    ],
    ids=["ultrasound", "secondary capture", "burned in", "screen"],
)
def test_what_can_carry_a_name_in_its_pixels_is_not_shown(ward: Ward, study: Marked, setting: str) -> None:
    disagreement = corrected(ward, study, study.sop_instance_uid)
    with ward.browsers.edges.archive.write() as connection:
        connection.exec_driver_sql(f"UPDATE instance SET {setting} WHERE study_id = ?", (study.study.id,))
    refused = ward.scientist.get(f"/explore/disagreements/{disagreement}/pictures/1")
    assert (refused.status_code, refused.json()["code"]) == (406, "not-acceptable")


def test_another_studys_image_is_not_reached_by_naming_it_in_a_judgement(ward: Ward, study: Marked) -> None:
    elsewhere = ward.browsers.edges.study(ward.hospital)
    with ward.browsers.edges.archive.read() as connection:
        uid = connection.exec_driver_sql(
            "SELECT sop_instance_uid FROM instance WHERE study_id = ? LIMIT 1", (elsewhere.id,)
        ).scalar_one()
    own = {"sop_instance_uid": study.sop_instance_uid, "frame": None}
    ward.judged(study.study, "add", "2.25.901", said=said(4.0, image=own))
    with ward.browsers.edges.archive.write() as connection:
        changed = connection.exec_driver_sql(
            "UPDATE review_event SET said = replace(said, ?, ?) WHERE study_id = ?",
            (study.sop_instance_uid, uid, study.study.id),
        )
        assert changed.rowcount == 1
    ward.signed(study.study)
    (row,) = ward.rows(kind="added")
    assert ward.scientist.get(f"/explore/disagreements/{row['id']}/pictures/1").json()["code"] == "not-acceptable"


def test_looking_at_an_image_is_a_read_of_its_study_on_record(ward: Ward, study: Marked) -> None:
    picture(ward, corrected(ward, study, study.sop_instance_uid))
    with ward.browsers.edges.archive.read() as connection:
        found = connection.exec_driver_sql(
            "SELECT hospital_id FROM audit WHERE action = 'read:explore-picture' AND subject = ?",
            (study.study.study_instance_uid,),
        ).scalars()
        assert list(found) == [ward.hospital.id]


def test_the_scientist_has_no_way_to_the_images_themselves(ward: Ward, study: Marked) -> None:
    base = f"/dicom-web/h/{ward.hospital.id}/studies/{study.study.study_instance_uid}"
    assert ward.scientist.client.get(f"{base}/metadata").status_code == 403
