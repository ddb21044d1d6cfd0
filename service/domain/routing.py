"""Whether a package is asked for a study at all: the hospital's list and the order decide."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from service.domain.agreement import Agreement, Service
from service.domain.hospital import PackageRule


class RouteReason(StrEnum):
    """Why a package is asked for a study, or not."""

    HOSPITAL = "hospital-asks"
    ORDER = "order-names"
    OTHER_MODALITIES = "only-on"
    NOT_HERE = "not-here"
    NOT_AGREED = "not-agreed"


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
    rules: Sequence[PackageRule],
    ordered: Sequence[str],
    modalities: Collection[str],
    available: Collection[str],
    agreement: Agreement,
) -> tuple[Routed, ...]:
    """Every package the hospital knows or the order names, each asked or not.

    rules: the hospital's list. ordered: packages the order names; they are asked whatever the modality.
    modalities: those of the study's images. available: packages the centre has. Whether an asked package fits is
    not decided here: that is selection and gate, and ends in a reading or a refusal. agreement: with the hospital; what
    it does not cover is asked of no package, whoever names one.
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
    if Service.ANALYSIS not in agreement.services or not agreement.covers_any(modalities):
        return tuple(Routed(package, asked=False, reason=RouteReason.NOT_AGREED) for package in routed)
    return tuple(
        entry if entry.package in available else Routed(entry.package, asked=False, reason=RouteReason.NOT_HERE)
        for entry in routed.values()
    )
