"""The evaluation's own figures, against values worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from training.ct_chest_nodule.calibration import Platt, fit, free_response, operating_point
from training.ct_chest_nodule.evaluation import false_positive_metric
from training.ct_chest_nodule.figures import auroc, average_precision, interval, sensitivity_at
from training.ct_chest_nodule.insertion import Seen

SCORES = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
LABELS = np.array([1, 0, 1, 0, 0])


def test_the_area_under_the_curve_counts_ordered_pairs() -> None:
    assert auroc(SCORES, LABELS) == pytest.approx(5 / 6)
    assert auroc(np.zeros(5), LABELS) == pytest.approx(0.5)


def test_average_precision_is_the_mean_precision_at_each_positive() -> None:
    assert average_precision(SCORES, LABELS) == pytest.approx((1 + 2 / 3) / 2)


def test_sensitivity_at_a_false_positive_rate_counts_positives_above_the_cut() -> None:
    scores = np.concatenate([np.linspace(0, 1, 101), [0.94, 0.96, 0.99]])
    labels = np.array([0] * 101 + [1] * 3)
    assert sensitivity_at(scores, labels, 0.05) == pytest.approx(2 / 3)


def test_an_interval_covers_its_figure_and_widens_with_fewer_groups() -> None:
    values = np.random.default_rng(0).normal(5, 1, 400)
    many = interval(lambda rows: float(values[rows].mean()), np.arange(400))
    few = interval(lambda rows: float(values[rows].mean()), np.arange(400) // 100)
    assert many[0] < values.mean() < many[1]
    assert many[1] - many[0] == pytest.approx(2 * 1.96 / 20, rel=0.15)
    assert few[0] <= values.mean() <= few[1]


def test_no_false_positive_in_one_scan_still_allows_up_to_3_7() -> None:
    metric = false_positive_metric([0, 0], "x", scans_differ=False)
    assert metric.low == 0
    assert metric.high == pytest.approx(3.689, abs=0.001)  # exact Poisson limit of 0 events


def separable() -> Seen:
    random = np.random.default_rng(3)
    nodule = np.concatenate([np.arange(40), np.full(400, -1)])
    slices = np.concatenate([random.normal(2, 1, 40), random.normal(-2, 1, 400)])
    return Seen(np.arange(440) % 10, nodule, slices, slices + random.normal(0, 1, 440))


def test_calibrated_probabilities_add_up_to_what_a_scan_holds() -> None:
    seen = separable()
    platt = fit(seen)
    said = platt.probability(seen.slices, seen.cube)
    positive = seen.nodule >= 0
    expected = said[positive].mean() * 1.33 + said[~positive].sum() / 10
    assert expected == pytest.approx(1.33, rel=0.1)


def test_the_operating_point_is_the_lowest_threshold_within_the_wanted_false_positives() -> None:
    seen = separable()
    platt = Platt(1.0, 0.0, 0.0)
    nodules = [object()] * 40
    point = operating_point(seen, nodules, platt, 1.0)  # type: ignore[arg-type]
    lower = free_response(seen, nodules, platt, point.threshold - 0.01)  # type: ignore[arg-type]
    assert point.false_positives_per_scan <= 1.0 < lower.false_positives_per_scan
    by_hand = (1 / (1 + np.exp(-seen.slices[:40])) >= point.threshold).mean()
    assert point.sensitivity == pytest.approx(by_hand)
