"""Whether a package is asked for a study at all: the hospital's list and the order decide."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from service.domain.hospital import PackageRule


@dataclass(frozen=True, slots=True)
class Routed:
    """A package and whether it is asked, with the reason in words for the timeline."""

    package: str
    asked: bool
    reason: str


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
        reason = (
            "the hospital asks for it" if wanted else f"the hospital asks for it on {', '.join(rule.modalities)} only"
        )
        routed[rule.package] = Routed(rule.package, wanted, reason)
    for package in ordered:
        routed[package] = Routed(package, asked=True, reason="the order names it")
    return tuple(
        entry
        if entry.package in available
        else Routed(entry.package, asked=False, reason="the centre does not have this package")
        for entry in routed.values()
    )
