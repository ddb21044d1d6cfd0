"""The phantom's truth can be relied on: what it says is in the voxels is there, and it is a chest CT to DICOM."""

from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from scipy.ndimage import binary_closing, label
from scipy.spatial.distance import pdist

from training.phantom.dicom import study_uid, write_phantom
from training.phantom.nodules import Texture
from training.phantom.volume import Phantom, PhantomNodule, make_phantom

ASKED_MM = (26.0, 19.0, 14.0, 11.0)
SCAN = {"slices": 80, "slice_mm": 1.0}


@pytest.fixture(scope="module")
def phantom() -> Phantom:
    return make_phantom(7, diameters_mm=ASKED_MM, **SCAN)


@pytest.fixture(scope="module")
def nodules_alone(phantom: Phantom) -> np.ndarray:
    """What the nodules add: the same scan without them, taken away."""
    return phantom.hu.astype(np.int32) - make_phantom(7, diameters_mm=(), **SCAN).hu


@pytest.fixture(scope="module")
def whole() -> Phantom:
    return make_phantom(3, slices=60, slice_mm=5.0)


def test_the_same_seed_gives_the_same_phantom_and_another_seed_another_one() -> None:
    first, again, other = (make_phantom(seed, slices=5, slice_mm=2.5, diameters_mm=(6.0,)) for seed in (3, 3, 4))
    assert np.array_equal(first.hu, again.hu)
    assert first == Phantom(first.hu, again.grid, again.nodules, again.seed, again.patient)
    assert not np.array_equal(first.hu, other.hu)


def test_it_has_the_nodules_that_were_asked_for(phantom: Phantom) -> None:
    assert [nodule.diameter_mm for nodule in phantom.nodules] == pytest.approx(ASKED_MM, abs=0.3)


def test_a_nodules_voxels_hold_its_volume_its_long_axis_and_its_place(
    phantom: Phantom, nodules_alone: np.ndarray
) -> None:
    """Counted where a voxel is at least half nodule, as the difference to the scan without nodules shows it."""
    for nodule in phantom.nodules:
        volume_mm3, long_axis_mm, center_mm = counted(phantom, nodules_alone, nodule)
        assert volume_mm3 == pytest.approx(nodule.volume_mm3, rel=0.05)
        assert long_axis_mm == pytest.approx(nodule.diameter_mm, abs=phantom.grid.spacing_mm[1])
        assert np.linalg.norm(np.subtract(center_mm, nodule.center_mm)) < 0.5


def counted(phantom: Phantom, alone: np.ndarray, nodule: PhantomNodule) -> tuple[float, float, np.ndarray]:
    regions, _ = label(alone > (nodule.mean_hu + 850) / 2)
    middle = np.rint(phantom.grid.index(np.array(nodule.center_mm))).astype(int)
    region = regions == regions[tuple(middle)]
    assert regions[tuple(middle)] > 0
    region = binary_closing(region, iterations=3)  # vessels that run into it are in both scans
    across = max(pdist(np.argwhere(one)).max() for one in region if one.sum() > 1)
    center_mm = phantom.grid.lps_mm(np.argwhere(region).mean(axis=0))
    return region.sum() * phantom.grid.voxel_mm3, (across + 0.9) * phantom.grid.spacing_mm[1], center_mm


def test_nothing_but_the_nodules_differs_from_the_scan_without_them(
    phantom: Phantom, nodules_alone: np.ndarray
) -> None:
    near = np.zeros(phantom.hu.shape, bool)
    index = np.stack(np.indices(phantom.hu.shape)[:, :, ::4, ::4], axis=-1)
    places = phantom.grid.lps_mm(index.astype(np.float64))
    near = np.zeros(places.shape[:-1], bool)
    for nodule in phantom.nodules:
        near |= np.linalg.norm(places - np.asarray(nodule.center_mm), axis=-1) < nodule.diameter_mm / 2 + 6
    assert not nodules_alone[:, ::4, ::4][~near].any()


def test_a_scan_of_nobodys_choice_holds_three_to_six_nodules_of_5_to_30_mm_apart_from_each_other(
    whole: Phantom,
) -> None:
    assert 3 <= len(whole.nodules) <= 6
    assert all(4.7 <= nodule.diameter_mm <= 30.3 for nodule in whole.nodules)
    for one, other in itertools.combinations(whole.nodules, 2):
        apart_mm = np.linalg.norm(np.subtract(one.center_mm, other.center_mm))
        assert apart_mm > (one.diameter_mm + other.diameter_mm) / 2 + 5


