"""A physician who judges, writes, signs and withdraws, and what was made of it."""

from __future__ import annotations

import io
import secrets
from dataclasses import dataclass

from pydicom import Dataset, dcmread
from sqlalchemy import Connection

from models.contract import LUNG, NODULE, RIGHT, Axis
from service.archive import results, reviews
from service.archive.reports import Report
from service.archive.results import Result, ResultKind
from service.archive.studies import Study
from service.domain.hospital import Finalising, Language
from service.domain.record import Signer, digest
from service.domain.report import KeyImage, ReportContent, ReportText
from service.domain.review import Description, ReviewAction
from service.domain.wall import Wall
from service.flow import report, review, sign, take_back
from service.flow.review import Act
from service.flow.sign import Seal, Sealed, Shown, Signing
from tests.delivering.conftest import Outbox
from tests.reviewing.writing import ANNA
from tests.support.flowing import WALL

ANNA_SIGNS = Signer("anna", "安娜", "主治医师", "110510000000001")
BEN_SIGNS = Signer("ben", "本·王", "主任医师", "110510000000002")
ADDED_UID = "2.25.77"
SMALLER = Description(
    NODULE, LUNG, RIGHT, (7.0, 6.0, 22.5), Axis((6.0, 6.0, 20.0), (8.0, 6.0, 20.0), 2.0, 4), None, None, None, None
)


def seal(record: bytes) -> Sealed:
    return Sealed("key-1", f"sealed {digest(record)}")


@dataclass
class Reader:
    """A physician at work on one study."""

    outbox: Outbox
    study: Study
    wall: Wall = ANNA
    signer: Signer = ANNA_SIGNS
    seal: Seal = seal

    def judge(self, action: ReviewAction, **changes: object) -> str:
        """Judge the package's only finding, or add one."""
        with self.outbox.flow.archive.write() as connection:
            uid = ADDED_UID if action is ReviewAction.ADD else self._first(connection)
            asked = {"reason": None, "said": None, **changes}
            act = Act(
                id=secrets.token_hex(8),
                tracking_uid=uid,
                action=action,
                seen_version=reviews.version(connection, self.wall, self.study.id),
                ms_since_open=None,
                **asked,  # type: ignore[arg-type]
            )
            review.act(connection, self.wall, self.study, act)
        return uid

    def _first(self, connection: Connection) -> str:
        (finding, *_) = review.judged(connection, self.wall, self.study)
        return finding.tracking_uid

    def sign(
        self,
        text: str = "右肺见一结节。",
        *,
        finalising: Finalising = Finalising.BY_SIGNATURE,
        marked: int = 0,
        first: int = 0,
    ) -> Report:
        """Write, submit and sign; marked: so many images from the first on are key images."""
        images = self.outbox.flow.images(self.study)
        key_images = tuple(KeyImage(each.sop_instance_uid, None, "最大层面") for each in images[first : first + marked])
        content = ReportContent(ReportText(text, "右肺结节", "随访"), key_images, "", Language.ZH_CN)
        with self.outbox.flow.archive.write() as connection:
            begun = report.begin(connection, self.wall, self.study, content)
            report.submit(connection, self.wall, self.study, edition=begun.edition)
            flags = sign.flags_of(self.study, begun.content.text, review.judged(connection, self.wall, self.study))
            signing = Signing(
                self.signer,
                finalising,
                Shown(begun.edition, self.study.revision, self.study.image_count),
                frozenset(flags),
                close_rest=True,
            )
            return sign.sign(connection, self.wall, self.study, signing, self.seal)

    def withdraw(self) -> None:
        """Find out that it was wrong."""
        with self.outbox.flow.archive.write() as connection:
            take_back.withdraw(connection, self.wall, self.study, "患者弄错了")

    def documents(self, released: Report) -> dict[ResultKind, Result]:
        """What was made of a version."""
        with self.outbox.flow.archive.read() as connection:
            return {each.kind: each for each in results.of_report(connection, WALL, released.id)}

    def document(self, released: Report, kind: ResultKind) -> Dataset:
        made = self.documents(released)[kind]
        return dcmread(io.BytesIO(self.outbox.flow.archive.objects.load(made.hospital, made.object_name)))
