"""Which series of a study a package reads: a choice from header facts that keeps its reasons."""

from __future__ import annotations

import hashlib
import itertools
import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from models.body_parts import covers
from models.contract import RefusalReason, Refused
from models.manifest import Manifest

Orientation: TypeAlias = Literal["axial", "coronal", "sagittal", "oblique"]

_AXIS_ORIENTATIONS: Final[tuple[Orientation, ...]] = ("sagittal", "coronal", "axial")
_LEAST_ALONG_AXIS: Final = 0.85  # cosine of 31.8 degrees: a gantry tilts by at most 30
_SAME_POSITION_MM: Final = 0.01
_MEASURE_TOLERANCE_MM: Final = 0.01  # positions are decimal strings; 2.5000001 mm is 2.5 mm
_ADULT_YEARS: Final = 18


@dataclass(frozen=True, slots=True)
class SeriesFacts:
    """What selection looks at; None where the headers are silent.

    image_types: every value of Image Type over the instances, upper case. image_count counts frames. slice_spacing_mm
    and extent_mm are along the slice normal. kernel: values of Convolution Kernel, joined by a backslash.
    """

    series_instance_uid: str
    modality: str
    sop_class_uids: frozenset[str]
    image_types: frozenset[str]
    slice_thickness_mm: float | None
    slice_spacing_mm: float | None
    kernel: str | None
    orientation: Orientation | None
    instance_count: int
    image_count: int
    extent_mm: float | None
    patient_age_years: float | None
    patient_sex: str | None
    body_part: str
    lossy: bool
    description: str
    series_number: int | None = None

    @property
    def name(self) -> str:
        """The series in words: its number and description, else its UID."""
        named = [str(self.series_number)] if self.series_number is not None else []
        if self.description:
            named.append(repr(self.description))
        return " ".join(["series", *(named or [self.series_instance_uid])])


@dataclass(frozen=True, slots=True)
class Selected:
    """The series to read, and for every series of the study why it was or was not chosen."""

    series_instance_uid: str
    reasons: tuple[str, ...]


def series_geometry(
    positions: Iterable[Sequence[float]], orientation_cosines: Sequence[float] | None
) -> tuple[float | None, float | None, Orientation | None]:
    """Spacing (median distance of neighbours), extent and orientation of a series, as far as header facts tell.

    positions: Image Position (Patient), any order; several at one place count once. orientation_cosines: the six of
    Image Orientation (Patient). Each answer is None where it cannot be told; nothing is raised.
    Source: PS3.3 C.7.6.2.1.1.
    """
    normal = _normal(orientation_cosines)
    if normal is None:
        return None, None, None
    along = sorted(
        sum(component * value for component, value in zip(normal, position, strict=True))
        for position in positions
        if _are_finite(position, 3)
    )
    steps = [after - before for before, after in itertools.pairwise(along) if after - before > _SAME_POSITION_MM]
    if not steps:
        return None, None, _orientation(normal)
    return statistics.median(steps), along[-1] - along[0], _orientation(normal)


def select(manifest: Manifest, series: Sequence[SeriesFacts]) -> Selected | Refused:
    """The series a package reads, or the refusal of the series that got furthest through the checks.

    Among those that fit: the preferred orientation, then slices as the scanner made them before derived ones, then the
    preferred kernel, then thinner spacing, then more images; the UID settles a draw, so the order of the series does
    not matter.
    """
    judged = [(facts, _first_objection(manifest, facts)) for facts in series]
    fitting = sorted((facts for facts, objection in judged if objection is None), key=lambda f: _rank(manifest, f))
    if not fitting:
        return _nearest(judged)
    chosen = fitting[0]
    reasons = [f"{chosen.name}: chosen: {_looks(chosen)}"]
    reasons += [f"{facts.name}: not chosen: fits, but {_why_after(manifest, chosen, facts)}" for facts in fitting[1:]]
    reasons += [f"{facts.name}: not chosen: {_said(objection)}" for facts, objection in judged if objection is not None]
    return Selected(chosen.series_instance_uid, tuple(reasons))


def unfit(manifest: Manifest, facts: SeriesFacts) -> Refused | None:
    """Why a package does not read this series; None when it fits."""
    objection = _first_objection(manifest, facts)
    return None if objection is None else Refused(objection.reason, f"{facts.name}: {_said(objection)}")


def fingerprint(instances: Iterable[tuple[str, str]]) -> str:
    """Identity of what an analysis reads: SHA-256 over the sorted (SOP Instance UID, data set SHA-256) pairs."""
    digest = hashlib.sha256()
    for sop_instance_uid, sha256 in sorted(set(instances)):
        digest.update(f"{sop_instance_uid} {sha256}\n".encode())
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class _Objection:
    """passed: how many checks the series passed before this one."""

    passed: int
    reason: RefusalReason
    seen: str
    asked: str


