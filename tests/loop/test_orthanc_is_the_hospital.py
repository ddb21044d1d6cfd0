"""The whole loop with Orthanc as the hospital's PACS."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.centre import running_centre, until
from tests.support.orthanc import AE_TITLE, orthanc
from training.phantom.dicom import study_uid, write_phantom
from training.phantom.volume import make_phantom

PACKAGES = Path(__file__).parent.parent / "packages"


@pytest.mark.system
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_orthanc_pushes_a_study_and_gets_sr_and_seg_back_once(tmp_path: Path) -> None:
    phantom = make_phantom(3, slices=80, slice_mm=3.0)
    paths = write_phantom(phantom, tmp_path / "files")
    with orthanc(tmp_path / "pacs") as pacs, running_centre(tmp_path / "centre", PACKAGES) as centre:
        centre.hospital(
            "Orthanc hospital",
            *("--pacs", f"127.0.0.1:{pacs.dicom_port}:{AE_TITLE}", "--package", "threshold_nodule"),
            *("--release", "at-once", "--quiet", "2"),
            calling_ae=AE_TITLE,
        )
        pacs.know(centre.ae_title, centre.port)
        pacs.upload(*paths)
        (study,) = pacs.rest("/studies")

        pacs.push(study)

        until(lambda: {"SR", "SEG"} <= set(pacs.modalities()), 240, lambda: (pacs.modalities(), centre.logs()))
        shown = until(
            lambda: _delivered(centre.study(study_uid(phantom))), 30, lambda: centre.study(study_uid(phantom))
        )
        assert shown["images"] == 80
        assert [each["outcome"] for each in shown["analyses"]] == ["findings"]

        pacs.push(study)
        again = until(
            lambda: _came_home(centre.study(study_uid(phantom))), 60, lambda: centre.study(study_uid(phantom))
        )
        assert again["revision"] == 1, "our own objects sent back by an auto-routing PACS start nothing"
        assert len(again["analyses"]) == 1
        assert pacs.modalities() == ["CT", "SEG", "SR"]


def _delivered(shown: dict) -> dict | None:
    sent = shown["deliveries"]
    return shown if sent and all(each["state"] == "delivered" for each in sent) else None


def _came_home(shown: dict) -> dict | None:
    return shown if shown["instances"] == shown["images"] + 2 else None
