"""From a C-STORE to a signed SR in the PACS: a physician in Chromium, without a pointer, in both languages."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect, sync_playwright
from pydicom import Dataset, dcmread

from tests.loop import two_nodules
from tests.support.centre import RunningCentre, consilium, running_centre, until

PACKAGES = Path(__file__).parent.parent / "packages"
SR, PDF = "1.2.840.10008.5.1.4.1.1.88.34", "1.2.840.10008.5.1.4.1.1.104.1"
PASSWORD, PIN = "four quiet words here", "246810"
MOST_STROKES = 12


@dataclass
class Hands:
    """A keyboard whose strokes are counted; the characters of secrets are not."""

    page: Page
    strokes: int = 0

    def press(self, *chords: str) -> None:
        """Press keys one after another."""
        for chord in chords:
            self.strokes += 1
            self.page.keyboard.press(chord)

    def secret(self, text: str) -> None:
        """Type what nobody may count."""
        self.page.keyboard.type(text)


@dataclass(frozen=True)
class Hospital:
    """Where the documents come back to."""

    folder: Path
    port: int

    def objects(self, study_uid: str, sop_class_uid: str) -> list[Dataset]:
        """What came back of a class, of one study."""
        held = [dcmread(path) for path in sorted(self.folder.glob("*.dcm"))]
        return [each for each in held if each.SOPClassUID == sop_class_uid and each.StudyInstanceUID == study_uid]


@contextmanager
def hospital_pacs(folder: Path) -> Iterator[Hospital]:
    """The PACS of the hospital as a process of its own: it stores what it is sent."""
    process = subprocess.Popen(
        [sys.executable, "-m", "service.demo.hospital", str(folder), "PACS"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    yield Hospital(folder, json.loads(process.stdout.readline())["port"])
    process.terminate()
    process.wait(20)


@dataclass(frozen=True)
class Place:
    """A running centre with one hospital and somebody who reads for it."""

    centre: RunningCentre
    hospital: Hospital

    def push(self, folder: Path, study_uid: str) -> None:
        """The PACS sends a study, and the package reads it."""
        consilium(
            *("send", str(folder), "--to", f"{self.centre.host}:{self.centre.port}"),
            *("--called-ae", self.centre.ae_title, "--calling-ae", "PACS"),
        )
        until(lambda: self._outcomes(study_uid) == ["findings"], 180, self.centre.logs)

    def reader(self, login: str, language: str) -> str:
        """Let somebody in who reads in a language; returns the first password."""
        added = consilium(
            *("user", "add", "--data", str(self.centre.data), "--login", login, "--name", "李娜"),
            *("--role", "radiologist", "--hospital", "第一医院", "--language", language),
            *("--licence", f"1105 {login}", "--title", "主治医师", "--json"),
        )
        return str(json.loads(added.stdout)["first_password"])

    def _outcomes(self, study_uid: str) -> list[Any]:
        return [each["outcome"] for each in self.centre.study(study_uid)["analyses"]]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("journey")
    with hospital_pacs(folder / "pacs") as hospital, running_centre(folder / "centre", PACKAGES) as centre:
        centre.hospital(
            "第一医院",
            *("--pacs", f"127.0.0.1:{hospital.port}:PACS", "--package", "threshold_nodule", "--quiet", "2"),
            calling_ae="PACS",
        )
        yield Place(centre, hospital)


@pytest.fixture
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
        )
        yield browser.new_page(viewport={"width": 1280, "height": 800})
        browser.close()


def sign_in(page: Page, url: str, login: str, first_password: str) -> None:
    """For the first time: the password is changed."""
    page.goto(url)
    page.locator("input").first.wait_for()
    page.keyboard.type(login)
    page.keyboard.press("Tab")
    page.keyboard.type(first_password)
    page.keyboard.press("Enter")
    page.locator("input[autocomplete=new-password]").first.wait_for()
    for text in (first_password, PASSWORD, PASSWORD):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/worklist*")


@pytest.mark.system
@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("language", "patient", "signed"),
    [("zh-CN", "Wang^Xiaodong=王^小东", "已签发。"), ("en", "<script>alert(1)</script>^Mallory", "Released.")],
)
def test_a_study_is_read_and_signed_by_keys_alone_and_its_final_documents_come_back(
    place: Place, page: Page, tmp_path: Path, language: str, patient: str, signed: str
) -> None:
    study_uid = two_nodules.write(tmp_path / "sent", patient)
    place.push(tmp_path / "sent", study_uid)
    login = f"li.na.{language.lower()}"
    sign_in(page, place.centre.http, login, place.reader(login, language))
    hands = Hands(page)

    expect(page.get_by_role("row")).to_have_count(2)
    page.keyboard.press("Enter")
    page.wait_for_url("**/read/**")
    expect(page.locator("aside button[aria-pressed]")).to_have_count(2, timeout=20_000)
    hands.press("1", "a", "2", "x", "1", "Control+Enter")
    page.locator("input[type=password]").first.wait_for()
    hands.secret(PASSWORD)
    hands.press("Tab")
    hands.secret(PIN)
    hands.press("Enter")
    expect(page.get_by_text(signed)).to_be_visible(timeout=20_000)

    assert hands.strokes <= MOST_STROKES
    page.screenshot(path=tmp_path / f"signed-{language}.png")
    (final,) = until(
        lambda: place.hospital.objects(study_uid, SR), 60, lambda: (place.centre.study(study_uid), place.centre.logs())
    )
    (sheet,) = until(lambda: place.hospital.objects(study_uid, PDF), 60, lambda: place.centre.study(study_uid))
    assert (final.PreliminaryFlag, final.VerificationFlag) == ("FINAL", "VERIFIED")
    assert str(final.VerifyingObserverSequence[0].VerifyingObserverName) == "=李娜"
    assert str(final.PatientName) == patient
    assert len(_groups(final)) == 1, "one was accepted, one rejected"
    versions = json.loads(consilium("report", "list", study_uid, "--data", str(place.centre.data), "--json").stdout)
    assert versions[-1]["record_sha256"].encode() in sheet.EncapsulatedDocument
    assert consilium("report", "verify", versions[-1]["report"], "--data", str(place.centre.data)).returncode == 0


def _groups(document: Dataset) -> list[Dataset]:
    (measurements,) = (
        item for item in document.ContentSequence if item.ConceptNameCodeSequence[0].CodeValue == "126010"
    )
    return list(measurements.ContentSequence)
