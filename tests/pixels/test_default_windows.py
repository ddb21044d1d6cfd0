"""A CT whose header names no window is shown in one for what was examined, the same in every picture of it."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom import Dataset
from pydicom.dataset import FileDataset

from models.windows import PRESETS, Preset, preset_for
from service.pixels.view import View, shown
from tests.support.series import ct_slice

WORDS = [
    # body part, series, study: what a department would open it in
    ("CHEST", "", "", Preset.LUNG),
    ("THORAX", "1.25mm", "", Preset.LUNG),
    ("", "Chest 5.0", "", Preset.LUNG),
    ("", "", "胸部CT平扫", Preset.LUNG),
    ("CHEST", "Mediastinum 5.0 B31f", "", Preset.MEDIASTINUM),
    ("CHEST", "纵隔窗", "", Preset.MEDIASTINUM),
    ("CHEST", "5mm 骨窗", "", Preset.BONE),
    ("CHESTABDPELV", "", "", Preset.MEDIASTINUM),
    ("CHEST_TO_PELVIS", "Lung 1.0 B60f", "", Preset.LUNG),
    ("HEAD", "", "", Preset.BRAIN),
    ("BRAIN", "4.8mm", "", Preset.BRAIN),
    ("", "", "头颅CT平扫", Preset.BRAIN),
    ("SINUS", "", "", Preset.BONE),
    ("TEMPORALBONE", "", "", Preset.BONE),
    ("HEADNECK", "", "", Preset.MEDIASTINUM),
    ("ABDOMEN", "", "", Preset.ABDOMEN),
    ("", "上腹部平扫", "", Preset.ABDOMEN),
    ("PELVIS", "", "", Preset.ABDOMEN),
    ("LSPINE", "", "", Preset.BONE),
    ("KNEE", "", "", Preset.BONE),
    ("HEART", "", "", Preset.MEDIASTINUM),
    ("", "", "", Preset.MEDIASTINUM),
    ("WHOLEBODY", "", "", Preset.MEDIASTINUM),
]
HU = np.arange(-1000, 1000, 20, dtype=np.int16)


@pytest.mark.parametrize(("body_part", "series", "study", "wanted"), WORDS)
def test_what_was_examined_says_the_window(body_part: str, series: str, study: str, wanted: Preset) -> None:
    assert preset_for(body_part, series, study) is wanted


def ramp(tmp_path: Path, **attributes: object) -> Path:
    """A CT without a window: from -1000 to 980 HU in steps of 20, left to right."""
    image: FileDataset = ct_slice(study_uid="1.2.3", series_uid="1.2.3.1", index=0, size=100)
    image.Rows, image.Columns = 50, 100
    image.PixelData = np.tile(HU, (50, 1)).tobytes()
    image.RescaleIntercept, image.RescaleSlope = 0, 1
    for keyword in ("WindowCenter", "WindowWidth", "BodyPartExamined", "SeriesDescription", "StudyDescription"):
        if keyword in image:
            delattr(image, keyword)
    for keyword, value in attributes.items():
        setattr(image, keyword, value)
    path = tmp_path / "image.dcm"
    image.save_as(path, enforce_file_format=True)
    return path


def row(path: Path) -> list[int]:
    picture = Image.open(io.BytesIO(shown(path, 1, View(media_type="image/png"))))
    return [int(each) for each in np.asarray(picture)[10]]


def linear(centre: float, width: float) -> list[int]:
    """By hand from PS3.3 C.11.2.1.2.1: y = ((x - (c - 0.5)) / (w - 1) + 0.5) * 255 within the window."""
    greys = ((HU - (centre - 0.5)) / (width - 1) + 0.5) * 255
    return [int(each) for each in np.rint(np.clip(greys, 0, 255))]


@pytest.mark.parametrize(
    ("attributes", "window"),
    [
        ({"BodyPartExamined": "CHEST"}, (-600, 1500)),
        ({"BodyPartExamined": "HEAD"}, (40, 80)),
        ({"BodyPartExamined": "ABDOMEN"}, (50, 350)),
        ({"StudyDescription": "Lumbar spine"}, (400, 1800)),
        ({}, (40, 400)),
        ({"BodyPartExamined": "CHEST", "WindowCenter": "40", "WindowWidth": "350"}, (40, 350)),
    ],
)
def test_pictures_have_the_grey_values_of_that_window(
    tmp_path: Path, attributes: dict[str, object], window: tuple[float, float]
) -> None:
    seen = row(ramp(tmp_path, **attributes))
    assert max(abs(one - other) for one, other in zip(seen, linear(*window), strict=True)) <= 1


@pytest.mark.parametrize(
    "attributes",
    [{"Modality": "MR"}, {"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]}, {"RescaleType": "US"}],
)
def test_values_that_are_no_hounsfield_units_show_their_whole_range(
    tmp_path: Path, attributes: dict[str, object]
) -> None:
    seen = row(ramp(tmp_path, BodyPartExamined="CHEST", **attributes))
    assert (seen[0], seen[-1]) == (0, 255)
    assert abs(seen[50] - 128) <= 3


def test_a_window_that_is_said_of_one_frame_holds_for_that_frame(tmp_path: Path) -> None:
    def of_frame(centre: str) -> Dataset:
        macro, group = Dataset(), Dataset()
        macro.WindowCenter, macro.WindowWidth = centre, "400"
        group.FrameVOILUTSequence = [macro]
        return group

    path = ramp(
        tmp_path,
        NumberOfFrames="2",
        PixelData=np.tile(HU, (100, 1)).tobytes(),
        PerFrameFunctionalGroupsSequence=[of_frame("40"), of_frame("-100")],
    )
    for number, centre in ((1, 40), (2, -100)):
        picture = Image.open(io.BytesIO(shown(path, number, View(media_type="image/png"))))
        assert [int(each) for each in np.asarray(picture)[10]] == pytest.approx(linear(centre, 400), abs=1)


def test_every_preset_is_one_of_the_reading_page_with_its_numbers() -> None:
    page = (Path(__file__).parents[2] / "service/web/src/viewer/presets.ts").read_text()
    for preset, window in PRESETS.items():
        assert f"{preset}: {{ width: {window.width_hu:g}, centre: {window.centre_hu:g} }}" in page
