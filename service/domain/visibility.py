"""What may be seen of a result: by a hospital, by its release policy; by a reader, by the reading mode."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TypeAlias

from service.domain.hospital import Channel, Hospital, PackageRule, ReadingMode, ReleasePolicy
from service.domain.reading_modes import ReadingModes


@dataclass(frozen=True, slots=True)
class ResultObject:
    """What is to be shown or sent: something said by a package, signed by a physician or not.

    report_released: whether a physician's report on the same study is released by now.
    """

    signed: bool
    report_released: bool = False


def visible(result: ResultObject, hospital: Hospital, channel: Channel) -> bool:
    """Whether a hospital may see the object on a channel: what is signed always, the rest as its policy says."""
    return _visible(result, hospital.policy(channel))


def _visible(result: ResultObject, policy: ReleasePolicy) -> bool:
    if result.signed:
        return True
    return policy is ReleasePolicy.AT_ONCE or (policy is ReleasePolicy.AFTER_SIGNATURE and result.report_released)


class Unsigned(StrEnum):
    """Which unsigned results of a study are shown, for those who look for many at once."""

    SHOWN = "shown"
    WITH_REPORT = "with report"
    HIDDEN = "hidden"


def unsigned(hospital: Hospital, channel: Channel) -> Unsigned:
    """What `visible` says of the unsigned results of any study, with a released report and without."""
    return _unsigned(hospital.policy(channel))


@cache
def _unsigned(policy: ReleasePolicy) -> Unsigned:
    if _visible(ResultObject(signed=False), policy):
        return Unsigned.SHOWN
    with_report = _visible(ResultObject(signed=False, report_released=True), policy)
    return Unsigned.WITH_REPORT if with_report else Unsigned.HIDDEN


def shows_findings(mode: ReadingMode, *, impression_locked: bool) -> bool:
    """Whether a reader is shown what a package found on a study: marks, outlines, and unsigned result objects alike.

    impression_locked: whether this reader has said what they see by themselves.
    """
    return mode is ReadingMode.CONCURRENT or (mode is ReadingMode.SECOND_READER and impression_locked)


def lists_outcome(mode: ReadingMode, *, impression_locked: bool) -> bool:
    """Whether the worklist may say what came of a package: that it found something, how many, how probable.

    A package that only sorts the list is there to be told in it. What a second reader found is told to nobody by the
    list's order or words, since these are the same for all readers: so it is asked of them as of an open impression.
    """
    return mode is not ReadingMode.SECOND_READER or impression_locked


@dataclass(frozen=True, slots=True)
class Sight:
    """What one reader sees now of the packages that read a study. impression_locked: as for `shows_findings`."""

    modes: ReadingModes
    impression_locked: bool

    def shows(self, package: str) -> bool:
        """Whether the package's findings are shown."""
        return shows_findings(self.modes.of(package), impression_locked=self.impression_locked)

    def lists(self, package: str) -> bool:
        """Whether the worklist says to this reader what came of the package."""
        return lists_outcome(self.modes.of(package), impression_locked=self.impression_locked)

    def waits_for(self, package: str) -> bool:
        """Whether the package's findings are shown once the reader has locked their first impression."""
        return not self.shows(package) and shows_findings(self.modes.of(package), impression_locked=True)


@dataclass(frozen=True, slots=True)
class ByReading:
    """Unsigned results that one reader is shown package by package, for those who look at many studies at once.

    reader: user id. after_impression: packages whose results are shown once this reader has locked their impression of
    the study; never: packages whose results are shown to no reader.
    """

    reader: str
    after_impression: frozenset[str]
    never: frozenset[str]


UnsignedShown: TypeAlias = Unsigned | ByReading


def unsigned_to(reader: str, rules: Sequence[PackageRule]) -> UnsignedShown:
    """What `shows_findings` says of the unsigned results of any study of a hospital. rules: the hospital's list."""
    never = frozenset(rule.package for rule in rules if not shows_findings(rule.mode, impression_locked=True))
    at_first = frozenset(rule.package for rule in rules if not shows_findings(rule.mode, impression_locked=False))
    return ByReading(reader, at_first - never, never) if at_first else Unsigned.SHOWN
