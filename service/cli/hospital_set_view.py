"""A hospital's settings changed by an operator: as typed, and what they are then."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from service.access import hospital_settings
from service.archive import hospitals
from service.cli import agreement_view, printing
from service.cli.agreement_view import TypedAgreement
from service.cli.choices import choice
from service.cli.hospital_view import entry, packages_here
from service.cli.opened import opened
from service.cli.options import settings
from service.domain.hospital import (
    Finalising,
    Hospital,
    Language,
    MalformedSetting,
    PackageRule,
    ReadingMode,
    ReleasePolicy,
)
from service.domain.hospital import package_rule as parsed_rule
from service.domain.order import ExamClass
from service.domain.wall import Wall

_LEARNED: Final = "learned"
_DEFAULT: Final = "default"
_MINUTE_S: Final = 60.0
_FINALISING: Final = {
    Finalising.BY_SIGNATURE: "the signature",
    Finalising.BY_AUDIT: "an audit by a second physician",
    Finalising.BY_AUDIT_EMERGENCIES_FIRST: "an audit; an emergency goes out provisionally before it",
}


@dataclass(frozen=True, slots=True)
class TypedChange:
    """What is to change, as typed; None or nothing: it stays."""

    rename: str | None
    language: str | None
    release_pacs: str | None
    release_his: str | None
    quiet: str | None
    audit: bool | None
    finalising: str | None
    targets: tuple[str, ...]
    reading_modes: tuple[str, ...]
    packages: tuple[str, ...] | None
    agreement: TypedAgreement


def set_view(data: Path | None, name: str, typed: TypedChange, *, json_wanted: bool) -> None:
    """Change a hospital's settings and print them. Raises HospitalFault: then nothing was changed."""
    here = packages_here(settings(data=data))
    wall = Wall.operator()
    with opened(data) as archive:
        with archive.read() as connection:
            hospital = hospitals.by_name(connection, wall, name)
        after = hospital_settings.change(
            archive, wall, hospital.id, lambda known: _altered(known, typed), packages=here
        )
        with archive.read() as connection:
            said = entry(connection, wall, after)
    if json_wanted:
        printing.as_json(said)
        return
    _print(after)


def _print(hospital: Hospital) -> None:
    targets = (f"{each} {seconds / _MINUTE_S:g} min" for each, seconds in hospital.targets_s.items())
    packages = (f"{rule.package} ({', '.join([*rule.modalities, rule.mode])})" for rule in hospital.packages)
    lines = {
        "language": hospital.language.value,
        "release": f"PACS {hospital.release_pacs}, HIS {hospital.release_his}",
        "quiet time": _LEARNED if hospital.quiet_s is None else f"{hospital.quiet_s:g} s",
        "final by": _FINALISING[hospital.finalising],
        "targets": ", ".join(targets) or "the centre's",
        "packages": ", ".join(packages) or "none",
        **agreement_view.said(hospital.agreement),
    }
    sys.stdout.write(f"{hospital.name} is set up so from now on:\n")
    for name, value in lines.items():
        sys.stdout.write(f"  {name:11} {value}\n")


def _altered(known: Hospital, typed: TypedChange) -> Hospital:
    """Raises MalformedSetting."""
    rules = known.packages if typed.packages is None else _rules(known, typed.packages)
    pacs = known.release_pacs if typed.release_pacs is None else _policy(typed.release_pacs, "--release-pacs")
    his = known.release_his if typed.release_his is None else _policy(typed.release_his, "--release-his")
    return replace(
        known,
        name=known.name if typed.rename is None else hospital_settings.normal_name(typed.rename),
        language=known.language if typed.language is None else choice(Language, typed.language, "--language"),
        release_pacs=pacs,
        release_his=his,
        quiet_s=known.quiet_s if typed.quiet is None else _quiet_s(typed.quiet),
        finalising=_finalising(known, typed),
        targets_s=_targets_s(known.targets_s, typed.targets),
        packages=_with_modes(rules, typed.reading_modes),
        agreement=agreement_view.altered(known.agreement, typed.agreement),
    )


def _finalising(known: Hospital, typed: TypedChange) -> Finalising:
    if typed.finalising is not None and typed.audit is not None:
        raise MalformedSetting("--finalising says it all; leave --audit or --no-audit out")
    if typed.audit is not None:
        return Finalising.BY_AUDIT if typed.audit else Finalising.BY_SIGNATURE
    return known.finalising if typed.finalising is None else choice(Finalising, typed.finalising, "--finalising")


def _policy(typed: str, option: str) -> ReleasePolicy:
    return choice(ReleasePolicy, typed, option)


def _rules(known: Hospital, typed: tuple[str, ...]) -> tuple[PackageRule, ...]:
    """A package that the hospital had keeps its reading mode."""
    modes = {rule.package: rule.mode for rule in known.packages}
    rules = (parsed_rule(each) for each in typed)
    return tuple(replace(rule, mode=modes.get(rule.package, rule.mode)) for rule in rules)


def _with_modes(rules: tuple[PackageRule, ...], typed: tuple[str, ...]) -> tuple[PackageRule, ...]:
    modes = {}
    for each in typed:
        package, _, mode = each.partition("=")
        if package not in {rule.package for rule in rules}:
            raise MalformedSetting(
                f"--reading-mode {each!a} is not PACKAGE=MODE of a package that the hospital asks for, which are: "
                f"{', '.join(rule.package for rule in rules) or 'none'}"
            )
        modes[package] = choice(ReadingMode, mode, "--reading-mode")
    return tuple(replace(rule, mode=modes.get(rule.package, rule.mode)) for rule in rules)


def _targets_s(known: Mapping[str, float], typed: tuple[str, ...]) -> dict[str, float]:
    targets_s = dict(known)
    for each in typed:
        name, _, minutes = each.partition("=")
        exam_class = choice(ExamClass, name, "--target").value
        if minutes == _DEFAULT:
            targets_s.pop(exam_class, None)
        else:
            targets_s[exam_class] = _number(minutes, f"--target {each!a} is not CLASS=MINUTES") * _MINUTE_S
    return targets_s


def _quiet_s(typed: str) -> float | None:
    return None if typed == _LEARNED else _number(typed, f"--quiet {typed!a} is neither seconds nor `{_LEARNED}`")


def _number(text: str, fault: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise MalformedSetting(f"{fault}; write a number") from None
