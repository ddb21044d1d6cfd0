"""A reader at work: taking an examination, saying how urgent it is, giving it back to the hospital and back again."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection

from service.archive import audit, examination_rows, reports, returns, worklist
from service.archive.returns import StudyReturn
from service.archive.store import Archive
from service.archive.studies import Study
from service.domain.examination import Urgency
from service.domain.report import WAITS_FOR_AUDIT, ReportState
from service.domain.returning import Reopening, ReturnReason
from service.domain.wall import Wall

MAX_NOTE_LENGTH: Final = 500
_AT_ONCE: Final = 500
_SIGNED: Final = WAITS_FOR_AUDIT | {ReportState.RELEASED}
_WALL: Final = Wall.system("worklist")


class NoteMissing(Exception):
    """A return for a reason of its own says which."""


class ReportSigned(Exception):
    """The examination was read: its report is signed or released, and there is nothing to wait for."""


class NotReturned(Exception):
    """The examination is not at the hospital: it was never returned, or is open again."""


def take(connection: Connection, wall: Wall, study: Study, *, instead_of: str | None = None) -> None:
    """Hold an examination to read it. Raises ClaimHeld."""
    worklist.claim(connection, wall, study, instead_of=instead_of)


def put_back(connection: Connection, wall: Wall, study: Study) -> None:
    """Let others have it."""
    worklist.let_go(connection, wall, study)


def confirm_urgency(connection: Connection, wall: Wall, study: Study, urgency: Urgency) -> None:
    """Say how urgent it is: counts before any package's score."""
    worklist.confirm_urgency(connection, wall, study, urgency)
    audit.act(
        connection,
        wall,
        hospital=study.hospital,
        action="study.urgency",
        subject=study.study_instance_uid,
        detail={"urgency": urgency.value},
    )


def give_back(connection: Connection, wall: Wall, study: Study, reason: ReturnReason, note: str) -> StudyReturn:
    """Return the examination to the hospital; it comes back by itself when the hospital sends what was missing.

    Raises NoteMissing, ClaimHeld, ReportSigned, AlreadyReturned.
    """
    if reason is ReturnReason.OTHER and not note.strip():
        raise NoteMissing("say what the hospital is to do")
    worklist.require_free(connection, wall, study)
    if any(each.state in _SIGNED for each in reports.of_study(connection, wall, study.id)):
        raise ReportSigned("the report is signed; recall, amend or withdraw it instead")
    worklist.let_go(connection, wall, study)
    made = returns.give_back(connection, wall, study, reason, note.strip()[:MAX_NOTE_LENGTH])
    audit.act(
        connection,
        wall,
        hospital=study.hospital,
        action="study.return",
        subject=study.study_instance_uid,
        detail={"reason": reason.value},
    )
    return made


def undo_return(connection: Connection, wall: Wall, study: Study) -> None:
    """Take a return back, because it was a mistake or was answered by telephone. Raises NotReturned."""
    if not returns.reopen(connection, wall, study.subject, Reopening.TAKEN_BACK):
        raise NotReturned("the examination is not returned; load the worklist again")
    audit.act(connection, wall, hospital=study.hospital, action="study.return-undone", subject=study.study_instance_uid)


def keep_worklist(archive: Archive) -> None:
    """Take lapsed claims back, and write the rows of studies that an earlier version took in."""
    with archive.write() as connection:
        worklist.let_go_of_lapsed(connection, _WALL)
    while True:
        with archive.write() as connection:
            without = examination_rows.missing(connection, _AT_ONCE)
            for study_id in without:
                examination_rows.renew(connection, study_id)
        if not without:
            return
