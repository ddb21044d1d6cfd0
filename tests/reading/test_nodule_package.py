"""The shipped nodule package: what lies in its folder, what it finds, and what it refuses."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813 - the library's own convention
import torch
from monai.bundle import ConfigParser

from models.bundle.networks import WeightsFault
from models.contract import Acquisition, Finding, Grid, Reading, RefusalReason, Refused, SliceSource, Volume
from models.heads import Head, load_head
from models.heads.lungs import LEFT_LUNG, RIGHT_LUNG, lung_field
from models.heads.patch import patch_scores
from models.manifest import FileChanged, ManifestFault, read_manifest, verify_files
from training.ct_chest_nodule.figures import auroc, average_precision
from training.ct_chest_nodule.patches import read_patches
from training.ct_chest_nodule.phantoms import phantom_volume as volume_of
from training.ct_chest_nodule.phantoms import read_phantom
from training.ct_chest_nodule.plumbing import read_training_scan
from training.ct_chest_nodule.studies import read_scan
from training.phantom.volume import make_phantom

PACKAGE = Path(__file__).parents[2] / "models" / "packages" / "ct_chest_nodule"


def silent(_: float) -> None:
    """No one looks."""


@pytest.fixture(scope="module")
def head() -> Head:
    torch.set_num_threads(2)
    return load_head(read_manifest(PACKAGE), PACKAGE)


def test_every_file_of_the_package_is_the_one_its_manifest_names() -> None:
    manifest = read_manifest(PACKAGE)
    verify_files(PACKAGE, manifest)
    shipped = {str(path.relative_to(PACKAGE)) for path in PACKAGE.rglob("*") if path.is_file()}
    assert shipped - set(manifest.files) == {"package.json", "MODEL_CARD.md"}
    assert sum((PACKAGE / name).stat().st_size for name in shipped) < 10_000_000


def test_changed_weights_are_noticed_before_they_are_used(tmp_path: Path) -> None:
    folder = shutil.copytree(PACKAGE, tmp_path / "ct_chest_nodule")
    weights = folder / "models" / "patch_net.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    with pytest.raises(FileChanged, match=r"patch_net\.safetensors"):
        verify_files(folder, read_manifest(folder))


def test_weights_of_another_network_and_foreign_classes_are_refused_by_name(tmp_path: Path) -> None:
    folder = shutil.copytree(PACKAGE, tmp_path / "ct_chest_nodule")
    manifest = read_manifest(folder)
    shutil.copy(folder / "models" / "outline_net.safetensors", folder / "models" / "patch_net.safetensors")
    with pytest.raises(WeightsFault, match="patch_net"):
        load_head(manifest, folder)
    config = json.loads((folder / "configs" / "inference.json").read_text())
    config["patch_net"]["_target_"] = "subprocess.check_output"
    (folder / "configs" / "inference.json").write_text(json.dumps(config))
    with pytest.raises(ManifestFault, match=r"subprocess\.check_output"):
        load_head(manifest, folder)


def test_monai_builds_the_networks_from_the_bundle_too() -> None:
    parser = ConfigParser(json.loads((PACKAGE / "configs" / "inference.json").read_text()))
    outline = parser.get_parsed_content("outline_net")
    metadata = json.loads((PACKAGE / "configs" / "metadata.json").read_text())
    image = metadata["network_data_format"]["inputs"]["image"]
    with torch.inference_mode():
        said = outline.eval()(torch.zeros(1, image["num_channels"], *image["spatial_shape"]))
    assert list(said.shape) == [1, 1, *metadata["network_data_format"]["outputs"]["pred"]["spatial_shape"]]


def test_the_card_says_what_the_manifest_measured_and_what_was_not_validated() -> None:
    manifest, card = read_manifest(PACKAGE), (PACKAGE / "MODEL_CARD.md").read_text()
    for sentence in [manifest.use_status.words.en, *(one.en for one in manifest.not_validated_for)]:
        assert sentence in card
    for metric in manifest.evaluation:
        assert f"| {metric.set_name} | {metric.name} | {metric.value:.3g} |" in card


@pytest.mark.real_data
def test_the_lesion_of_the_training_scan_is_found_with_few_false_positives(head: Head, datasets: Path) -> None:

    reading, scored = read_training_scan(head, datasets)
    assert len(scored.center_errors_mm) == scored.nodules == 1
    assert scored.false_positives <= 3
    lesion = reading.findings[0]
    assert lesion.concept.meaning in {"Nodule", "Mass"}
    assert lesion.laterality is not None
    assert lesion.laterality.meaning == "Left"
    assert lesion.long_axis is not None
    assert 27 <= lesion.long_axis.length_mm <= 38  # four readers: 32.0 to 33.7 mm
    assert lesion.volume_mm3 == pytest.approx(6709, rel=0.3)  # consensus of the readers
    assert 0 < reading.forward_s < reading.total_s


@pytest.mark.real_data
def test_patches_of_unseen_patients_are_told_apart_as_well_as_promised(head: Head, datasets: Path) -> None:

    patches = read_patches(datasets, "val")
    scores = patch_scores([head.forwards["patch_net"]], patches.images, zooms=(1.0,), turns=(0, 2, 5, 7))
    labels = patches.labels.astype(np.int64)
    assert auroc(scores, labels) >= 0.963
    assert average_precision(scores, labels) >= 0.88


@pytest.mark.real_data
def test_an_abdomen_is_refused_because_it_holds_no_lung(head: Head, datasets: Path) -> None:

    image = sitk.ReadImage(str(datasets / "ct_thorax_other" / "totalsegmentator_abdomen" / "example_ct.nii.gz"))
    way, spacing = np.array(image.GetDirection()).reshape(3, 3), image.GetSpacing()
    steps = [tuple(way[:, axis] * spacing[axis]) for axis in (2, 1, 0)]
    hu = sitk.GetArrayFromImage(image).astype(np.int16)
    read = head.read(bare(hu, Grid(hu.shape, image.GetOrigin(), *steps)), silent)
    assert isinstance(read, Refused)
    assert read.reason is RefusalReason.NO_LUNG_FOUND


@pytest.mark.real_data
def test_both_lungs_are_found_beside_a_hilar_mass_in_thick_slices(datasets: Path) -> None:

    volume = read_scan(datasets / "ct_thorax_other" / "Lung_Dx-A0002" / "dicom")
    field = lung_field(volume.hu, volume.grid)
    assert not isinstance(field, Refused)
    voxel_ml = float(np.prod(field.spacing_mm)) / 1000
    for side in (RIGHT_LUNG, LEFT_LUNG):
        assert (field.side == side).sum() * voxel_ml > 800


def bare(hu: np.ndarray, grid: Grid) -> Volume:
    source = SliceSource("1.2.840.10008.5.1.4.1.1.2", "2.25.1", None)
    return Volume(hu, grid, (source,) * hu.shape[0], "2.25.2", "2.25.3", Acquisition("CT"))


@pytest.fixture(scope="module")
def phantom_volume() -> Volume:

    return volume_of(make_phantom(41, slices=70))


@pytest.fixture(scope="module")
def phantom_reading(head: Head, phantom_volume: Volume) -> Reading:
    reading = head.read(phantom_volume, silent)
    assert isinstance(reading, Reading)
    return reading


def said(one: Finding) -> tuple[object, ...]:
    assert one.center_mm is not None
    assert one.laterality is not None
    return (one.concept, one.laterality.meaning, *np.round(one.center_mm, 1), round(one.volume_mm3 or 0, 0))


def test_a_volume_that_is_read_twice_says_the_same_twice(
    head: Head, phantom_volume: Volume, phantom_reading: Reading
) -> None:
    again = head.read(phantom_volume, silent)
    assert isinstance(again, Reading)
    assert [said(one) for one in again.findings] == [said(one) for one in phantom_reading.findings]
    assert phantom_reading.findings


def test_slices_in_falling_order_and_turned_rows_give_the_same_findings_in_the_patient(
    head: Head, phantom_volume: Volume, phantom_reading: Reading
) -> None:
    grid = phantom_volume.grid
    last = grid.lps_mm(np.array([grid.shape[0] - 1, grid.shape[1] - 1, 0.0]))
    back = [tuple(-np.array(step)) for step in (grid.slice_step_mm, grid.row_step_mm)]
    turned_grid = Grid(grid.shape, tuple(last), back[0], back[1], grid.column_step_mm)
    turned = replace(phantom_volume, hu=phantom_volume.hu[::-1, ::-1], grid=turned_grid)
    reading = head.read(turned, silent)
    assert isinstance(reading, Reading)
    assert [said(one) for one in reading.findings] == [said(one) for one in phantom_reading.findings]
    for one in reading.findings:
        assert one.segment is not None
        index = np.argwhere(one.segment.mask).mean(0) + one.segment.corner
        assert turned_grid.lps_mm(index) == pytest.approx(one.center_mm, abs=1e-6)


@pytest.mark.slow
def test_three_phantoms_of_fresh_seeds_are_read_well(head: Head) -> None:

    results = [read_phantom(head, seed) for seed in (501, 502, 503)]
    found = [hit for one in results for hit, size in zip(one.found, one.diameters_mm, strict=True) if size >= 6]
    assert np.mean(found) >= 0.8
    assert sum(one.false_positives for one in results) <= 5
