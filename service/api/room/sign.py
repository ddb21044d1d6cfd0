"""Signing over HTTP: with the password once a session, then a PIN; auditing, recalling, returning, withdrawing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from pydantic import Field
from sqlalchemy import Connection

from models.manifest import Text
from service.access.problems import FORBIDDEN, INVALID_REQUEST, NOT_AGREED, WRONG_STATE, FieldFault, Problem
from service.access.reader_doors import COOKIE, Reader, ReaderDep
from service.api.room.held import held_by_another
from service.api.room.licence_words import withheld_words
from service.api.room.problems import CONTRADICTED, IMPRESSION_FIRST, STALE, UNREVIEWED
from service.api.room.reading import reading_view
from service.api.room.reading_shapes import ReadingView
from service.api.room.report_shapes import ReportTextBody
from service.api.room.shape import PREFIX, Cleaned, HospitalPath, Shape, StudyPath, found_study
from service.api.room.signing_key import signer
from service.archive import hospitals, reports, reviews, studies, worklist
from service.archive.reports import Report
from service.archive.store import Archive, now
from service.archive.studies import Study, examined_of
from service.archive.worklist import ClaimHeld
from service.domain.agreement import REFUSALS
from service.domain.contradiction import Contradiction, Flag
from service.domain.licence import Withheld, practice_day
from service.domain.record import Signer
from service.domain.report import MAX_TEXT_LENGTH, ReportChanged, ReportFault, ReportState, TextTooLong
from service.domain.user import MOST_PASSWORD_LENGTH, Right
from service.flow import sign, take_back
from service.flow.report import NoOpenReport, NothingWritten
from service.flow.report_audit import Auditing, FoundSince, audited
from service.flow.review import ImpressionFirst
from service.flow.sign import (
    Contradicted,
    ImagesChanged,
    NothingToRead,
    OwnReport,
    PatientInDoubt,
    Returned,
    Sealed,
    Shown,
    Signing,
    Unreviewed,
)
from service.flow.take_back import MAX_WHY_LENGTH, NotYours, WhyMissing

_FAULTS: Final = {
    NoOpenReport: (
        WRONG_STATE,
        Text(
            zh="没有可处理的报告：可能已签发或收回，请重新载入查看。",
            en="There is no report this can be done to: it may be signed or recalled already; load it and look.",
        ),
    ),
    NothingWritten: (INVALID_REQUEST, Text(zh="报告内容为空。", en="A report without a word cannot be released.")),
    TextTooLong: (INVALID_REQUEST, Text(zh="报告文字过长。", en="A part of the report is too long.")),
    ReportChanged: (STALE, Text(zh="报告已被更改，请载入后再签。", en="The report was changed: load it, then sign.")),
    ImagesChanged: (
        STALE,
        Text(zh="有新影像到达，请查看后再签。", en="Images came meanwhile: look, then sign."),
    ),
    NothingToRead: (
        WRONG_STATE,
        Text(
            zh="检查中没有图像，不能签发；请退回医院补传。",
            en="The examination has no image to report on: return it to the hospital.",
        ),
    ),
    PatientInDoubt: (
        WRONG_STATE,
        Text(
            zh="影像涉及两位患者，请先由中心管理员核实身份，再签发。",
            en="The images name two patients: the centre has to say whose they are, then sign.",
        ),
    ),
    Returned: (WRONG_STATE, Text(zh="检查已退回，请先撤回退回再签。", en="It is returned: take that back, then sign.")),
    Unreviewed: (UNREVIEWED, Text(zh="请先处理这些发现。", en="Judge these findings first.")),
    Contradicted: (
        CONTRADICTED,
        Text(zh="报告与发现不一致，请更正或确认。", en="The text disagrees: mend or confirm."),
    ),
    FoundSince: (
        STALE,
        Text(
            zh="签名后软件又有须处理的发现，签名医师未曾看到：请退回书写医师处理后重签。",
            en="A package found something after the signature that its signer never saw: return the report, so that "
            "it is judged and signed again.",
        ),
    ),
    OwnReport: (WRONG_STATE, Text(zh="须由另一位高年资医师审核。", en="Another senior physician has to do this.")),
    NotYours: (WRONG_STATE, Text(zh="仅签名医师可收回。", en="Only who signed can recall it.")),
    WhyMissing: (INVALID_REQUEST, Text(zh="请写明原因。", en="Say why.")),
}
_Step = Callable[[Connection, Study, Signer, sign.Seal], Report]


class SecretBody(Shape):
    """The PIN; with the password the first time in a session, which sets the PIN."""

    pin: str = Field(min_length=1, max_length=64)
    password: str | None = Field(default=None, max_length=MOST_PASSWORD_LENGTH)


class SeenBody(Shape):
    """A contradiction that is meant so: one kind of it; another one of the same words is confirmed for itself."""

    kind: Contradiction
    words: str = Field(max_length=MAX_TEXT_LENGTH)

    @property
    def flag(self) -> Flag:
        """As the domain has it."""
        return Flag(self.kind, self.words)


class AuditBody(SecretBody):
    """The version the auditor reads; another one is not confirmed in its place.

    text: what is to be released; null: as it was signed. seen: contradictions of that text that are meant so.
    """

    report_id: str = Field(max_length=32)
    text: ReportTextBody | None = None
    seen: tuple[SeenBody, ...] = Field(default=(), max_length=50)


class SignBody(SecretBody):
    """What the signer confirms; edition, images and the judgements' version as the page shows them."""

    edition: int = Field(ge=1)
    revision: int = Field(ge=1)
    image_count: int = Field(ge=0)
    review_version: int = Field(ge=0)
    seen: tuple[SeenBody, ...] = Field(default=(), max_length=50)
    close_rest: bool = False


