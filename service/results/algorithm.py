"""Which algorithm said it, on which device: name, version, thresholds and weights, the same in SR and SEG (AC-03)."""

from __future__ import annotations

from typing import Final

from highdicom.sr import (
    AlgorithmIdentification,
    CodedConcept,
    DeviceObserverIdentifyingAttributes,
    ObservationContext,
    ObserverContext,
)

from models.manifest import WEIGHTS_SUFFIX, Interval, Output
from service.domain.wording import figures, said
from service.results.document import PRODUCT, ResultContext

_DEVICE: Final = CodedConcept("121007", "DCM", "Device")


def parameters(context: ResultContext) -> tuple[str, ...]:
    """The Algorithm Parameters: an operating threshold a line, then what leads back to the weights and the run."""
    package = context.package
    status = package.use_status
    number = f" {status.number}" if status.number else ""
    return (
        *(_operating_point(output) for output in package.outputs),
        f"calibration: {package.calibration}",
        f"use status: {status.kind.value}{number}; {said(status.words, context.language)}",
        f"release version: {package.release_version}",
        *(f"weights SHA-256: {sha256} ({name})" for name, sha256 in _weights(context)),
        f"package SHA-256: {context.package_sha256}",
        f"analysis: {context.analysis_id}, run {context.run}",
    )


def identification(context: ResultContext) -> AlgorithmIdentification:
    """TID 4019, as it stands in every measurement group."""
    package = context.package
    return AlgorithmIdentification(name=package.name, version=package.version, parameters=parameters(context))


def observation_context(context: ResultContext) -> ObservationContext:
    """The device as the observer of a whole document."""
    return ObservationContext(observer_device_context=device_observer(context))


def device_observer(context: ResultContext) -> ObserverContext:
    """The device as observer (TID 1002, AC-08): its UID is the package version's, its serial number ours."""
    package = context.package
    device = DeviceObserverIdentifyingAttributes(
        uid=package.device_uid,
        name=f"{PRODUCT} {context.installation.name}",
        manufacturer_name=package.manufacturer,
        model_name=f"{package.name} {package.version}",
        serial_number=context.installation.uid,
    )
    return ObserverContext(observer_type=_DEVICE, observer_identifying_attributes=device)


def _weights(context: ResultContext) -> list[tuple[str, str]]:
    return sorted((name, sha256) for name, sha256 in context.package.files.items() if name.endswith(WEIGHTS_SUFFIX))


def _operating_point(output: Output) -> str:
    point = output.operating_point
    return (
        f"operating threshold: {output.concept.meaning} probability >= {point.threshold:g}"
        f" (sensitivity {_interval(point.sensitivity)}, false positives per scan"
        f" {_interval(point.false_positives_per_scan)}, measured on {point.measured_on})"
    )


def _interval(interval: Interval) -> str:
    return f"{figures(interval.value)} [{figures(interval.low)}, {figures(interval.high)}]"
