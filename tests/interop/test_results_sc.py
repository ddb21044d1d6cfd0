"""The summary page for a PACS that takes neither SR nor SEG says the same, and nothing of who the patient is."""

from __future__ import annotations

import io
from pathlib import Path

import made_sources as made
import numpy as np
import pytest
import validators
from pydicom import dcmread, dcmwrite

from models.contract import RefusalReason, Refused
from service.domain.hospital import Language
from service.domain.outcome import AnalysisResult, Failed
from service.results.document import BadContext, CharacterSet
from service.results.secondary_capture import encode_sc, summary_lines
from service.results.sr import encode_sr

SERIES = made.single_frames()
PICTURE = np.random.default_rng(1).integers(0, 255, (90, 121, 3), dtype=np.uint8)
OUTCOMES: dict[str, AnalysisResult] = {
    "positive": made.reading(SERIES, made.two_nodules(SERIES)),
    "negative": made.reading(SERIES, ()),
    "refused": Refused(RefusalReason.SLICES_TOO_THICK, "slices are 5 mm thick, at most 3 mm is covered"),
    "failed": Failed("attempts-exhausted", "the model process ended three times without an answer"),
}


def test_the_picture_comes_back_as_it_was_drawn() -> None:
    image = dcmread(io.BytesIO(encode_sc(made.context(SERIES), OUTCOMES["positive"], PICTURE).part10))
    assert (image.pixel_array == PICTURE).all()
    assert image.SOPClassUID == "1.2.840.10008.5.1.4.1.1.7"
    assert list(image.ImageType) == ["DERIVED", "SECONDARY"]
    assert (image.ConversionType, image.BurnedInAnnotation) == ("WSD", "NO")
    assert image.StudyInstanceUID == SERIES.headers[0].StudyInstanceUID
    assert str(image.PatientName) == "Zhang^XiaoDong=张^小东"
    assert image.SeriesNumber >= 9000
    assert image.SeriesDescription.startswith("AI ")


@pytest.mark.system
@pytest.mark.parametrize("character_set", list(CharacterSet))
@pytest.mark.parametrize("name", OUTCOMES)
def test_dciodvfy_finds_no_error(name: str, character_set: CharacterSet, tmp_path: Path) -> None:
    context = made.context(SERIES, character_set=character_set)
    encoded = encode_sc(context, OUTCOMES[name], PICTURE)
    assert validators.iod_errors(encoded.part10, "SCImage", tmp_path) == []


@pytest.mark.parametrize(
    ("language", "words"), [(Language.ZH_CN, "AI 结果，未经医师核实"), (Language.EN, "AI result, not verified")]
)
@pytest.mark.parametrize("name", OUTCOMES)
def test_the_page_says_first_that_nobody_verified_it(name: str, language: Language, words: str) -> None:
    assert words in summary_lines(made.context(SERIES, language=language), OUTCOMES[name])[0]


@pytest.mark.parametrize("name", OUTCOMES)
def test_the_page_says_what_the_sr_says(name: str) -> None:
    context = made.context(SERIES)
    report = encode_sr(context, OUTCOMES[name]).part10.decode(errors="ignore")
    lines = summary_lines(context, OUTCOMES[name])
    statements = [line for line in lines if line[0].isdigit()] or [lines[1]]
    assert statements
    assert all(statement in report for statement in statements)


@pytest.mark.parametrize("name", OUTCOMES)
def test_the_page_does_not_name_the_patient(name: str) -> None:
    text = "\n".join(summary_lines(made.context(SERIES), OUTCOMES[name]))
    for identity in ("张", "Zhang", "0012345", "19610203", "A20260707"):
        assert identity not in text
    assert "仅供研究使用" in text
    assert "华西医院" in text


def test_encoding_again_gives_the_same_bytes_and_pydicom_writes_what_it_read() -> None:
    once = encode_sc(made.context(SERIES), OUTCOMES["negative"], PICTURE)
    stream = io.BytesIO()
    dcmwrite(stream, dcmread(io.BytesIO(once.part10)), enforce_file_format=True)
    assert encode_sc(made.context(SERIES), OUTCOMES["negative"], PICTURE) == once
    assert stream.getvalue() == once.part10


@pytest.mark.parametrize("picture", [PICTURE[..., 0], PICTURE.astype(np.uint16), np.zeros((4, 4, 4), dtype=np.uint8)])
def test_a_picture_of_another_shape_or_depth_is_refused(picture: np.ndarray) -> None:
    with pytest.raises(BadContext, match="picture"):
        encode_sc(made.context(SERIES), OUTCOMES["negative"], picture)
