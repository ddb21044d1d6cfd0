"""A hospital with rules for urgent findings, a reader, and an HIS that takes messages or does not."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from models.contract import LEFT, LUNG, NODULE, Axis, Code
from service.archive import notice_rules, notices, reviews
from service.archive.deliveries import Delivery
from service.archive.hospitals import Peer
from service.archive.notice_rules import KeptRule
from service.archive.notices import Notice
from service.archive.store import Archive
from service.archive.studies import Study
from service.domain.codes import PNEUMOTHORAX
from service.domain.notice import Heard, NoticeRule, Via
from service.domain.review import Description, RejectionReason, ReviewAction
from service.domain.wall import HospitalId, Role, Wall
from service.flow import notice, review
from service.flow.deliver import Parcel, Senders, Told, deliver_due
from service.flow.peers import PeerBusy
from service.flow.review import Act
from tests.reviewing.writing import ANNA
from tests.support.edges import Edges
from tests.support.flowing import WALL, CountingBell, Flow, chest, flowing, one_nodule

HIS = "http://127.0.0.1:9/his"
OWN = "2.25.4711"
WARD, HEAD = "Ward 3, 8003", "Dr Li, 8100"
NURSE = Heard("Nurse Wang", "left nodule of 8 mm, I call the surgeon")


@dataclass
class Ward:
    """What happens to one study; messages that arrived at the HIS are kept, unless it is away."""

    flow: Flow
    study: Study
    got: list[dict[str, Any]] = field(default_factory=list)
    is_away: bool = False

    @property
    def archive(self) -> Archive:
        return self.flow.archive

    def rule(
        self, concept: Code = NODULE, least_mm: float | None = None, deadline_s: float = 600.0, contact: str = WARD
    ) -> KeptRule:
        """Have the hospital told of findings of a kind."""
        with self.archive.write() as connection:
            wanted = NoticeRule(concept, least_mm, contact, HEAD, deadline_s)
            return notice_rules.add(connection, WALL, self.flow.hospital, wanted)

    def judge(
        self, action: ReviewAction, uid: str | None = None, *, concept: Code = NODULE, long_axis_mm: float = 8.0
    ) -> None:
        """One act of the reader."""
        said = None
        if action in {ReviewAction.ADD, ReviewAction.CORRECT}:
            axis = Axis((0.0, 0.0, 0.0), (long_axis_mm, 0.0, 0.0), long_axis_mm, 4)
            said = Description(concept, LUNG, LEFT, (1.0, 2.0, 3.0), axis, None, None, "2.25.1", None)
        reason = RejectionReason.VESSEL if action is ReviewAction.REJECT else None
        with self.archive.write() as connection:
            version = reviews.version(connection, ANNA, self.study.id)
            act = Act(secrets.token_hex(8), uid or self.proposed, action, reason, said, version, None)
            review.act(connection, ANNA, self.study, act)

    @property
    def proposed(self) -> str:
        """The Tracking UID of the package's finding."""
        with self.archive.read() as connection:
            found = review.judged(connection, ANNA, self.study)
        return next(each.tracking_uid for each in found if each.proposed is not None)

    @property
    def notices(self) -> tuple[Notice, ...]:
        with self.archive.read() as connection:
            return notices.of_study(connection, WALL, self.study.id)

    @property
    def only(self) -> Notice:
        (found,) = self.notices
        return found

    @property
    def states(self) -> list[str]:
        return [each.state.value for each in self.notices]

    @property
    def kinds(self) -> list[str]:
        """What happened to notices, as the record has it."""
        return [each.kind.value for each in self.flow.events(self.study) if each.kind.value.startswith("notice.")]

    def sweep(self) -> int:
        """One look of the flow worker: remind, then deliver all there is."""
        count = notice.remind_due(self.archive)
        self.deliver()
        return count

    def deliver(self) -> None:
        while deliver_due(self.archive, CountingBell(), Senders(_no_pacs, self._his)):
            pass

    def acknowledge(self, heard: Heard = NURSE, via: Via = Via.HOSPITAL, wall: Wall | None = None) -> Notice:
        with self.archive.write() as connection:
            return notice.acknowledge(connection, wall or self.machine, self.only.id, heard, via)

    @property
    def machine(self) -> Wall:
        return Wall(hospitals=frozenset({self.flow.hospital}), role=Role.HOSPITAL, actor="key:k1")

    @property
    def told(self) -> list[tuple[str, str]]:
        """State and contact of each message that arrived."""
        return [(each["data"]["state"], each["data"]["contact"]) for each in self.got]

    def _his(self, _peer: Peer, delivery: Delivery) -> None:
        if self.is_away:
            raise PeerBusy("the HIS is away")
        message = json.loads(delivery.body or "{}")
        if message["type"] == "finding.critical":
            self.got.append(message)


@contextmanager
def ward(archive: Archive, webhook_url: str | None = HIS) -> Iterator[Ward]:
    """A study with one nodule that a package proposed."""
    with flowing(archive, webhook_url=webhook_url) as flow:
        yield ward_of(flow)


def ward_of(flow: Flow) -> Ward:
    images = chest()
    study = flow.dispatched(*images)
    analysis = flow.claim()
    assert analysis is not None
    flow.conclude(analysis, one_nodule(images))
    return Ward(flow, study)


def urgent(edges: Edges, study: Study, contact: str = WARD) -> Notice:
    """A notice of a study of an HTTP test: a physician added a pneumothorax that a rule is about."""
    with edges.archive.write() as connection:
        rule = NoticeRule(PNEUMOTHORAX, None, contact, HEAD, 600.0)
        notice_rules.add(connection, WALL, study.hospital, rule)
        said = Description(PNEUMOTHORAX, LUNG, LEFT, None, None, None, None, None, None)
        version = reviews.version(connection, ANNA, study.id)
        act = Act(secrets.token_hex(8), f"2.25.{secrets.randbits(60)}", ReviewAction.ADD, None, said, version, None)
        review.act(connection, ANNA, study, act)
        return notices.of_finding(connection, WALL, study.id, act.tracking_uid)[-1]


def elsewhere() -> Wall:
    """Somebody of another hospital."""
    return Wall.person("dora", frozenset({HospitalId("elsewhere")}))


def _no_pacs(_peer: Peer, parcels: Sequence[Parcel], _told: Told) -> None:
    assert not parcels
