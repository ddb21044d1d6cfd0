"""Whether a package is asked for a study at all: the hospital's list and the order decide."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from service.domain.hospital import PackageRule


class RouteReason(StrEnum):
    """Why a package is asked for a study, or not."""

    HOSPITAL = "hospital-asks"
    ORDER = "order-names"
    OTHER_MODALITIES = "only-on"
    NOT_HERE = "not-here"


@dataclass(frozen=True, slots=True)
class Routed:
    """A package and whether it is asked, with the reason. modalities: those a rule is for, where they decided."""

    package: str
    asked: bool
    reason: RouteReason
    modalities: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        """As events keep it: package and reason, with the modalities where they decided."""
        return " ".join([f"{self.package}: {self.reason}", *(self.modalities)])


def route(
    rules: Sequence[PackageRule], ordered: Sequence[str], modalities: Collection[str], available: Collection[str]
) -> tuple[Routed, ...]:
    """Every package the hospital knows or the order names, each asked or not.

    rules: the hospital's list. ordered: packages the order names; they are asked whatever the modality.
    modalities: those of the study's images. available: packages the centre has. Whether an asked package fits is
    not decided here: that is selection and gate, and ends in a reading or a refusal.
    """
    routed = {}
    for rule in rules:
        wanted = not rule.modalities or bool(set(rule.modalities) & set(modalities))
        routed[rule.package] = (
            Routed(rule.package, asked=True, reason=RouteReason.HOSPITAL)
            if wanted
            else Routed(rule.package, asked=False, reason=RouteReason.OTHER_MODALITIES, modalities=rule.modalities)
        )
    for package in ordered:
        routed[package] = Routed(package, asked=True, reason=RouteReason.ORDER)
    return tuple(
        entry if entry.package in available else Routed(entry.package, asked=False, reason=RouteReason.NOT_HERE)
        for entry in routed.values()
    )
