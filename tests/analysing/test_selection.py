"""The series that fits is read; where none fits, the reason of the nearest is given."""

from __future__ import annotations

import dataclasses
import hashlib
import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_series import manifest

from models.contract import RefusalReason, Refused
from models.selection import Selected, SeriesFacts, fingerprint, select, series_geometry, unfit

CHEST = SeriesFacts(
    series_instance_uid="2.25.1",
    modality="CT",
    sop_class_uids=frozenset({"1.2.840.10008.5.1.4.1.1.2"}),
    image_types=frozenset({"ORIGINAL", "PRIMARY", "AXIAL"}),
    slice_thickness_mm=1.25,
    slice_spacing_mm=1.25,
    kernel="B30f",
    orientation="axial",
    instance_count=200,
    image_count=200,
    extent_mm=248.75,
    patient_age_years=60,
    patient_sex="F",
    body_part="CHEST",
    lossy=False,
    description="LUNG 1.25",
    series_number=3,
)


def like(**changes: object) -> SeriesFacts:
    return dataclasses.replace(CHEST, **changes)


UNFIT = [
    (like(modality="MR"), RefusalReason.WRONG_MODALITY),
    (like(modality=""), RefusalReason.WRONG_MODALITY),
    (like(sop_class_uids=frozenset({"1.2.840.10008.5.1.4.1.1.7"})), RefusalReason.NOT_AN_IMAGE_VOLUME),
    (like(image_types=frozenset({"ORIGINAL", "PRIMARY", "LOCALIZER"})), RefusalReason.NO_SUITABLE_SERIES),
    (like(image_types=frozenset({"DERIVED", "SECONDARY", "MPR"})), RefusalReason.NO_SUITABLE_SERIES),
    (like(image_types=frozenset({"DERIVED", "PRIMARY", "MIN_IP"})), RefusalReason.NO_SUITABLE_SERIES),
    (like(body_part="KNEE"), RefusalReason.WRONG_BODY_PART),
    (like(body_part="ABDOMEN"), RefusalReason.WRONG_BODY_PART),
    (like(body_part="T-Spine"), RefusalReason.WRONG_BODY_PART),
    (like(body_part="腹部"), RefusalReason.WRONG_BODY_PART),
    (like(body_part="HEAD_NECK"), RefusalReason.WRONG_BODY_PART),
    (like(patient_age_years=6), RefusalReason.NOT_FOR_CHILDREN),
    (like(patient_age_years=91), RefusalReason.AGE_OUT_OF_RANGE),
    (like(slice_thickness_mm=5.0), RefusalReason.SLICES_TOO_THICK),
    (like(slice_spacing_mm=5.0), RefusalReason.SLICES_TOO_THICK),
    (like(image_count=12), RefusalReason.TOO_FEW_SLICES),
    (like(extent_mm=80.0), RefusalReason.COVERAGE_TOO_SHORT),
    (like(lossy=True), RefusalReason.LOSSY_COMPRESSION),
]


@pytest.mark.parametrize(("facts", "reason"), UNFIT, ids=[reason for _, reason in UNFIT])
def test_a_series_outside_the_intended_use_is_refused_by_name(facts: SeriesFacts, reason: RefusalReason) -> None:
    refused = select(manifest(), [facts])
    assert isinstance(refused, Refused)
    assert refused.reason is reason
    assert "series 3 'LUNG 1.25'" in refused.detail
    assert unfit(manifest(), facts) == refused


def test_a_refusal_says_what_was_seen_and_what_is_asked() -> None:
    refused = select(manifest(), [like(slice_thickness_mm=5.0)])
    assert isinstance(refused, Refused)
    assert "5 mm" in refused.detail
    assert "2.5 mm" in refused.detail


def test_a_refusal_does_not_tell_the_age_or_sex_of_the_patient() -> None:
    young = unfit(manifest(), like(patient_age_years=6.37))
    other = unfit(manifest(sexes=["M"]), like(patient_sex="F"))
    assert young is not None
    assert "6" not in young.detail
    assert other is not None
    assert other.reason is RefusalReason.SEX_NOT_COVERED


def test_a_package_for_the_old_calls_an_adult_out_of_range_and_not_a_child() -> None:
    middle_aged = unfit(manifest(min_age_years=50), like(patient_age_years=40))
    assert middle_aged is not None
    assert middle_aged.reason is RefusalReason.AGE_OUT_OF_RANGE


CHEST_IN_OTHER_WORDS = [
    "CHEST", " chest ", "Thorax", "LUNG", "LUNGS", "CHEST/ABD/PELV", "NECKCHESTABDPELV", "CHEST_TO_PELVIS", "Chest w/o",
    "THORACIC", "胸部", "胸部平扫", "肺", "RIB",
]  # fmt: skip


@pytest.mark.parametrize("words", CHEST_IN_OTHER_WORDS)
def test_a_chest_is_read_however_the_scanner_words_it(words: str) -> None:
    assert isinstance(select(manifest(), [like(body_part=words)]), Selected)
    assert isinstance(select(manifest(body_parts=["THORAX"]), [like(body_part=words)]), Selected)


@pytest.mark.parametrize("words", ["WHOLEBODY", "TRUNK", "UNKNOWN", "TORAX", "CAP", "--", "躯干"])
def test_a_body_part_that_says_nothing_certain_is_left_to_the_pixels(words: str) -> None:
    assert isinstance(select(manifest(), [like(body_part=words)]), Selected)


def test_a_package_for_two_regions_is_not_given_one_of_them() -> None:
    both = manifest(body_parts=["CHEST_ABDOMEN"])
    assert unfit(both, like(body_part="ABDOMEN")) is not None
    assert unfit(both, like(body_part="CHESTABDPELVIS")) is None


