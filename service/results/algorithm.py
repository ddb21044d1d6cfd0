"""Which algorithm said it: name, version, thresholds and weights, the same in SR and SEG (AC-03)."""

from __future__ import annotations

from models.manifest import Interval, Output
from service.domain.wording import figures, said
from service.results.document import ResultContext


def parameters(context: ResultContext) -> tuple[str, ...]:
    """The Algorithm Parameters: an operating threshold a line, then what leads back to the weights and the run."""
    package = context.package
    status = package.use_status
    number = f" {status.number}" if status.number else ""
    return (
        *(_operating_point(output) for output in package.outputs),
        f"calibration: {package.calibration}",
        f"use status: {status.kind.value}{number}; {said(status.words, context.language)}",
        f"weights SHA-256: {context.weights_sha256}",
        f"analysis: {context.analysis_id}, run {context.run}",
    )


def _operating_point(output: Output) -> str:
    point = output.operating_point
    return (
        f"operating threshold: {output.concept.meaning} probability >= {point.threshold:g}"
        f" (sensitivity {_interval(point.sensitivity)}, false positives per scan"
        f" {_interval(point.false_positives_per_scan)}, measured on {point.measured_on})"
    )


def _interval(interval: Interval) -> str:
    return f"{figures(interval.value)} [{figures(interval.low)}, {figures(interval.high)}]"
