"""The lifecycle of a study at one hospital (its revision grows when an image arrives after completion)."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from service.domain.lifecycle import Lifecycle


class StudyState(StrEnum):
    """Where a study stands."""

    RECEIVING = "receiving"
    COMPLETE = "complete"
    ERASED = "erased"


class StudyEvent(StrEnum):
    """What happens to a study."""

    IMAGE_STORED = "image stored"
    OTHER_STORED = "other object stored"
    COMPLETED = "completed"
    ERASED = "erased"


class CompletedBy(StrEnum):
    """Why a study counts as complete."""

    QUIET = "quiet"
    COUNT = "count"
    EXPLICIT = "explicit"


STUDY: Final = Lifecycle(
    "study",
    {
        (StudyState.RECEIVING, StudyEvent.IMAGE_STORED): StudyState.RECEIVING,
        (StudyState.RECEIVING, StudyEvent.OTHER_STORED): StudyState.RECEIVING,
        (StudyState.RECEIVING, StudyEvent.COMPLETED): StudyState.COMPLETE,
        (StudyState.COMPLETE, StudyEvent.IMAGE_STORED): StudyState.RECEIVING,
        (StudyState.COMPLETE, StudyEvent.OTHER_STORED): StudyState.COMPLETE,
        (StudyState.COMPLETE, StudyEvent.COMPLETED): StudyState.COMPLETE,
        (StudyState.RECEIVING, StudyEvent.ERASED): StudyState.ERASED,
        (StudyState.COMPLETE, StudyEvent.ERASED): StudyState.ERASED,
    },
)


def opens_revision(state: StudyState, event: StudyEvent) -> bool:
    """Whether the stored instance starts a new revision: an image that arrives after completion."""
    return state is StudyState.COMPLETE and event is StudyEvent.IMAGE_STORED
