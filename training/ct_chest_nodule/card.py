"""The model card, written from the manifest: nothing in it that was not measured."""

from __future__ import annotations

from typing import Final

from models.manifest import Manifest, Metric

INTERVALS: Final = """\
Intervals are 95 %, resampled by patient (patches: by groups of neighbouring scans; false positives: exact Poisson).
LIDC-IDRI-0001 is a training case: its patches are in `train`, its lungs gave the real negative examples. What is
reached there shows that the parts fit together and says nothing of unseen patients. Phantoms are measured on seeds that
neither training nor calibration has seen; they show what the phantom generator can make, which is less than patients
have."""

INSERTION: Final = """\
In the insertion test the nodules are of patients not learned from; the lungs are those of the training scan. So every
place of one lung is judged by the cube network that learned from the other lung, and the axial patches were learned
from other patients but for 13 of 5,058. Calibration and operating point were chosen with the same val nodules, put in
at other places."""

METHOD: Final = """\
Lung field by connected air, closed by 12 mm; blobs of 3 to 35 mm on a 1.25 mm grid, ranked by their weakest curvature;
one axial 50 x 50 patch each; three slices in four turns; cubes of 32 mm by two 3-D networks; outline by a 2.5-D U-Net,
followed slice by slice. The outlines follow LIDC's: about half a millimetre outside the lesion on every side. The site
is the lung and its side, never a lobe: fissures are not looked for."""

COMMAND: Final = """\
`python -m training ct_chest_nodule` remakes everything with fixed seeds; times as measured on two CPU cores that were
shared with other work."""


def model_card(manifest: Manifest, seconds: dict[str, float]) -> str:
    """MODEL_CARD.md. seconds: training time of each network."""
    parts = [
        f"# {manifest.title.en} ({manifest.name} {manifest.version})",
        f"**{manifest.use_status.words.en}** {manifest.use_status.words.zh}",
        manifest.intended_use.text.en,
        "Never for: " + " ".join(one.en for one in manifest.intended_use.exclusions),
        "## What it was not validated for",
        "\n".join(f"- {one.en}" for one in manifest.not_validated_for),
        "## Figures",
        INTERVALS,
        _table(manifest.evaluation),
        INSERTION,
        "## Operating point",
        _operating_point(manifest),
        "## How it reads",
        METHOD,
        "## Training",
        "\n".join(f"- `{name}`: {took / 60:.1f} minutes" for name, took in seconds.items()),
        COMMAND,
        "## Data and licences",
        "\n".join(f"- {one.name}: {one.role}. {one.licence}. {one.citation}" for one in manifest.training_sets),
    ]
    return "\n\n".join(parts) + "\n"


def _operating_point(manifest: Manifest) -> str:
    output = manifest.outputs[0]
    point = output.operating_point
    found, wrong = point.sensitivity, point.false_positives_per_scan
    return (
        f"A finding is given from probability {point.threshold:.2f} on: {found.value:.0%} of inserted nodules "
        f"({found.low:.0%} to {found.high:.0%}) at {wrong.value:.1f} false positives a scan, chosen on `val` and "
        f"on phantoms only.\n\nProbability: {manifest.calibration}. Smallest finding: {output.min_size_mm} mm."
    )


def _table(metrics: tuple[Metric, ...]) -> str:
    rows = ["| set | figure | value | 95 % interval | n |", "|---|---|---|---|---|"]
    for one in metrics:
        span = "" if one.low is None or one.high is None else f"{one.low:.3g} to {one.high:.3g}"
        rows.append(f"| {one.set_name} | {one.name} | {one.value:.3g} | {span} | {one.count or ''} |")
    return "\n".join(rows)