def test_slices_as_the_scanner_made_them_come_before_derived_ones_which_are_read_where_there_are_no_others() -> None:
    later = like(series_instance_uid="2.25.2", image_types=frozenset({"ORIGINAL", "SECONDARY", "AXIAL"}))
    thinner = dataclasses.replace(later, slice_spacing_mm=0.6)
    both, alone = select(manifest(), [thinner, CHEST]), select(manifest(), [later])
    assert isinstance(both, Selected)
    assert both.series_instance_uid == CHEST.series_instance_uid
    assert "not as the scanner made it" in both.reasons[1]
    assert isinstance(alone, Selected)


@pytest.mark.parametrize("silent", [
    like(body_part=""), like(patient_age_years=None), like(patient_sex=None),
    like(slice_thickness_mm=None), like(slice_spacing_mm=None, extent_mm=None), like(kernel=None),
    like(slice_spacing_mm=2.5000001), like(orientation=None),
])  # fmt: skip
def test_what_a_header_does_not_say_is_not_held_against_it(silent: SeriesFacts) -> None:
    assert isinstance(select(manifest(), [silent]), Selected)


def test_an_empty_study_has_no_suitable_series() -> None:
    refused = select(manifest(), [])
    assert isinstance(refused, Refused)
    assert refused.reason is RefusalReason.NO_SUITABLE_SERIES


def test_of_unfit_series_the_one_that_got_furthest_is_named() -> None:
    refused = select(manifest(), [UNFIT[0][0], like(lossy=True, series_number=9), like(image_count=3)])
    assert isinstance(refused, Refused)
    assert refused.reason is RefusalReason.LOSSY_COMPRESSION
    assert "series 9" in refused.detail


BEST_FIRST = [
    like(series_instance_uid="2.25.9"),
    like(series_instance_uid="2.25.3", image_count=199),
    like(series_instance_uid="2.25.2", slice_spacing_mm=2.0),
    like(series_instance_uid="2.25.4", kernel="STANDARD", slice_spacing_mm=0.5),
    like(series_instance_uid="2.25.5", kernel="B70f", slice_spacing_mm=0.5),
    like(series_instance_uid="2.25.6", orientation=None),
    like(series_instance_uid="2.25.7", orientation="coronal", slice_spacing_mm=0.3),
]


@pytest.mark.parametrize("seed", range(5))
def test_orientation_counts_before_kernel_before_spacing_before_count(seed: int) -> None:
    left = list(BEST_FIRST)
    while left:
        shuffled = random.Random(seed).sample(left, len(left))
        chosen = select(manifest(), shuffled)
        assert isinstance(chosen, Selected)
        assert chosen.series_instance_uid == left.pop(0).series_instance_uid


def test_why_each_series_was_chosen_or_not_is_kept() -> None:
    chosen = select(
        manifest(), [like(series_instance_uid="2.25.2", series_number=4, kernel="B70f"), CHEST, UNFIT[3][0]]
    )
    assert isinstance(chosen, Selected)
    first, second, third = chosen.reasons
    assert first.startswith("series 3 'LUNG 1.25': chosen: ")
    assert second.startswith("series 4 'LUNG 1.25': not chosen: fits, but a less preferred kernel")
    assert "LOCALIZER" in third


def test_a_series_without_number_and_description_is_named_by_its_uid() -> None:
    refused = select(manifest(), [like(modality="MR", series_number=None, description="")])
    assert isinstance(refused, Refused)
    assert "series 2.25.1:" in refused.detail


@given(st.integers(2, 400), st.floats(0.3, 10), st.randoms())
def test_even_slices_give_their_spacing_whatever_the_order(count: int, spacing_mm: float, order: random.Random) -> None:
    positions = [(5.0, -7.0, index * spacing_mm) for index in range(count)] * 2
    order.shuffle(positions)
    got_mm, extent_mm, orientation = series_geometry(positions, (1, 0, 0, 0, 1, 0))
    assert got_mm == pytest.approx(spacing_mm)
    assert extent_mm == pytest.approx((count - 1) * spacing_mm)
    assert orientation == "axial"


@pytest.mark.parametrize(("cosines", "orientation"), [
    ((1, 0, 0, 0, 1, 0), "axial"),
    ((1, 0, 0, 0, 0, -1), "coronal"),
    ((0, 1, 0, 0, 0, -1), "sagittal"),
    ((1, 0, 0, 0, math.cos(math.radians(30)), -0.5), "axial"),
    ((1, 0, 0, 0, math.sqrt(0.5), -math.sqrt(0.5)), "oblique"),
    ((1, 0, 0, 1, 0, 0), None),
    ((math.nan, 0, 0, 0, 1, 0), None),
    ((1, 0, 0), None),
    (None, None),
])  # fmt: skip
def test_the_orientation_follows_the_normal(cosines: tuple[float, ...] | None, orientation: str | None) -> None:
    assert series_geometry([], cosines) == (None, None, orientation)


def test_unusable_positions_are_left_out() -> None:
    positions = [(0.0, 0.0, 0.0), (0.0, 0.0), (0.0, 0.0, math.inf), (0.0, 0.0, 4.0)]
    assert series_geometry(positions, (1, 0, 0, 0, 1, 0)) == (4.0, 4.0, "axial")


def test_the_fingerprint_depends_on_the_instances_and_not_on_their_order() -> None:
    pairs = [("1.2.3", "aa"), ("1.2.4", "bb")]
    expected = hashlib.sha256(b"1.2.3 aa\n1.2.4 bb\n").hexdigest()
    assert fingerprint(pairs) == fingerprint(reversed(pairs)) == expected
    assert fingerprint([("1.2.3", "bb"), ("1.2.4", "aa")]) != expected
    assert fingerprint(pairs[:1]) != expected
