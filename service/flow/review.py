"""A reader judges findings: each act is kept as an event, and nobody's act is overwritten unseen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from models.contract import Presence
from service.archive import analyses, findings, hospitals, reports, reviews
from service.archive.analyses import Analysis
from service.archive.findings import StoredFinding
from service.archive.reports import Report
from service.archive.store import now
from service.archive.studies import Study
from service.domain.analysis import GONE
from service.domain.hospital import PackageRule, ReadingMode
from service.domain.lifecycle import IllegalTransition
from service.domain.notice import Stated, TakenBackBecause
from service.domain.outcome import StatedFinding
from service.domain.reading_modes import ReadingModes
from service.domain.report import ENDED_UNSEEN, GIVEN_OUT, WAITS_FOR_AUDIT, ReportState
from service.domain.review import (
    STANDS,
    Description,
    NothingToUndo,
    RejectionReason,
    ReviewAction,
    Reviewed,
    ReviewEvent,
    ReviewFault,
    acts_that_count,
    require_whole,
    reviewed,
)
from service.domain.visibility import Sight
from service.domain.wall import Wall
from service.flow import notice


class NoSuchFinding(ReviewFault):
    """The study has no finding of this Tracking UID."""


class StudyChanged(ReviewFault):
    """Somebody judged a finding since this page was loaded."""

    def __init__(self, version: int, last: ReviewEvent | None) -> None:
        """version: the newest; last: what was done meanwhile, the newest of it; None where nothing was ever done."""
        super().__init__("the findings were judged by somebody else meanwhile; load them, then decide")
        self.version = version
        self.last = last


class ReportSettled(ReviewFault):
    """The report is signed: findings are judged again in an amendment only."""


class ActTwice(ReviewFault):
    """The page gave two acts one id: the second was not done."""


class ImpressionFirst(ReviewFault):
    """A second reader's findings are judged after the first impression is locked."""


@dataclass(frozen=True, slots=True)
class Act:
    """What a reader's page asks for.

    id: the page's own, so that a repeated request is one act. seen_version: the review version the page showed.
    """

    id: str
    tracking_uid: str
    action: ReviewAction
    reason: RejectionReason | None
    said: Description | None
    seen_version: int
    ms_since_open: int | None


@dataclass(frozen=True, slots=True)
class Proposed:
    """What a package said, and which."""

    finding: StoredFinding
    package: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A finding of a study with what was made of it. by: what a package said, None for a reader's own."""

    tracking_uid: str
    by: Proposed | None
    review: Reviewed

    @property
    def proposed(self) -> StoredFinding | None:
        """The package's row."""
        return None if self.by is None else self.by.finding

    def is_seen(self, sight: Sight) -> bool:
        """Whether a reader is shown it now; what readers said themselves always is."""
        return self.by is None or sight.shows(self.by.package)

    @property
    def stated(self) -> StatedFinding:
        """What counts: what the reader said where they said something, else what the package said."""
        if self.review.said is not None:
            return self.review.said.stated(0 if self.proposed is None else self.proposed.number)
        assert self.proposed is not None, "a reader's own finding says what it is"
        return self.proposed.stated


def judged(connection: Connection, wall: Wall, study: Study) -> tuple[Judged, ...]:
    """Every finding of the study: those of the standing analyses by number, then the readers' own, oldest first.

    What a reader stands for stays when a later analysis takes the place of the one that proposed it.
    An addition that was taken back is none: its events stay, and nothing is said by it.
    """
    events = dict(reviews.of_study(connection, wall, study.id))
    proposed = _proposed(connection, wall, study, events)
    standing = [Judged(uid, by, reviewed(events.get(uid, ()), proposed=True)) for uid, by in proposed.items()]
    added = [
        Judged(uid, None, reviewed(of_one, proposed=False))
        for uid, of_one in events.items()
        if uid not in proposed and of_one[0].action is ReviewAction.ADD
    ]
    return (*standing, *(each for each in added if each.review.counted))


