"""How a hospital's readers work with each package: the modes of its rules, by package."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from service.domain.hospital import PackageRule, ReadingMode

_STRICTEST_FIRST: Final = (ReadingMode.TRIAGE_ONLY, ReadingMode.SECOND_READER, ReadingMode.CONCURRENT)


@dataclass(frozen=True, slots=True)
class ReadingModes:
    """The mode of every package that a hospital has a rule for."""

    of_rules: Mapping[str, ReadingMode]

    @classmethod
    def by(cls, rules: Iterable[PackageRule]) -> ReadingModes:
        """As a hospital's list says. rules: one for a package."""
        return cls({rule.package: rule.mode for rule in rules})

    def of(self, package: str) -> ReadingMode:
        """How a reader works with a package.

        One without a rule was asked by the order: it is read with as the readers' own choice is, concurrently.
        """
        return self.of_rules.get(package, ReadingMode.CONCURRENT)

    def strictest(self, packages: Collection[str]) -> ReadingMode:
        """How free a reader was of these packages when they said something of their own."""
        modes = {self.of(package) for package in packages}
        return next((mode for mode in _STRICTEST_FIRST if mode in modes), ReadingMode.CONCURRENT)

    def changed(self, later: ReadingModes) -> frozenset[str]:
        """The packages that are read with in another way by later modes."""
        known = {*self.of_rules, *later.of_rules}
        return frozenset(each for each in known if self.of(each) is not later.of(each))
