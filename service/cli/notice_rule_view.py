"""A hospital's rules for urgent findings as an operator types and sees them."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from models.contract import Code
from service.access.notice_rules import add_rule, end_rule
from service.archive import hospitals, notice_rules
from service.archive.notice_rules import KeptRule
from service.cli import printing
from service.cli.opened import opened
from service.cli.printing import Json
from service.domain.codes import TERMS, Term
from service.domain.hospital import MalformedSetting
from service.domain.notice import MalformedRule, NoticeRule
from service.domain.wall import Wall

_CODE: Final = re.compile(r"([A-Za-z0-9_]{1,16}):([A-Za-z0-9_.-]{1,64})")


@dataclass(frozen=True, slots=True)
class Typed:
    """A rule as typed."""

    hospital: str
    finding: str
    meaning: str | None
    least_long_axis_mm: float | None
    contact: str
    escalation_contact: str
    deadline_s: float

    @property
    def rule(self) -> NoticeRule:
        """As the domain has it. Raises MalformedSetting."""
        try:
            return NoticeRule(
                _concept(self.finding, self.meaning),
                self.least_long_axis_mm,
                self.contact.strip(),
                self.escalation_contact.strip(),
                self.deadline_s,
            )
        except MalformedRule as fault:
            raise MalformedSetting(f"the rule could not work: {fault}") from fault


def add_view(data: Path | None, typed: Typed, *, json_wanted: bool) -> None:
    """Add a rule. Raises MalformedSetting, UnknownHospital."""
    rule, wall = typed.rule, Wall.operator()
    with opened(data) as archive:
        with archive.read() as connection:
            hospital = hospitals.by_name(connection, wall, typed.hospital)
        kept = add_rule(archive, wall, hospital.id, rule)
    if json_wanted:
        printing.as_json(_entry(kept))
        return
    sys.stdout.write(
        f"{hospital.name} is told of {_what(rule)} from now on, once a physician confirmed it (rule {kept.id}).\n"
    )


def list_view(data: Path | None, name: str, *, json_wanted: bool) -> None:
    """Print the rules in force. Raises UnknownHospital."""
    wall = Wall.operator()
    with opened(data) as archive, archive.read() as connection:
        rules = notice_rules.of_hospital(connection, wall, hospitals.by_name(connection, wall, name).id)
    if json_wanted:
        printing.as_json([_entry(each) for each in rules])
        return
    printing.as_table(
        ("finding", "told", "after", "then", "rule"),
        [
            (
                _what(each.rule),
                each.rule.contact,
                f"{each.rule.deadline_s:.0f} s",
                each.rule.escalation_contact,
                each.id,
            )
            for each in rules
        ],
        "No rule yet: `consilium hospital notice add --help`.",
    )


def remove_view(data: Path | None, name: str, rule_id: str) -> None:
    """End a rule. Raises UnknownHospital, UnknownRule."""
    wall = Wall.operator()
    with opened(data) as archive:
        with archive.read() as connection:
            hospital = hospitals.by_name(connection, wall, name)
        end_rule(archive, wall, hospital.id, rule_id)
    sys.stdout.write("The rule raises nothing any more; what it raised is told until somebody acknowledges it.\n")


def _concept(text: str, meaning: str | None) -> Code:
    matched = _CODE.fullmatch(text.strip())
    if matched is None:
        raise MalformedSetting(f"--finding {text!a} is not SCHEME:CODE, for example SCT:36118008")
    scheme, value = matched[1].upper(), matched[2]
    known: Term | None = next((each for each in TERMS if (each.code.scheme, each.code.value) == (scheme, value)), None)
    if known is not None:
        return known.code
    if not meaning or not meaning.strip():
        raise MalformedSetting(f"the code table does not have {scheme}:{value}; say what it means with --meaning")
    return Code(value, scheme, meaning.strip()[:64])


def _what(rule: NoticeRule) -> str:
    size = "" if rule.least_long_axis_mm is None else f" of at least {rule.least_long_axis_mm:g} mm"
    return f"{rule.concept.meaning} ({rule.concept.scheme}:{rule.concept.value}){size}"


def _entry(kept: KeptRule) -> dict[str, Json]:
    rule = kept.rule
    return {
        "rule": kept.id,
        "finding": {"scheme": rule.concept.scheme, "code": rule.concept.value, "meaning": rule.concept.meaning},
        "least_long_axis_mm": rule.least_long_axis_mm,
        "contact": rule.contact,
        "escalation_contact": rule.escalation_contact,
        "deadline_s": rule.deadline_s,
    }