def sight(connection: Connection, wall: Wall, study: Study, rules: Sequence[PackageRule]) -> Sight:
    """What the person behind the wall sees now of the packages that read a study. rules: its hospital's list."""
    locked = reviews.impression_is_locked(connection, wall, study.id, wall.user_id)
    return Sight(ReadingModes.by(rules), impression_locked=locked)


def act(connection: Connection, wall: Wall, study: Study, wanted: Act) -> Reviewed:
    """Judge a finding in the name of the person who acts; an urgent one is told to the hospital at once.

    Raises NoSuchFinding, StudyChanged, ReportSettled, ImpressionFirst, ReasonMissing, MeasureMissing, NothingToUndo,
    IllegalTransition: then nothing was changed.
    """
    events = reviews.of_study(connection, wall, study.id)
    proposed = _proposed(connection, wall, study, events)
    of_one = events.get(wanted.tracking_uid, ())
    if any(each.id == wanted.id for each in of_one):
        return reviewed(of_one, proposed=wanted.tracking_uid in proposed)
    _require_unsettled(connection, wall, study)
    _require_seen(connection, wall, study, events, wanted)
    _require_known(wanted, proposed, of_one)
    by = proposed.get(wanted.tracking_uid)
    seen = sight(connection, wall, study, hospitals.get(connection, wall, study.hospital).packages)
    if by is not None and seen.waits_for(by.package):
        raise ImpressionFirst("lock your first impression; then the package's findings are shown")
    require_whole(wanted.action, wanted.reason, wanted.said)
    event = ReviewEvent(
        id=wanted.id,
        tracking_uid=wanted.tracking_uid,
        action=wanted.action,
        reason=wanted.reason if wanted.action is ReviewAction.REJECT else None,
        said=wanted.said if wanted.action in {ReviewAction.ADD, ReviewAction.CORRECT} else None,
        reader=wall.user_id,
        at=now(connection),
        mode=seen.modes.of(by.package) if by is not None else _mode_of_study(connection, wall, study, seen.modes),
        ms_since_open=wanted.ms_since_open,
    )
    after = reviewed((*of_one, event), proposed=wanted.tracking_uid in proposed)
    if not reviews.add(connection, wall, study, event, None if by is None else by.finding.id):
        raise ActTwice("an act of this id was done before, on another finding")
    notice.follow(connection, wall, study, wanted.tracking_uid, stated(Judged(wanted.tracking_uid, by, after)))
    return after


def give_up(connection: Connection, wall: Wall, study: Study, amendment: Report) -> None:
    """Have each finding stand as the released report has it, when the amendment in which it was judged is given up.

    What was judged meanwhile stays on record, with an event of who gave it up; what only the amendment had told as
    urgent is taken back, and what only it had taken back is told again. A draft that amends nothing has nothing to
    go back to: the judgements are the study's.
    """
    released = reports.released(connection, wall, study.id)
    if released is None or released.signed_at is None:
        return
    events = reviews.of_study(connection, wall, study.id)
    proposed = _proposed(connection, wall, study, events)
    given_up: list[str] = []
    for tracking_uid, of_one in events.items():
        event = ReviewEvent(
            id=f"{amendment.id}:{tracking_uid}",
            tracking_uid=tracking_uid,
            action=ReviewAction.GIVE_UP,
            reason=None,
            said=None,
            reader=wall.user_id,
            at=now(connection),
            mode=of_one[-1].mode,
            ms_since_open=None,
            back_to=released.signed_at,
        )
        if acts_that_count((*of_one, event)) != acts_that_count(of_one):
            by = proposed.get(tracking_uid)
            reviews.add(connection, wall, study, event, None if by is None else by.finding.id)
            given_up.append(tracking_uid)
    stands = {each.tracking_uid: stated(each) for each in judged(connection, wall, study)}
    for tracking_uid in given_up:
        because = TakenBackBecause.AMENDMENT_GIVEN_UP
        notice.follow(connection, wall, study, tracking_uid, stands.get(tracking_uid), because=because)