def test_it_is_a_chest_with_two_aerated_lungs_bones_and_soft_tissue(whole: Phantom) -> None:
    slice_hu = whole.hu[30]
    assert slice_hu[0, 0] == -1024, "outside the field of view"
    assert np.median(slice_hu[30:60, 240:270]) == pytest.approx(-1000, abs=25), "air before the chest"
    regions, _ = label((whole.hu > -960) & (whole.hu < -700))
    right, left = sorted(np.bincount(regions.ravel())[1:], reverse=True)[:2]
    litres = [count * whole.grid.voxel_mm3 / 1e6 for count in (right, left)]
    assert 2.5 < sum(litres) < 7.5, "both lungs of an adult in deep breath"
    assert 30 < np.median(slice_hu[(slice_hu > 0) & (slice_hu < 120)]) < 70, "muscle and blood"
    assert (slice_hu > 300).mean() > 0.004, "bone"


def test_thin_slices_show_the_same_patient() -> None:
    thick = make_phantom(9, slices=9, slice_mm=2.5, diameters_mm=())
    thin = make_phantom(9, slices=17, slice_mm=1.25, diameters_mm=())
    assert np.median(np.abs(thick.hu[4].astype(int) - thin.hu[8])) < 2 * thick.patient.noise_hu


def test_subsolid_nodules_are_less_dense_than_solid_ones() -> None:
    made = make_phantom(21, slices=60, slice_mm=2.5, diameters_mm=(16.0,) * 6, subsolid=True)
    kinds = {nodule.texture for nodule in made.nodules}
    assert kinds - {Texture.SOLID}
    for nodule in made.nodules:
        middle = np.rint(made.grid.index(np.array(nodule.center_mm))).astype(int)
        seen = made.hu[middle[0], middle[1] - 1 : middle[1] + 2, middle[2] - 1 : middle[2] + 2].mean()
        assert (seen < -350) == (nodule.texture is Texture.GROUND_GLASS)


def test_the_written_series_gives_the_same_voxels_and_places_back(whole: Phantom, tmp_path: Path) -> None:
    paths = write_phantom(whole, tmp_path)
    read = [dcmread(path) for path in paths]
    in_file_order = [float(each.ImagePositionPatient[2]) for each in read]
    by_place = sorted(read, key=lambda each: float(each.ImagePositionPatient[2]))

    assert in_file_order not in (sorted(in_file_order), sorted(in_file_order, reverse=True)), "names tell no order"
    volume = np.stack([each.pixel_array.astype(np.int16) + int(each.RescaleIntercept) for each in by_place])
    assert np.array_equal(volume, whole.hu)
    assert {each.StudyInstanceUID for each in read} == {study_uid(whole)}
    assert read[0].PatientName.ideographic == "体模^胸部"
    assert len({each.SOPInstanceUID for each in read}) == len(read) == 60
    for index in (0, 59):
        place = whole.grid.lps_mm(np.array([index, 0.0, 0.0]))
        assert [float(v) for v in by_place[index].ImagePositionPatient] == pytest.approx(place, abs=1e-3)
    assert [float(v) for v in read[0].PixelSpacing] == pytest.approx(whole.grid.spacing_mm[1:], abs=1e-6)


def test_the_same_seed_is_the_same_study_and_another_patient_or_raster_another_one(tmp_path: Path) -> None:
    small = {"slices": 2, "diameters_mm": ()}
    first, again, other, thinner = (
        make_phantom(5, **small),
        make_phantom(5, **small),
        make_phantom(6, **small),
        make_phantom(5, slice_mm=1.0, **small),
    )
    assert study_uid(first) == study_uid(again)
    assert len({study_uid(one) for one in (first, other, thinner)}) == 3
    for made, name in ((first, "one"), (again, "two")):
        write_phantom(made, tmp_path / name)
    written = [sorted(path.read_bytes() for path in (tmp_path / name).iterdir()) for name in ("one", "two")]
    assert written[0] == written[1]


@pytest.mark.system
def test_the_written_files_are_valid_ct_images(whole: Phantom, tmp_path: Path) -> None:
    path = write_phantom(whole, tmp_path)[0]
    said = subprocess.run(["dciodvfy", "-new", str(path)], capture_output=True, text=True, check=False)

    errors = [line for line in (said.stdout + said.stderr).splitlines() if line.startswith("Error")]
    assert errors == []
    assert "CTImage" in said.stdout + said.stderr


def test_the_command_writes_a_folder_and_says_where_the_nodules_are(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "training.phantom", str(tmp_path / "out"), "--seed", "4", "--slices", "24"]
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    made = make_phantom(4, slices=24)
    assert len(list((tmp_path / "out").glob("*.dcm"))) == 24
    for nodule in made.nodules:
        assert f"{nodule.diameter_mm:.1f} mm" in said.stdout
