"""How an examination hangs: by what was examined, beside a prior that is like it and not too old."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.windows import Window
from service.domain.hanging import (
    PLACES,
    Earlier,
    ExamKind,
    HangableSeries,
    Hung,
    HungLayout,
    HungPlace,
    PlacesMismatch,
    built_in,
    hang,
    prior_of,
)

LUNG, BRAIN = Window(-600, 1500), Window(40, 80)
CHEST_CT = ExamKind("CT", "chest")
TODAY = "20261128"


def series(uid: str, description: str = "", count: int = 100, body_part: str = "CHEST", modality: str = "CT"):
    return HangableSeries(uid, modality, description, body_part, count)


def earlier(uid: str, study_date: str, *of: HangableSeries, description: str = "") -> Earlier:
    return Earlier(uid, study_date, description, of or (series(f"{uid}.1"),))


@pytest.mark.parametrize(
    ("kind", "layout", "windows"),
    [
        (CHEST_CT, "1x2", [LUNG, LUNG]),
        (ExamKind("CT", "head"), "1x1", [BRAIN]),
        (ExamKind("CT", "abdomen"), "1x1", [None]),
        (ExamKind("CT", ""), "1x1", [None]),
        (ExamKind("DX", "chest"), "1x1", [None]),
        (ExamKind("MR", "head"), "1x1", [None]),
        (ExamKind("", ""), "1x1", [None]),
    ],
)
def test_the_built_in_protocols(kind: ExamKind, layout: str, windows: list[Window | None]) -> None:
    hung = built_in(kind)
    assert hung.layout == layout
    assert [None if each is None else each.window for each in hung.places] == windows
    assert hung.is_linked


@pytest.mark.parametrize(
    ("modality", "body_part", "description", "kind"),
    [
        ("CT", "CHEST", "", CHEST_CT),
        ("CT", "", "胸部CT平扫", CHEST_CT),
        ("CT", "THORAX", "Head", CHEST_CT),
        ("CT", "CHESTABDPELV", "", ExamKind("CT", "")),
        ("CR", "CHEST", "", ExamKind("DX", "chest")),
        ("DX", "CHEST", "", ExamKind("DX", "chest")),
        ("MR", "", "", ExamKind("MR", "")),
    ],
)
def test_what_images_say_is_one_kind(modality: str, body_part: str, description: str, kind: ExamKind) -> None:
    assert ExamKind.of(modality, body_part, description) == kind


def test_the_newest_prior_of_the_same_region_hangs_beside() -> None:
    head = series("3.1", body_part="HEAD")
    of_patient = [
        earlier("1", "20260101"),
        earlier("2", "20260701"),
        earlier("3", "20261101", head),
        earlier("4", "20261102", series("4.1", modality="MR")),
    ]
    found = prior_of(CHEST_CT, TODAY, of_patient)
    assert found is not None
    assert found.uid == "2"


@pytest.mark.parametrize(
    ("then", "hangs"),
    [
        ("20261127", True),
        ("20241128", True),
        ("20241127", False),
        ("20261128", False),
        ("20261129", False),
        ("", False),
    ],
)
def test_a_prior_is_older_than_the_study_and_not_older_than_24_months(then: str, hangs: bool) -> None:
    assert (prior_of(CHEST_CT, TODAY, [earlier("1", then)]) is not None) is hangs


def test_two_years_before_a_leap_day_is_the_day_before_it() -> None:
    assert prior_of(CHEST_CT, "20280229", [earlier("1", "20260228")]) is not None
    assert prior_of(CHEST_CT, "20280229", [earlier("1", "20260227")]) is None


def test_without_a_date_nothing_is_called_earlier() -> None:
    assert prior_of(CHEST_CT, "", [earlier("1", "20260101")]) is None
    assert prior_of(CHEST_CT, "2026-1-1", [earlier("1", "20260101")]) is None


@given(st.dates(date(1990, 1, 1), date(2026, 11, 28)))
def test_a_prior_of_any_day_hangs_exactly_within_the_span(then: date) -> None:
    found = prior_of(CHEST_CT, TODAY, [earlier("1", then.strftime("%Y%m%d"))])
    assert (found is not None) is (date(2024, 11, 28) <= then < date(2026, 11, 28))


def test_the_lung_series_hangs_in_the_lung_window_and_the_scout_does_not() -> None:
    own = [series("1", "Scout", 2), series("2", "Mediastinum 5.0", 80), series("3", "Lung 1.25", 300)]
    prior = [series("8", "Mediastinum 5.0", 400), series("9", "LUNG 1.25", 60)]
    first, beside = hang(built_in(CHEST_CT), own, prior)
    assert first is not None
    assert beside is not None
    assert (first.series.uid, first.window) == ("3", LUNG)
    assert (beside.series.uid, beside.is_prior) == ("9", True)


def test_no_series_hangs_twice_and_a_place_for_which_there_is_none_stays_empty() -> None:
    four = Hung(HungLayout.FOUR, True, (HungPlace(False, "5.0"), HungPlace(False, "5.0"), HungPlace(False), None))
    hangings = hang(four, [series("1", "5.0"), series("2", "1.25")], ())
    assert [None if each is None else each.series.uid for each in hangings] == ["1", "2", None, None]


def test_where_there_is_no_prior_its_place_is_not_left_empty() -> None:
    assert built_in(CHEST_CT).without_prior().layout is HungLayout.ONE
    three = (HungPlace(False, "a"), HungPlace(True), HungPlace(False, "b"), HungPlace(True))
    left = Hung(HungLayout.FOUR, True, three).without_prior()
    assert (left.layout, len(left.places)) == (HungLayout.TWO, 2)
    only_prior = Hung(HungLayout.ONE, True, (HungPlace(True),)).without_prior()
    assert [None if each is None else each.is_prior for each in only_prior.places] == [False]


@pytest.mark.parametrize(
    ("layout", "places"),
    [(HungLayout.TWO, (HungPlace(False),)), (HungLayout.ONE, (None,)), (HungLayout.ONE, (HungPlace(False), None))],
)
def test_a_layout_has_the_places_of_its_name(layout: HungLayout, places: tuple[HungPlace | None, ...]) -> None:
    with pytest.raises(PlacesMismatch):
        Hung(layout, True, places)


_PLACE = st.none() | st.builds(HungPlace, st.booleans(), st.sampled_from(["", "a", "b"]), st.none() | st.just(LUNG))


@given(st.data(), st.sampled_from(HungLayout), st.integers(0, 5), st.integers(0, 3))
def test_whatever_hangs_fits_its_layout(data: st.DataObject, layout: HungLayout, own: int, prior: int) -> None:
    count = PLACES[layout]
    places = tuple(data.draw(st.lists(_PLACE, min_size=count, max_size=count).filter(any)))
    hung = Hung(layout, True, places)
    for fitted in (hung, hung.without_prior()):
        hangings = hang(
            fitted, [series(f"1.{n}", "a") for n in range(own)], [series(f"2.{n}", "b") for n in range(prior)]
        )
        uids = [each.series.uid for each in hangings if each is not None]
        assert len(hangings) == PLACES[fitted.layout]
        assert len(uids) == len(set(uids))
    assert not any(each is not None and each.is_prior for each in hung.without_prior().places)
