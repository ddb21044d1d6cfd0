"""The phantom's truth can be relied on: what it says is in the voxels is there, and it looks like a chest to DICOM."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from scipy.ndimage import label

from training.phantom.dicom import study_uid, write_phantom
from training.phantom.volume import Phantom, make_phantom


@pytest.fixture(scope="module")
def phantom() -> Phantom:
    return make_phantom(7, slices=60, slice_spacing_mm=4.0)


def test_the_same_seed_gives_the_same_phantom_and_another_seed_another_one() -> None:
    small = [make_phantom(seed, slices=12, slice_spacing_mm=20.0) for seed in (3, 3, 4)]

    assert np.array_equal(small[0].hu, small[1].hu)
    assert small[0].nodules == small[1].nodules
    assert not np.array_equal(small[0].hu, small[2].hu)


def test_it_holds_nodules_of_5_to_30_mm_that_do_not_touch(phantom: Phantom) -> None:
    assert 3 <= len(phantom.nodules) <= 6
    assert all(5 <= nodule.diameter_mm <= 30 for nodule in phantom.nodules)
    for index, one in enumerate(phantom.nodules):
        for other in phantom.nodules[index + 1 :]:
            assert (
                np.linalg.norm(np.subtract(one.center_mm, other.center_mm)) > (one.diameter_mm + other.diameter_mm) / 2
            )


def test_it_is_air_around_a_body_with_two_lungs(phantom: Phantom) -> None:
    middle = phantom.hu[30]

    assert np.median(middle[:20, :20]) < -950
    lungs, count = label((phantom.hu[30] < -600) & (phantom.hu[30] > -960))
    sizes = sorted(np.bincount(lungs.ravel())[1:], reverse=True)
    assert count >= 2
    assert sizes[1] * 0.49 > 3000, "two lungs, each of more than 30 cm2 in the middle slice"
    assert 30 < np.median(middle[(middle > 0) & (middle < 150)]) < 70, "muscle and blood"


def test_a_nodules_voxels_hold_its_volume_and_its_long_axis() -> None:
    """Half way between lung and nodule, on those that nothing else touches."""
    checked = 0
    for seed in (11, 12):
        made = make_phantom(seed, slices=100, slice_spacing_mm=2.5)
        for nodule in made.nodules:
            measured = _measured(made, nodule.center_mm, nodule.diameter_mm)
            if nodule.part_solid or measured is None:
                continue
            volume_mm3, long_axis_mm = measured
            assert volume_mm3 == pytest.approx(nodule.volume_mm3, rel=0.05 if nodule.diameter_mm > 15 else 0.1)
            assert long_axis_mm == pytest.approx(2 * max(nodule.semi_axes_mm[1:]), abs=1.1)
            checked += 1
    assert checked >= 4


def _measured(made: Phantom, center_mm: tuple, diameter_mm: float) -> tuple[float, float] | None:
    """Volume and in-plane extent of the component at the centre; None where something else touches it."""
    if diameter_mm < 8:
        return None
    reach = diameter_mm / 2 + 5
    corner = np.maximum(np.floor(made.grid.index(np.array(center_mm) - reach)).astype(int), 0)
    other = np.ceil(made.grid.index(np.array(center_mm) + reach)).astype(int) + 1
    box = made.hu[tuple(slice(a, b) for a, b in zip(corner, other, strict=True))]
    components, _ = label(box > -400)
    centre = np.rint(made.grid.index(np.array(center_mm))).astype(int) - corner
    region = components == components[tuple(centre)]
    edges = [region[0], region[-1], region[:, 0], region[:, -1], region[:, :, 0], region[:, :, -1]]
    if any(edge.any() for edge in edges):
        return None
    rows, columns = np.nonzero(region.any(axis=0))
    extent_px = max(np.ptp(rows), np.ptp(columns)) + 1
    return region.sum() * made.grid.voxel_mm3, extent_px * made.grid.spacing_mm[1]


def test_the_written_series_gives_the_same_voxels_and_places_back(phantom: Phantom, tmp_path: Path) -> None:
    paths = write_phantom(phantom, tmp_path)
    read = [dcmread(path) for path in paths]
    in_file_order = [float(each.ImagePositionPatient[2]) for each in read]
    by_place = sorted(read, key=lambda each: float(each.ImagePositionPatient[2]))

    assert in_file_order != sorted(in_file_order), "file names must not tell the order"
    volume = np.stack([each.pixel_array.astype(np.int16) + int(each.RescaleIntercept) for each in by_place])
    assert np.array_equal(volume, phantom.hu)
    assert {each.StudyInstanceUID for each in read} == {study_uid(phantom)}
    assert read[0].PatientName.ideographic == "体模^胸部"
    assert len({each.SOPInstanceUID for each in read}) == len(read) == 60
    first = by_place[0]
    assert [float(v) for v in first.ImagePositionPatient] == pytest.approx(phantom.grid.origin_mm, abs=1e-3)


@pytest.mark.system
def test_the_written_files_are_valid_ct_images(phantom: Phantom, tmp_path: Path) -> None:
    path = write_phantom(phantom, tmp_path)[0]
    said = subprocess.run(["dciodvfy", "-new", str(path)], capture_output=True, text=True, check=False)

    errors = [line for line in (said.stdout + said.stderr).splitlines() if line.startswith("Error")]
    assert errors == []
    assert "CTImage" in said.stdout + said.stderr