class WhyBody(Shape):
    """The reason, in words, and the version it is about as the page shows it."""

    report_id: str = Field(max_length=32)
    why: Cleaned = Field(max_length=MAX_WHY_LENGTH)


@dataclass(frozen=True, slots=True)
class SignEndpoints:
    """Everything that needs a name under it."""

    archive: Archive

    def sign(
        self, request: Request, reader: ReaderDep, hospital: HospitalPath, study: StudyPath, body: SignBody
    ) -> ReadingView:
        """Sign the submitted report: final where the hospital asks for no audit.

        What waits for its audit may be signed by a junior physician, an emergency that goes out before it, too.
        """

        def step(connection: Connection, found: Study, signer: Signer, seal: sign.Seal) -> Report:
            _require_held(connection, reader, found)
            _require_seen(connection, reader, found, body.review_version)
            _require_agreed(connection, reader, found)
            finalising = hospitals.get(connection, reader.wall, found.hospital).finalising
            if not finalising.asks_for_audit:
                _require_senior(connection, reader, found)
            asked = Signing(
                signer=signer,
                finalising=finalising,
                shown=Shown(body.edition, body.revision, body.image_count),
                seen=frozenset(each.flag for each in body.seen),
                close_rest=body.close_rest,
            )
            return sign.sign(connection, reader.wall, found, asked, seal)

        return self._by_name(request, reader, (hospital, study), body, step)

    def audit(
        self, request: Request, reader: ReaderDep, hospital: HospitalPath, study: StudyPath, body: AuditBody
    ) -> ReadingView:
        """Confirm what another physician signed (审核), or change its words; the report is released."""
        reader.require(Right.AUDIT_REPORTS)

        def step(connection: Connection, found: Study, auditor: Signer, seal: sign.Seal) -> Report:
            _require_agreed(connection, reader, found)
            _require_senior(connection, reader, found)
            _require_shown(reports.opened(connection, reader.wall, found.id), body.report_id)
            changed = None if body.text is None else body.text.text
            auditing = Auditing(auditor, changed, frozenset(each.flag for each in body.seen))
            return audited(connection, reader.wall, found, auditing, seal)

        return self._by_name(request, reader, (hospital, study), body, step)

    def give_back(self, reader: ReaderDep, hospital: HospitalPath, study: StudyPath, body: WhyBody) -> ReadingView:
        """Return what another physician signed."""
        reader.require(Right.AUDIT_REPORTS)

        def step(connection: Connection, found: Study) -> Report:
            auditor = _require_senior(connection, reader, found)
            _require_shown(reports.opened(connection, reader.wall, found.id), body.report_id)
            return take_back.give_back(connection, reader.wall, found, body.why, auditor)

        return self._step(reader, (hospital, study), step)

    def recall(self, reader: ReaderDep, hospital: HospitalPath, study: StudyPath) -> ReadingView:
        """Take one's own signature back, before the audit."""
        reader.require(Right.SIGN)
        return self._step(reader, (hospital, study), lambda c, found: take_back.recall(c, reader.wall, found))

    def withdraw(self, reader: ReaderDep, hospital: HospitalPath, study: StudyPath, body: WhyBody) -> ReadingView:
        """Mark a report that is out as wrong; it stays. It takes who could have let it out."""
        reader.require(Right.SIGN)

        def step(connection: Connection, found: Study) -> Report:
            out = reports.out(connection, reader.wall, found.id)
            is_provisional = out is not None and out.state is ReportState.PROVISIONAL
            (_signer if is_provisional else _require_senior)(connection, reader, found)
            _require_shown(out, body.report_id)
            return take_back.withdraw(connection, reader.wall, found, body.why)

        return self._step(reader, (hospital, study), step)

    def _by_name(
        self, request: Request, reader: Reader, where: tuple[str, str], body: SecretBody, step: _Step
    ) -> ReadingView:
        reader.require(Right.SIGN)
        found = found_study(self.archive, reader.wall, *where)
        with self.archive.read() as connection:
            _signer(connection, reader, found)
        token = request.cookies.get(COOKIE, "")
        key = signer(self.archive, reader.session, token, pin=body.pin, password=body.password)

        def seal(record: bytes) -> Sealed:
            made = key.sign(record)
            return Sealed(made.key_id, made.text)

        with _told(), self.archive.write() as connection:
            as_it_stands = studies.get(connection, reader.wall, found.id)
            if as_it_stands is None:
                raise NoOpenReport("the study is gone")
            # Opening the key takes its time: what was let before is asked again at the moment of the signature.
            step(connection, as_it_stands, _signer(connection, reader, as_it_stands), seal)
        return reading_view(self.archive, reader, found)

    def _step(self, reader: Reader, where: tuple[str, str], step: Callable[[Connection, Study], Report]) -> ReadingView:
        found = found_study(self.archive, reader.wall, *where)
        with _told(), self.archive.write() as connection:
            step(connection, found)
        return reading_view(self.archive, reader, found)


