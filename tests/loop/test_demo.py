"""`consilium demo`: one command shows the whole loop."""

from __future__ import annotations

import json
import subprocess
from math import dist
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.uid import generate_uid

from tests.support.centre import CONSILIUM, alive, environment, family_of, until
from tests.support.flowing import PACKAGES, note

SR = "1.2.840.10008.5.1.4.1.1.88.34"
SEG = "1.2.840.10008.5.1.4.1.1.66.4"


def demo(folder: Path, *options: str) -> dict:
    """The object a demo prints; nothing else may be on stdout, and nothing may be left running."""
    command = [*CONSILIUM, "demo", "--once", "--json", "--data", str(folder), *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    left = subprocess.run(["pgrep", "-f", str(folder)], capture_output=True, text=True, check=False).stdout
    assert left == "", f"left running: {left}"
    said: dict = json.loads(done.stdout)
    return said


def delivered_and_readable(said: dict, folder: Path) -> dict[str, int]:
    counts: dict[str, int] = {}
    for each in said["delivered"]:
        path = Path(each["path"])
        assert path.is_absolute()
        assert path.is_relative_to(folder / "hospital")
        header = dcmread(path)
        assert header.SOPInstanceUID == each["sop_instance_uid"]
        assert header.StudyInstanceUID == said["study_instance_uid"]
        counts[each["sop_class_uid"]] = counts.get(each["sop_class_uid"], 0) + 1
    return counts


@pytest.mark.slow
@pytest.mark.timeout(1000)
def test_the_phantom_goes_through_the_loop(tmp_path: Path) -> None:
    said = demo(tmp_path)

    assert said["ok"] is True
    (analysis,) = said["analyses"]
    assert analysis["package"] == "ct_chest_nodule"
    assert analysis["outcome"] == "findings"
    assert delivered_and_readable(said, tmp_path) == {SR: 1, SEG: 1}
    timeline = said["timeline"]
    assert 0 < timeline["received_s"] < timeline["complete_s"] < timeline["analysed_s"] < timeline["delivered_s"]
    page = (tmp_path / "findings.html").read_text()
    assert "体模" in page
    assert "http://" not in page


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_loop_that_does_not_end_well_is_told_in_the_same_object_and_a_folder_serves_again(tmp_path: Path) -> None:
    """A study without an image is asked of no package: nothing is concluded, so it is not well."""
    study = tmp_path / "study"
    study.mkdir()
    header = note(generate_uid())
    header.save_as(study / "note.dcm", enforce_file_format=True)
    command = [*CONSILIUM, "demo", "--once", "--json", "--data", str(tmp_path / "demo"), "--study", str(study)]

    for _ in range(2):
        done = subprocess.run(
            command, env=environment(PACKAGES), capture_output=True, text=True, timeout=180, check=False
        )
        said = json.loads(done.stdout)

        assert done.returncode == 1, done.stderr[-2000:]
        assert (said["ok"], said["analyses"], said["delivered"]) == (False, [], [])
        assert said["study_instance_uid"] == header.StudyInstanceUID
        assert said["timeline"]["analysed_s"] is None


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_killed_demo_leaves_no_process(tmp_path: Path) -> None:
    study = tmp_path / "study"
    study.mkdir()
    note(generate_uid()).save_as(study / "note.dcm", enforce_file_format=True)
    command = [*CONSILIUM, "demo", "--json", "--data", str(tmp_path / "demo"), "--study", str(study)]
    demo = subprocess.Popen(command, env=environment(PACKAGES), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert demo.stdout is not None
    assert json.loads(demo.stdout.readline())["ok"] is False
    family = family_of(demo.pid)

    demo.kill()
    demo.wait()

    assert len(family) > 5
    until(lambda: not any(map(alive, family)), 60, lambda: f"left: {[pid for pid in family if alive(pid)]}")


@pytest.mark.slow
@pytest.mark.real_data
@pytest.mark.timeout(1000)
def test_a_patients_lesion_is_found(tmp_path: Path, datasets: Path) -> None:
    study = datasets / "ct_lidc_nodules" / "LIDC-IDRI-0001"

    said = demo(tmp_path, "--study", str(study / "dicom"))

    (lesion,) = json.loads((study / "nodules.json").read_text())["nodules_ge3mm"]
    centres = [each["center_mm_lps"] for each in said["analyses"][0]["findings"]]
    assert min(dist(lesion["centroid_lps_mm"], centre) for centre in centres) <= lesion["diameter_mm"] / 2
    assert delivered_and_readable(said, tmp_path) == {SR: 1, SEG: 1}


@pytest.mark.slow
@pytest.mark.real_data
@pytest.mark.timeout(1000)
def test_an_mr_study_is_refused_with_the_reason_and_that_is_well(tmp_path: Path, datasets: Path) -> None:
    said = demo(tmp_path, "--study", str(datasets / "mr_hippocampus" / "dicom"))

    assert said["ok"] is True
    (analysis,) = said["analyses"]
    assert (analysis["outcome"], analysis["reason"]) == ("refused", "wrong-modality")
    assert delivered_and_readable(said, tmp_path) == {SR: 1}
