"""What a hospital is told of results that no physician signed: the one place of this edge that asks."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from models.manifest import Text
from service.access.problems import NOT_RELEASED, Problem
from service.archive.events import OF_THE_CENTRE, Detail, Event, EventKind
from service.domain.hospital import Channel, Hospital
from service.domain.visibility import ResultObject, visible

_E: Final = EventKind
_NONE: Final[frozenset[str]] = frozenset()
TOLD_UNRELEASED: Final[Mapping[EventKind, frozenset[str]]] = {
    _E.STUDY_RECEIVING: _NONE,
    _E.STUDY_COMPLETE: frozenset({"revision", "by"}),
    _E.STUDY_REVISED: frozenset({"revision"}),
    _E.STUDY_ROUTED: frozenset({"packages"}),
    _E.IDENTITY_CONFLICT: _NONE,
    _E.IDENTITY_RESOLVED: _NONE,
    _E.INSTANCE_QUARANTINED: _NONE,
    _E.QUARANTINE_DECIDED: _NONE,
    _E.ANALYSIS_PENDING: frozenset({"package", "version"}),
    _E.ANALYSIS_STARTED: frozenset({"attempt"}),
    _E.ANALYSIS_ATTEMPT_LOST: frozenset({"attempt", "detail"}),
    _E.ANALYSIS_CONCLUDED: frozenset({"package", "version"}),
    _E.ANALYSIS_REFUSED: frozenset({"package", "version", "outcome", "reason", "detail"}),
    _E.ANALYSIS_FAILED: frozenset({"package", "version", "outcome", "reason", "detail"}),
    _E.ANALYSIS_CANCELLED: frozenset({"why"}),
    _E.ANALYSIS_SUPERSEDED: frozenset({"by"}),
    _E.ORDER_CREATED: _NONE,
    _E.ORDER_MATCHED: _NONE,
    _E.ORDER_UNMATCHED: frozenset({"match", "reason"}),
    _E.ORDER_CHANGED: frozenset({"state", "because"}),
    _E.ORDER_CANCELLED: frozenset({"state", "because"}),
    _E.STUDY_RETURNED: frozenset({"reason"}),
    _E.STUDY_REOPENED: _NONE,
    _E.REPORT_PROVISIONAL: frozenset({"version"}),
    _E.AUDIT_OVERDUE: frozenset({"version"}),
    _E.REPORT_RELEASED: frozenset({"version"}),
    _E.REPORT_WITHDRAWN: frozenset({"version"}),
    _E.NOTICE_RAISED: frozenset({"notice"}),
    _E.NOTICE_SENT: frozenset({"notice", "message"}),
    _E.NOTICE_ESCALATED: frozenset({"notice"}),
    _E.NOTICE_ACKNOWLEDGED: frozenset({"notice", "via", "who", "how"}),
    _E.NOTICE_TAKEN_BACK: frozenset({"notice", "because"}),
}
"""The events, and what of their detail, that tell status without findings. A kind that is not listed is not told:
which objects were made and how many were delivered would say whether something was found."""


def released(hospital: Hospital, *, report_released: bool, signed: bool = False) -> bool:
    """Whether results may be shown to the hospital's HIS. report_released: a physician's report on the study is out."""
    return visible(ResultObject(signed=signed, report_released=report_released), hospital, Channel.HIS)


def released_for_some(hospital: Hospital) -> bool:
    """Whether there are studies whose unsigned results may be shown: all, or those with a released report."""
    return released(hospital, report_released=True)


def only_after_signature(hospital: Hospital) -> bool:
    """Whether unsigned results may be shown of studies with a released report only."""
    return released_for_some(hospital) and not released(hospital, report_released=False)


def require_released(hospital: Hospital, *, report_released: bool, signed: bool = False) -> None:
    """Raises Problem where they may not: an empty list would read as "nothing found"."""
    if not released(hospital, report_released=report_released, signed=signed):
        raise Problem(
            NOT_RELEASED,
            Text(
                zh="按本院发布策略，未经医师签发的 AI 结果不对外提供。",
                en="By this hospital's release policy, AI results are not shown before a physician signed them.",
            ),
        )


def told(event: Event, hospital: Hospital, reported: Collection[int]) -> Detail | None:
    """As much of an event's detail as the hospital may know; None where it may not know of the event at all.

    reported: the studies that have a released report.
    """
    if event.kind in OF_THE_CENTRE:
        return None
    if released(hospital, report_released=event.subject.study_id in reported):
        return event.detail
    names = TOLD_UNRELEASED.get(event.kind)
    if names is None:
        return None
    return {name: value for name, value in event.detail.items() if name in names}