def _mode_of_study(connection: Connection, wall: Wall, study: Study, modes: ReadingModes) -> ReadingMode:
    """How free a reader was of all that read the study, for what they say of their own."""
    read = analyses.of_study(connection, wall, study.id)
    return modes.strictest({each.package for each in read if each.state not in GONE})


def stated(finding: Judged) -> Stated | None:
    """What a reader stands for; None while nobody does, whatever a package suspects."""
    if finding.review.state not in STANDS:
        return None
    said, proposed = finding.review.said, finding.proposed
    if said is not None:
        long_axis_mm = None if said.long_axis is None else said.long_axis.length_mm
        return Stated(said.concept, said.site, said.laterality, long_axis_mm)
    assert proposed is not None, "a reader's own finding says what it is"
    return Stated(proposed.concept, proposed.site, proposed.laterality, proposed.long_axis_mm)


def lock_impression(connection: Connection, wall: Wall, study: Study) -> None:
    """The reader has said what they see; from now on the package's findings are shown to them."""
    reviews.lock_impression(connection, wall, study)


def _proposed(
    connection: Connection, wall: Wall, study: Study, events: Mapping[str, tuple[ReviewEvent, ...]]
) -> Mapping[str, Proposed]:
    """The findings of standing analyses by Tracking UID, then those of former ones that a reader stands for.

    What a package only calls absent is no finding.
    """
    asked = analyses.of_study(connection, wall, study.id)
    standing = _said_by(connection, wall, [each for each in asked if each.state not in GONE])
    former = _said_by(connection, wall, [each for each in asked if each.state in GONE])
    stood_for = {
        uid: by
        for uid, by in former.items()
        if uid not in standing and uid in events and reviewed(events[uid], proposed=True).state in STANDS
    }
    return {**standing, **stood_for}


def _said_by(connection: Connection, wall: Wall, asked: Sequence[Analysis]) -> Mapping[str, Proposed]:
    return {
        finding.tracking_uid: Proposed(finding, analysis.package)
        for analysis in asked
        for finding in findings.of_analysis(connection, wall, analysis.id)
        if finding.presence != Presence.ABSENT
    }


def _require_unsettled(connection: Connection, wall: Wall, study: Study) -> None:
    versions = reports.of_study(connection, wall, study.id)
    newest = next((each for each in reversed(versions) if each.state not in ENDED_UNSEEN), None)
    if newest is not None and newest.state in (GIVEN_OUT | WAITS_FOR_AUDIT) - {ReportState.WITHDRAWN}:
        raise ReportSettled("the report is signed; begin an amendment to judge findings again")


def _require_seen(
    connection: Connection, wall: Wall, study: Study, events: Mapping[str, tuple[ReviewEvent, ...]], wanted: Act
) -> None:
    version = reviews.version(connection, wall, study.id)
    if wanted.seen_version == version:
        return
    last = max((each for of_one in events.values() for each in of_one), key=lambda each: each.at, default=None)
    raise StudyChanged(version, last)


def _require_known(wanted: Act, proposed: Mapping[str, Proposed], of_one: tuple[ReviewEvent, ...]) -> None:
    if wanted.action is ReviewAction.GIVE_UP:
        raise IllegalTransition("finding: it is given up with the amendment, by discarding that")
    is_known = wanted.tracking_uid in proposed or bool(of_one)
    if wanted.action is ReviewAction.ADD:
        if is_known:
            raise IllegalTransition("finding: it was added already; correct it instead")
    elif not is_known:
        raise NoSuchFinding("the study has no such finding; load it again")
    if wanted.action is ReviewAction.UNDO and not of_one:
        raise NothingToUndo("nothing was done to this finding yet")
