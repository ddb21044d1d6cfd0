"""Figures of an evaluation with their 95 % intervals, resampled by patient or group."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

RESAMPLINGS = 1000


def auroc(scores: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    """Area under the ROC curve (Mann-Whitney, ties count half)."""
    positive = int(labels.sum())
    negative = len(labels) - positive
    ranks = rankdata(scores)
    return float((ranks[labels == 1].sum() - positive * (positive + 1) / 2) / (positive * negative))


def average_precision(scores: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    """Mean precision at the rank of each positive."""
    ranked = labels[np.argsort(-scores, kind="stable")].astype(float)
    precision = np.cumsum(ranked) / np.arange(1, len(ranked) + 1)
    return float((precision * ranked).sum() / ranked.sum())


def sensitivity_at(scores: NDArray[np.float64], labels: NDArray[np.int64], false_positive_rate: float) -> float:
    """Share of positives above the score that this share of negatives exceeds."""
    cut = np.quantile(scores[labels == 0], 1 - false_positive_rate)
    return float((scores[labels == 1] > cut).mean())


def interval(
    figure: Callable[[NDArray[np.int64]], float], groups: NDArray[np.generic], *, seed: int = 0
) -> tuple[float, float]:
    """2.5 and 97.5 % points of a figure over resampled groups; figure: of the indices of the rows in the sample."""
    random = np.random.default_rng(seed)
    names, inverse = np.unique(groups, return_inverse=True)
    members = [np.flatnonzero(inverse == number) for number in range(len(names))]
    values = []
    for _ in range(RESAMPLINGS):
        drawn = random.integers(len(names), size=len(names))
        values.append(figure(np.concatenate([members[one] for one in drawn])))
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return float(low), float(high)