_Seen: TypeAlias = tuple[RefusalReason, str, str] | None
_Check: TypeAlias = Callable[[Manifest, SeriesFacts], _Seen]


def _first_objection(manifest: Manifest, facts: SeriesFacts) -> _Objection | None:
    for passed, check in enumerate(_CHECKS):
        objection = check(manifest, facts)
        if objection is not None:
            return _Objection(passed, *objection)
    return None


def _modality(manifest: Manifest, facts: SeriesFacts) -> _Seen:
    wanted = manifest.intended_use.modality
    if facts.modality.strip().upper() == wanted:
        return None
    return RefusalReason.WRONG_MODALITY, f"modality {facts.modality or 'unknown'}", wanted


def _sop_class(manifest: Manifest, facts: SeriesFacts) -> _Seen:
    wanted = manifest.intended_use.sop_class_uids
    strange = sorted(facts.sop_class_uids.difference(wanted))
    if not wanted or not strange:
        return None
    return RefusalReason.NOT_AN_IMAGE_VOLUME, f"SOP Class {', '.join(strange)}", f"only {', '.join(wanted)}"


def _image_type(manifest: Manifest, facts: SeriesFacts) -> _Seen:
    excluded = sorted(
        facts.image_types.intersection(value.upper() for value in manifest.selection.excluded_image_types)
    )
    if not excluded:
        return None
    return RefusalReason.NO_SUITABLE_SERIES, f"Image Type has {', '.join(excluded)}", "original slices"


def _body_part(manifest: Manifest, facts: SeriesFacts) -> _Seen:
    wanted = manifest.intended_use.body_parts
    if not wanted or covers(wanted, facts.body_part):
        return None
    return RefusalReason.WRONG_BODY_PART, f"body part {facts.body_part.strip().upper()}", " or ".join(wanted)


def _age(manifest: Manifest, facts: SeriesFacts) -> _Seen:
    use, age = manifest.intended_use, facts.patient_age_years
    if age is None:
        return None
    if use.min_age_years is not None and age < use.min_age_years:
        child = age < _ADULT_YEARS
        reason = RefusalReason.NOT_FOR_CHILDREN if child else RefusalReason.AGE_OUT_OF_RANGE
        return reason, "a younger patient", f"at least {use.min_age_years:g} years"
    if use.max_age_years is not None and age > use.max_age_years:
        return RefusalReason.AGE_OUT_OF_RANGE, "an older patient", f"at most {use.max_age_years:g} years"
    return None


def _sex(manifest: Manifest, facts: SeriesFacts) -> _Seen:
    wanted = manifest.intended_use.sexes
    if wanted is None or not facts.patient_sex or facts.patient_sex in wanted:
        return None
    return RefusalReason.SEX_NOT_COVERED, "a patient of another sex", " or ".join(wanted)


def _thickness(manifest: Manifest, facts: SeriesFacts) -> _Seen:
    use = manifest.intended_use
    thickness_mm, spacing_mm = facts.slice_thickness_mm, facts.slice_spacing_mm
    if thickness_mm is not None and thickness_mm > use.max_slice_thickness_mm + _MEASURE_TOLERANCE_MM:
        seen, most_mm = f"slices {thickness_mm:.4g} mm thick", use.max_slice_thickness_mm
    elif spacing_mm is not None and spacing_mm > use.max_slice_spacing_mm + _MEASURE_TOLERANCE_MM:
        seen, most_mm = f"slices {spacing_mm:.4g} mm apart", use.max_slice_spacing_mm
    else:
        return None
    return RefusalReason.SLICES_TOO_THICK, seen, f"at most {most_mm:g} mm"


def _count(manifest: Manifest, facts: SeriesFacts) -> _Seen:
    least = manifest.intended_use.min_slices
    if facts.image_count >= least:
        return None
    return RefusalReason.TOO_FEW_SLICES, f"{facts.image_count} slices", f"at least {least}"


def _extent(manifest: Manifest, facts: SeriesFacts) -> _Seen:
    least_mm = manifest.intended_use.min_extent_mm
    if facts.extent_mm is None or facts.extent_mm >= least_mm - _MEASURE_TOLERANCE_MM:
        return None
    return RefusalReason.COVERAGE_TOO_SHORT, f"{facts.extent_mm:.4g} mm covered", f"at least {least_mm:g} mm"


