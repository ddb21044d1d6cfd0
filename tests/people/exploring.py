"""Signed studies with judged findings, and what a data scientist is shown of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from service.archive.studies import Study
from service.domain.user import UserRole
from tests.people.browsers import Browser, Browsers
from tests.people.test_finding_tools import signed
from tests.people.test_reading_page import LUNG, NODULE, judge
from tests.support.edges import Customer

EFFUSION = {"value": "60046008", "scheme": "SCT", "meaning": "Pleural effusion"}
MASS = {"value": "4147007", "scheme": "SCT", "meaning": "Mass"}


def long_axis(length_mm: float) -> dict[str, Any]:
    return {"start_mm": [0, 0, 0], "end_mm": [length_mm, 0, 0], "length_mm": length_mm}


def said(length_mm: float, concept: dict[str, str] = NODULE, **more: Any) -> dict[str, Any]:
    return {"concept": concept, "site": LUNG, "long_axis": long_axis(length_mm), "note": "SECRET-NOTE", **more}


@dataclass(frozen=True)
class People:
    """Who reads, and who looks at what came of it: they sit at one browser for many tests."""

    reader: Browser
    scientist: Browser

    @classmethod
    def of(cls, browsers: Browsers) -> People:
        """Both of every hospital."""
        return cls(browsers.at(browsers.person()), browsers.at(browsers.person(UserRole.SCIENTIST)))


@dataclass
class Ward:
    """One hospital, and the people who read its studies or look at what came of that."""

    browsers: Browsers
    people: People
    hospital: Customer

    @classmethod
    def of(cls, browsers: Browsers, people: People) -> Ward:
        return cls(browsers, people, browsers.edges.hospital())

    @property
    def reader(self) -> Browser:
        return self.people.reader

    @property
    def scientist(self) -> Browser:
        return self.people.scientist

    def read(self, *, findings: int = 1, maker: str = "ACME", **attributes: str) -> Study:
        """A study that the package has read, by a scanner of this make."""
        study = self.browsers.edges.study(self.hospital, **attributes)
        self.browsers.edges.analysis(study, findings=findings)
        with self.browsers.edges.archive.write() as connection:
            connection.exec_driver_sql(
                "UPDATE instance SET facts = json_set(facts, '$.manufacturer', ?) WHERE study_id = ?", (maker, study.id)
            )
        return study

    def judged(self, study: Study, action: str, uid: str = "2.25.1", **more: Any) -> None:
        answer = judge(self.reader, study, uid, action, **more)
        assert answer.status_code == 200, answer.text

    def signed(self, study: Study, days_ago: float = 0.0) -> None:
        signed(self.browsers, self.reader, study, days_ago)

    def done(self, action: str, *, days_ago: float = 0.0, **more: Any) -> Study:
        """A study with one finding, judged so and signed."""
        study = self.read()
        self.judged(study, action, **more)
        self.signed(study, days_ago)
        return study

    def record(self, **query: Any) -> dict[str, Any]:
        """Of the one package that read here."""
        (found,) = self.asked("record", **query)["packages"]
        return dict(found)

    def rows(self, **query: Any) -> list[dict[str, Any]]:
        return list(self.asked("disagreements", **query)["items"])

    def file(self, form: str, **query: Any) -> str:
        """The text of what is taken out."""
        answer = self.scientist.get("/explore/disagreements-file", hospital=self.hospital.id, form=form, **query)
        assert answer.status_code == 200, answer.text
        return answer.content.decode("utf-8-sig")

    def asked(self, what: str, **query: Any) -> dict[str, Any]:
        answer = self.scientist.get(f"/explore/{what}", **{"hospital": self.hospital.id, **query})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())
