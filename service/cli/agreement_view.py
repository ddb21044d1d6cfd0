"""What was agreed with a hospital, as an operator types and sees it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from service.cli.choices import choice
from service.cli.printing import Json
from service.domain.agreement import Agreement, AtEnd, ExaminationKind, Service, SignedBy
from service.domain.hospital import MalformedSetting
from service.domain.licence import modality_names

_EVERY: Final = "every"
_NONE: Final = "none"


@dataclass(frozen=True, slots=True)
class TypedAgreement:
    """What is to change of it, as typed; None: it stays."""

    services: tuple[str, ...] | None
    modalities: tuple[str, ...] | None
    excluded: tuple[str, ...] | None
    signed_by: str | None
    keep_years: int | None
    at_end: str | None


def altered(known: Agreement, typed: TypedAgreement) -> Agreement:
    """Raises MalformedSetting."""
    return replace(
        known,
        services=known.services
        if typed.services is None
        else frozenset(choice(Service, each, "--service") for each in typed.services),
        modalities=known.modalities if typed.modalities is None else _modalities(typed.modalities),
        excluded=known.excluded if typed.excluded is None else _excluded(typed.excluded),
        signed_by=known.signed_by if typed.signed_by is None else choice(SignedBy, typed.signed_by, "--signed-by"),
        keep_years=known.keep_years if typed.keep_years is None else typed.keep_years,
        at_end=known.at_end if typed.at_end is None else choice(AtEnd, typed.at_end, "--at-end"),
    )


def said(agreement: Agreement) -> dict[str, str]:
    """Line by line, for who reads it."""
    return {
        "services": ", ".join(sorted(agreement.services)),
        "modalities": ", ".join(sorted(agreement.modalities)) or _EVERY,
        "excluded": ", ".join(sorted(agreement.excluded)) or _NONE,
        "signed by": f"the {agreement.signed_by}'s physicians",
        "kept": f"{agreement.keep_years} years at least; nothing is deleted",
        "at the end": "its data are handed back" if agreement.at_end is AtEnd.RETURN else "its data stay here",
    }


def entry(agreement: Agreement) -> dict[str, Json]:
    """For who asks for JSON."""
    return {
        "services": [*sorted(agreement.services)],
        "modalities": [*sorted(agreement.modalities)],
        "excluded": [*sorted(agreement.excluded)],
        "signed_by": agreement.signed_by.value,
        "keep_years": agreement.keep_years,
        "at_end": agreement.at_end.value,
    }


def _modalities(typed: tuple[str, ...]) -> frozenset[str]:
    if typed == (_EVERY,):
        return frozenset()
    named = modality_names(typed)
    if not named or any(not each.isascii() or not each.isalnum() or not 2 <= len(each) <= 16 for each in named):
        raise MalformedSetting(f"--modality takes codes as DICOM writes them, for example CT, or alone: {_EVERY}")
    return named


def _excluded(typed: tuple[str, ...]) -> frozenset[ExaminationKind]:
    if typed == (_NONE,):
        return frozenset()
    return frozenset(choice(ExaminationKind, each, "--exclude") for each in typed)