def _lossy(manifest: Manifest, facts: SeriesFacts) -> _Seen:
    if manifest.intended_use.lossy_allowed or not facts.lossy:
        return None
    return RefusalReason.LOSSY_COMPRESSION, "images compressed with loss", "images without loss"


_CHECKS: Final[tuple[_Check, ...]] = (
    _modality, _sop_class, _image_type, _body_part, _age, _sex, _thickness, _count, _extent, _lossy,
)  # fmt: skip


def _nearest(judged: Sequence[tuple[SeriesFacts, _Objection | None]]) -> Refused:
    """The refusal of the series that got furthest; of several, the one with most images."""
    objecting = [(objection, facts) for facts, objection in judged if objection is not None]
    if not objecting:
        return Refused(RefusalReason.NO_SUITABLE_SERIES, "the study has no image series")
    objection, facts = min(
        objecting, key=lambda pair: (-pair[0].passed, -pair[1].image_count, pair[1].series_instance_uid)
    )
    others = f" (none of {len(objecting)} series fits; this one came nearest)" if len(objecting) > 1 else ""
    return Refused(objection.reason, f"{facts.name}: {_said(objection)}{others}")


def _said(objection: _Objection) -> str:
    return f"{objection.seen}; the package asks for {objection.asked}"


def _rank(manifest: Manifest, facts: SeriesFacts) -> tuple[int, int, int, float, int, str]:
    orientation, kernel = _orientation_rank(manifest, facts), _kernel_rank(manifest, facts)
    derived = len(facts.image_types.intersection(_NOT_AS_MADE))
    return orientation, derived, kernel, _fineness_mm(facts), -facts.image_count, facts.series_instance_uid


def _orientation_rank(manifest: Manifest, facts: SeriesFacts) -> int:
    preferred = manifest.selection.preferred_orientation
    if preferred in {"any", facts.orientation}:
        return 0
    return 1 if facts.orientation is None else 2


def _kernel_rank(manifest: Manifest, facts: SeriesFacts) -> int:
    preferred = [kernel.upper() for kernel in manifest.selection.preferred_kernels]
    seen = {kernel.strip().upper() for kernel in (facts.kernel or "").split("\\")}
    return next((place for place, kernel in enumerate(preferred) if kernel in seen), len(preferred))


def _fineness_mm(facts: SeriesFacts) -> float:
    known = facts.slice_spacing_mm if facts.slice_spacing_mm is not None else facts.slice_thickness_mm
    return math.inf if known is None else round(known, 2)


_NOT_AS_MADE: Final = frozenset({"DERIVED", "SECONDARY"})
"""Values 1 and 2 of Image Type for what was made from other images or later (PS3.3 C.7.6.1.1.2)."""

_DIFFERENCES: Final = (
    "another orientation",
    "not as the scanner made it",
    "a less preferred kernel",
    "coarser spacing",
    "fewer slices",
    "a draw",
)


def _why_after(manifest: Manifest, chosen: SeriesFacts, facts: SeriesFacts) -> str:
    better, worse = _rank(manifest, chosen), _rank(manifest, facts)
    why = next(word for word, one, other in zip(_DIFFERENCES, better, worse, strict=True) if one != other)
    return f"{why} ({_looks(facts)})"


def _looks(facts: SeriesFacts) -> str:
    spacing_mm = _fineness_mm(facts)
    spacing = "unknown spacing" if math.isinf(spacing_mm) else f"{spacing_mm:g} mm"
    kernel = f"kernel {facts.kernel}" if facts.kernel else "kernel unknown"
    return f"{facts.orientation or 'unknown orientation'}, {kernel}, {spacing}, {facts.image_count} slices"


def _are_finite(values: Sequence[float], count: int) -> bool:
    return len(values) == count and all(math.isfinite(value) for value in values)


def _normal(cosines: Sequence[float] | None) -> tuple[float, float, float] | None:
    """Unit normal of the slices; None when the cosines do not span a plane."""
    if cosines is None or not _are_finite(cosines, 6):
        return None
    (rx, ry, rz), (cx, cy, cz) = cosines[:3], cosines[3:]
    normal = (ry * cz - rz * cy, rz * cx - rx * cz, rx * cy - ry * cx)
    length = math.hypot(*normal)
    if length < 0.5:
        return None
    return normal[0] / length, normal[1] / length, normal[2] / length


def _orientation(normal: tuple[float, float, float]) -> Orientation:
    longest, axis = max((abs(component), axis) for axis, component in enumerate(normal))
    return _AXIS_ORIENTATIONS[axis] if longest >= _LEAST_ALONG_AXIS else "oblique"