def _signer(connection: Connection, reader: Reader, study: Study) -> Signer:
    """Who signs, as it stands under the report. Raises Problem where the certificate does not let them, today."""
    user = reader.user
    examined = examined_of(connection, reader.wall, study)
    why = user.withheld(practice_day(now(connection)), examined)
    if user.licence is None or why is not None:
        raise Problem(FORBIDDEN, withheld_words(user, why or Withheld.NO_CERTIFICATE, examined))
    return Signer(user.id, user.name, user.licence.title, user.licence.number)


def _require_senior(connection: Connection, reader: Reader, study: Study) -> Signer:
    """Who acts, where it takes somebody by whose name a report can be final. Raises Problem."""
    named = _signer(connection, reader, study)
    if not reader.user.may_release(practice_day(now(connection))):
        detail = Text(
            zh="初级职称不能单独签发终审报告，须由上级医师审核或签发。",
            en="A resident's name does not make a report final: a senior physician has to audit or sign it.",
        )
        raise Problem(FORBIDDEN, detail)
    return named


def _require_agreed(connection: Connection, reader: Reader, study: Study) -> None:
    """Raises Problem where the agreement with the hospital does not have this physician sign for it (AC-71)."""
    refusal = reader.user.signature_refused(hospitals.get(connection, reader.wall, study.hospital))
    if refusal is not None:
        raise Problem(NOT_AGREED, REFUSALS[refusal])


def _require_shown(about: Report | None, report_id: str) -> None:
    """Raises Problem where the act would be about another version than the page shows."""
    if about is not None and report_id != about.id:
        raise Problem(STALE, Text(zh="报告已有新版本，请载入后再处理。", en="There is a newer version: load it first."))


def _require_held(connection: Connection, reader: Reader, study: Study) -> None:
    """Raises Problem where another reader took the examination over: what is signed would be theirs in the middle."""
    try:
        worklist.require_free(connection, reader.wall, study)
    except ClaimHeld as held:
        raise held_by_another(connection, held) from held


def _require_seen(connection: Connection, reader: Reader, study: Study, review_version: int) -> None:
    """Raises Problem where somebody judged a finding since the page was shown."""
    if review_version != reviews.version(connection, reader.wall, study.id):
        detail = Text(zh="发现已被他人处理，请查看后再签。", en="Findings were judged meanwhile: look, then sign.")
        raise Problem(STALE, detail)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except Contradicted as fault:
        kind, detail = _FAULTS[Contradicted]
        words = tuple(FieldFault(flag.kind.value, Text(zh=flag.words, en=flag.words)) for flag in fault.flags)
        raise Problem(kind, detail, errors=words) from fault
    except ImpressionFirst as fault:
        detail = Text(
            zh="请先锁定首次印象，查看软件结果后再签。",
            en="Lock your impression, see the package's findings, then sign.",
        )
        raise Problem(IMPRESSION_FIRST, detail) from fault
    except ReportFault as fault:
        kind, detail = _FAULTS[type(fault)]
        raise Problem(kind, detail) from fault


def routes(archive: Archive, route_class: type[APIRoute]) -> APIRouter:
    """The operations that need a name."""
    endpoints = SignEndpoints(archive)
    router = APIRouter(prefix=PREFIX, tags=["sign"], route_class=route_class, include_in_schema=False)
    one = "/studies/{hospital}/{study}/report"
    for path, endpoint in (
        ("sign", endpoints.sign),
        ("audit", endpoints.audit),
        ("return", endpoints.give_back),
        ("recall", endpoints.recall),
        ("withdraw", endpoints.withdraw),
    ):
        router.add_api_route(f"{one}/{path}", endpoint, methods=["POST"])
    return router
