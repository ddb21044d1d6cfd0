"""The lifecycle of an order: what the HIS asked for, and the rule by which an order and a study join."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from service.domain.analysis import ENDED, AnalysisState
from service.domain.lifecycle import Lifecycle


class OrderState(StrEnum):
    """Where an order stands."""

    REQUESTED = "requested"
    MATCHED = "matched"
    ANALYSING = "analysing"
    PRELIMINARY = "preliminary"
    FINAL = "final"
    CANCELLED = "cancelled"


class OrderEvent(StrEnum):
    """What happens to an order."""

    MATCHED = "matched"
    ANALYSIS_BEGAN = "analysis began"
    ALL_ENDED = "all analyses ended"
    NOTHING_ASKED = "complete, no package asked"
    REPORT_PROVISIONAL = "report released provisionally"
    REPORT_RELEASED = "report released"
    NEW_REVISION = "new revision"
    REPORT_WITHDRAWN = "report withdrawn"
    AMENDED = "amended"
    CANCELLED = "cancelled"

    @property
    def code(self) -> str:
        """As events tell it."""
        return self.name.lower().replace("_", "-")


_S, _E = OrderState, OrderEvent
ORDER: Final = Lifecycle(
    "order",
    {
        (_S.REQUESTED, _E.MATCHED): _S.MATCHED,
        (_S.MATCHED, _E.ANALYSIS_BEGAN): _S.ANALYSING,
        (_S.ANALYSING, _E.ALL_ENDED): _S.PRELIMINARY,
        (_S.MATCHED, _E.NOTHING_ASKED): _S.PRELIMINARY,
        (_S.MATCHED, _E.REPORT_PROVISIONAL): _S.PRELIMINARY,
        (_S.ANALYSING, _E.REPORT_PROVISIONAL): _S.PRELIMINARY,
        (_S.PRELIMINARY, _E.REPORT_PROVISIONAL): _S.PRELIMINARY,
        (_S.MATCHED, _E.REPORT_RELEASED): _S.FINAL,
        (_S.ANALYSING, _E.REPORT_RELEASED): _S.FINAL,
        (_S.PRELIMINARY, _E.REPORT_RELEASED): _S.FINAL,
        (_S.FINAL, _E.NEW_REVISION): _S.FINAL,
        (_S.FINAL, _E.REPORT_WITHDRAWN): _S.PRELIMINARY,
        (_S.MATCHED, _E.NEW_REVISION): _S.ANALYSING,
        (_S.ANALYSING, _E.NEW_REVISION): _S.ANALYSING,
        (_S.PRELIMINARY, _E.NEW_REVISION): _S.ANALYSING,
        (_S.FINAL, _E.AMENDED): _S.FINAL,
        (_S.REQUESTED, _E.CANCELLED): _S.CANCELLED,
        (_S.MATCHED, _E.CANCELLED): _S.CANCELLED,
        (_S.ANALYSING, _E.CANCELLED): _S.CANCELLED,
        (_S.PRELIMINARY, _E.CANCELLED): _S.CANCELLED,
    },
)


class ExamClass(StrEnum):
    """The exam class of the request, in the order of urgency."""

    EMERGENCY = "emergency"
    INPATIENT = "inpatient"
    OUTPATIENT = "outpatient"
    SCREENING = "screening"


class Priority(StrEnum):
    """The priority the request names (UPS (0074,1200): HIGH, MEDIUM, LOW)."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Identifiers:
    """What an order or a study can be known by at one hospital; empty text means not given."""

    accession_number: str
    study_instance_uid: str
    patient_id: str


class Match(StrEnum):
    """How an order and a study of one hospital stand to each other (AC-50)."""

    JOINED = "joined"
    PROPOSED = "proposed"
    CONTRADICTION = "contradiction"
    NONE = "none"


def match(order: Identifiers, study: Identifiers) -> Match:
    """Whether an order and a study belong together.

    They join by themselves on the Study Instance UID, or on the accession number where the Patient ID does not
    contradict. The same patient alone is only proposed. A strong identifier that fits while another contradicts
    is shown, never joined.
    """
    same_study = _equal(order.study_instance_uid, study.study_instance_uid)
    same_accession = _equal(order.accession_number, study.accession_number)
    same_patient = _equal(order.patient_id, study.patient_id)
    if same_study is True or same_accession is True:
        contradicted = same_patient is False or same_study is False or same_accession is False
        return Match.CONTRADICTION if contradicted else Match.JOINED
    if same_patient is True and same_study is None and same_accession is None:
        return Match.PROPOSED
    return Match.NONE


def _equal(one: str, other: str) -> bool | None:
    return one == other if one and other else None


def event_for(states: Collection[AnalysisState]) -> OrderEvent:
    """What a complete study's current analyses mean for its order."""
    if not states:
        return _E.NOTHING_ASKED
    return _E.ALL_ENDED if all(state in ENDED for state in states) else _E.ANALYSIS_BEGAN
