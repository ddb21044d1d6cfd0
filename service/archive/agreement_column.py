"""An agreement as the hospital's row keeps it: a JSON object; what is not in it is as when nothing was agreed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.domain.agreement import Agreement, AtEnd, ExaminationKind, Service, SignedBy


def written(agreement: Agreement) -> dict[str, Any]:  # JSON
    """For the column."""
    return {
        "services": sorted(agreement.services),
        "modalities": sorted(agreement.modalities),
        "excluded": sorted(agreement.excluded),
        "signed_by": agreement.signed_by.value,
        "keep_years": agreement.keep_years,
        "at_end": agreement.at_end.value,
    }


def read(column: Mapping[str, Any]) -> Agreement:  # JSON
    """From the column."""
    usual = written(Agreement())
    kept = {**usual, **column}
    return Agreement(
        services=frozenset(map(Service, kept["services"])),
        modalities=frozenset(kept["modalities"]),
        excluded=frozenset(map(ExaminationKind, kept["excluded"])),
        signed_by=SignedBy(kept["signed_by"]),
        keep_years=kept["keep_years"],
        at_end=AtEnd(kept["at_end"]),
    )
