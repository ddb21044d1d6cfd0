"""A log can be handed to anybody: it says what failed and where, and holds nothing that a data set held."""

from __future__ import annotations

import io
import logging
import subprocess
import sys
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.datadict import dictionary_VR
from pydicom.dataelem import RawDataElement
from pydicom.tag import Tag

from models.private_log import PrivateFormatter, traceback_without_values
from tests.analysing.made_chest import write_chest
from tests.support.centre import running_centre, until
from tests.support.flowing import PACKAGE, PACKAGES
from tests.support.pacs import AE_TITLE, scripted_pacs
from tests.support.sender import association, data_set_of, store

STUDY = "2.25.4242"
VALUE = b"Wang XiaoFang of Ward 7"
"""Against the rules of every element it is put into, so that a library wants to warn of it."""
SPOILED = (
    *("PatientBirthDate", "PatientAge", "PatientSex", "PatientWeight", "PatientID", "StudyDate", "StudyTime"),
    *("AccessionNumber", "SeriesNumber", "FrameOfReferenceUID", "AcquisitionDateTime", "KVP"),
)


def failing(value: str) -> BaseException:
    """What a parser raises: its message quotes the value, and so does its cause's."""
    try:
        try:
            float(value)
        except ValueError as cause:
            raise KeyError(value) from cause
    except KeyError as fault:
        return fault


def test_a_traceback_says_type_and_place_and_not_the_value() -> None:
    said = traceback_without_values(failing("1970-01-01"))
    assert "1970-01-01" not in said
    assert said.index("ValueError") < said.index("KeyError")
    assert f'{Path(__file__).name}", line' in said


def test_the_operating_systems_own_words_are_kept() -> None:
    assert traceback_without_values(OSError(28, "No space left on device", "/a/name")).endswith(
        "OSError: No space left on device"
    )


def test_a_logged_exception_keeps_its_line_and_loses_its_message() -> None:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(PrivateFormatter("%(levelname)s %(message)s"))
    log = logging.getLogger("consilium.test")
    log.addHandler(handler)
    fault = failing("1970-01-01")
    log.error("analysis 7 could not be encoded", exc_info=(type(fault), fault, fault.__traceback__))
    assert written.getvalue().startswith("ERROR analysis 7 could not be encoded\nTraceback")
    assert "1970-01-01" not in written.getvalue()


def test_a_part_does_not_print_what_pydicom_warns_of() -> None:
    warns = (
        "from service.cli.parts import log_to_stderr; log_to_stderr()\n"
        "import pydicom\n"
        "pydicom.Dataset().PatientBirthDate = 'not a date at all'\n"
    )
    done = subprocess.run([sys.executable, "-c", warns], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")


@pytest.mark.slow
def test_nothing_of_a_study_with_bad_values_is_in_any_log_and_its_result_comes_back(tmp_path: Path) -> None:
    paths = [
        each.path for each in write_chest(tmp_path / "sent", StudyInstanceUID=STUDY, SeriesInstanceUID=f"{STUDY}.1")
    ]
    for path in paths:
        spoil(path)
    with scripted_pacs() as pacs, running_centre(tmp_path / "centre", PACKAGES) as centre:
        key = centre.hospital(
            "Ward",
            *("--pacs", f"127.0.0.1:{pacs.port}:{AE_TITLE}", "--package", PACKAGE),
            *("--release", "at-once", "--quiet", "1"),
            calling_ae="SCANNER",
        ).api_key
        contents = [data_set_of(path) for path in paths]
        with association(
            centre.host,
            centre.port,
            calling_ae="SCANNER",
            called_ae=centre.ae_title,
            contexts=[(sop_class, syntax) for _, sop_class, _, syntax in contents],
        ) as opened:
            for data_set, sop_class, instance, syntax in contents:
                answer = store(
                    opened, data_set, sop_class_uid=sop_class, sop_instance_uid=instance, transfer_syntax_uid=syntax
                )
                assert answer.status == 0
        until(lambda: len(pacs.stored) == 2, 60, centre.logs)
        for asked in ("/dicom-web/studies", f"/dicom-web/studies/{STUDY}/metadata"):
            assert VALUE[:4].decode() in centre.raw(asked, key, "application/dicom+json").decode()
        logs = list((tmp_path / "centre").rglob("*.log"))
        assert {path.name for path in logs} >= {"node.log", "api.log", "flow.log", "analyse.log", "process.log"}
        said = [path.read_bytes() for path in logs]
    assert [each for each in said if b"Wang" in each or b"Traceback" in each] == []


def spoil(path: Path) -> None:
    header = dcmread(path)
    for keyword in SPOILED:
        tag = Tag(keyword)
        padded = VALUE + b" " * (len(VALUE) % 2)
        header[tag] = RawDataElement(tag, dictionary_VR(tag), len(padded), padded, 0, False, True)
    header.save_as(path, enforce_file_format=True)
