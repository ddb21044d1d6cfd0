"""The manifest beside a bundle (`package.json`): what a package is for, what it promises, which files make it."""

from __future__ import annotations

import hashlib
import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

MANIFEST_NAME = "package.json"
WEIGHTS_SUFFIX = ".safetensors"


class PackageFault(Exception):
    """Base, never raised itself: a package cannot be used as it lies there."""


class ManifestFault(PackageFault):
    """The manifest is missing or says something that is not allowed."""


class FileChanged(PackageFault):
    """A file of the package is missing or is not the one the manifest names by its hash."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(_Part):
    """A sentence for people in the two languages of the product."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)


class CodedConcept(_Part):
    """A coded concept as it stands in DICOM."""

    value: str
    scheme: str
    meaning: str


class UseStatusKind(StrEnum):
    """What the package may be used for (NMPA: research, clinical trial, registered device)."""

    RESEARCH = "research"
    TRIAL = "trial"
    REGISTERED = "registered"


class UseStatus(_Part):
    """The use status; a registered package names its registration number."""

    kind: UseStatusKind
    number: str | None = None
    words: Text


class IntendedUse(_Part):
    """What the package may be given; the gate refuses what lies outside, with a reason."""

    modality: Literal["CT", "MR", "CR", "DX", "MG"]
    sop_class_uids: tuple[str, ...]
    body_parts: tuple[str, ...] = Field(
        description="body parts that fit, alone or as part of a larger region; a header that names none known passes"
    )
    min_age_years: float | None
    max_age_years: float | None
    sexes: tuple[Literal["M", "F", "O"], ...] | None
    max_slice_thickness_mm: float
    max_slice_spacing_mm: float
    min_slices: int
    min_extent_mm: float = Field(description="the least length along the slice normal")
    max_gantry_tilt_deg: float = Field(
        default=1.0, description="the most that slices may be sheared by a tilted gantry"
    )
    lossy_allowed: bool
    text: Text
    exclusions: tuple[Text, ...]


class SeriesSelection(_Part):
    """Which series are not read, and how those that fit are ranked: `models.selection.select` says in which order.

    Excluded by default is what is no stack of the scanner's own slices. SECONDARY alone says no more than that a series
    was made later (another kernel, a transfer): such a series comes last but is read.
    """

    excluded_image_types: tuple[str, ...] = (
        "LOCALIZER", "MIP", "MAX_IP", "MINIP", "MIN_IP", "MPR", "REFORMATTED", "AVERAGE", "PROJECTION IMAGE", "VRT",
        "SCREEN SAVE",
    )  # fmt: skip
    preferred_kernels: tuple[str, ...] = ()
    preferred_orientation: Literal["axial", "coronal", "sagittal", "any"] = "axial"


class Interval(_Part):
    """A figure with its 95 % interval, as measured on a named set."""

    value: float
    low: float
    high: float


class OperatingPoint(_Part):
    """The threshold a finding must reach, and what it was measured to give."""

    threshold: Annotated[float, Field(ge=0, le=1)]
    sensitivity: Interval
    false_positives_per_scan: Interval
    measured_on: str


class Metric(_Part):
    """One line of the evaluation."""

    name: str
    set_name: str
    value: float
    low: float | None = None
    high: float | None = None
    count: int | None = None


class Output(_Part):
    """One thing the package can find."""

    concept: CodedConcept
    site: CodedConcept
    operating_point: OperatingPoint
    min_size_mm: float | None
    max_size_mm: float | None


class TrainingSet(_Part):
    """A set the weights were made from."""

    name: str
    role: str
    licence: str
    citation: str


class Runtime(_Part):
    """What a model process needs for it."""

    memory_mb: int
    deadline_s: float
    head: Literal["nodule_detection", "threshold"]
    networks: tuple[str, ...] = Field(description="keys of configs/inference.json that define a network")


class Manifest(_Part):
    """`package.json`, whole."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{2,63}$")]
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+\.\d+$", description="full version X.Y.Z.B (AC-60)")]
    release_version: str
    device_uid: Annotated[str, Field(pattern=r"^2\.25\.\d{1,39}$")]
    manufacturer: str
    title: Text
    use_status: UseStatus
    intended_use: IntendedUse
    selection: SeriesSelection
    outputs: tuple[Output, ...] = Field(min_length=1)
    calibration: str
    training_sets: tuple[TrainingSet, ...]
    evaluation: tuple[Metric, ...]
    not_validated_for: tuple[Text, ...] = Field(min_length=1)
    runtime: Runtime
    files: dict[str, Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]]


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a package folder. Raises ManifestFault that names the file and the field."""
    path = folder / MANIFEST_NAME
    try:
        raw = path.read_bytes()
    except OSError as fault:
        raise ManifestFault(
            f"{path.name} of package folder {folder.name!r} cannot be read: {fault.strerror}"
        ) from fault
    try:
        return Manifest.model_validate_json(raw)
    except ValidationError as fault:
        first = fault.errors()[0]
        where = ".".join(str(step) for step in first["loc"]) or "the file"
        raise ManifestFault(f"{path.name} of package {folder.name!r}: {where}: {first['msg']}") from fault


def verify_files(folder: Path, manifest: Manifest) -> None:
    """Hash every file of a package. Raises FileChanged naming the first one that is missing or not as listed.

    Nothing but prose may lie beside the listed files: a weight or setting without a hash could be any.
    """
    prose = {MANIFEST_NAME, *(path.name for path in folder.glob("*.md"))}
    present = {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}
    for name in sorted(present.difference(manifest.files, prose)):
        raise FileChanged(
            f"package {manifest.name}: {name} is not among the files of version {manifest.version}; "
            "remove it, or list it with its SHA-256"
        )
    for name, expected in sorted(manifest.files.items()):
        path = folder / name
        if ".." in Path(name).parts or Path(name).is_absolute():
            raise FileChanged(f"package {manifest.name}: file name {name!r} leaves the package folder")
        if not path.is_file():
            raise FileChanged(f"package {manifest.name}: {name} is missing; install the package again")
        with path.open("rb") as stream:
            actual = hashlib.file_digest(stream, "sha256").hexdigest()
        if actual != expected:
            raise FileChanged(
                f"package {manifest.name}: {name} is not the file of version {manifest.version} "
                "(its SHA-256 differs); install the package again"
            )


def canonical(manifest: Manifest) -> str:
    """The manifest in canonical JSON: the same text for the same statements, however the file is written."""
    return json.dumps(manifest.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def manifest_digest(folder: Path) -> str:
    """SHA-256 of the manifest in canonical JSON: the address of this version of the package, weights included."""
    return hashlib.sha256(canonical(read_manifest(folder)).encode()).hexdigest()
