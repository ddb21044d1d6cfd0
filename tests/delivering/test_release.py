"""What a hospital may see of unsigned results, walked through every channel, policy and outcome."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from pydicom.dataset import FileDataset
from sqlalchemy import update

from models.contract import SeriesReading
from service.access.onboarding import PacsAddress
from service.archive import deliveries, results, studies
from service.archive.deliveries import Delivery
from service.archive.hospitals import Peer
from service.archive.results import ResultKind
from service.archive.store import Archive
from service.archive.studies import Study
from service.archive.tables import HOSPITAL
from service.domain.delivery import LEASE_S, DeliveryState
from service.domain.hospital import Channel, ReleasePolicy, ae_title
from service.domain.outcome import Failed
from service.flow.conclude import conclude, lose_attempt
from service.flow.deliver import Senders
from service.flow.peers import PeerBusy, PeerFailure, PeerRefused
from service.pixels.pool import PixelPool
from tests.delivering.conftest import Outbox, outbox_of
from tests.support.flowing import WALL, Flow, chest, flowing, no_nodule, one_nodule
from tests.support.pacs import AE_TITLE, SEG, SR, ScriptedPacs
from workers.outgoing import to_pacs

NEVER, AT_ONCE = ReleasePolicy.NEVER, ReleasePolicy.AT_ONCE
WEBHOOK = "http://127.0.0.1:9/hook"


@dataclass
class Webhook:
    """The hospital's HIS: keeps what it is told, or fails as told."""

    bodies: list[dict[str, dict[str, str]]] = field(default_factory=list)
    failures: list[PeerFailure] = field(default_factory=list)

    def __call__(self, peer: Peer, delivery: Delivery) -> None:
        assert peer.channel is Channel.HIS
        if self.failures:
            raise self.failures.pop(0)
        self.bodies.append(json.loads(delivery.body or ""))


def ended(flow: Flow, outcome: str, images: Sequence[FileDataset]) -> Study:
    """A study whose analysis ended in this way."""
    study = flow.dispatched(*images)
    if outcome == "refused":
        return study
    analysis = flow.claim()
    assert analysis is not None
    if outcome == "failed":
        conclude(flow.archive, flow.bell, analysis, Failed("package-failed", "the package broke"))
        return study
    said: SeriesReading = one_nodule(images) if outcome == "findings" else no_nodule(images)
    flow.conclude(analysis, said)
    return study


def images_for(outcome: str) -> list[FileDataset]:
    return chest(modality="MR") if outcome == "refused" else chest()


GOES_TO_PACS = {"findings": [SEG, SR], "no_finding": [SR], "refused": [SR], "failed": [SR]}
TOLD_AS = {
    "findings": "result.preliminary",
    "no_finding": "result.preliminary",
    "refused": "result.failed",
    "failed": "result.failed",
}


@pytest.mark.parametrize(
    ("to_the_pacs", "to_the_his", "outcome"), list(itertools.product([NEVER, AT_ONCE], [NEVER, AT_ONCE], GOES_TO_PACS))
)
def test_each_channel_gets_what_its_policy_lets_through_and_the_centre_keeps_everything(
    archive: Archive,
    pacs: ScriptedPacs,
    pixels: PixelPool,
    to_the_pacs: ReleasePolicy,
    to_the_his: ReleasePolicy,
    outcome: str,
) -> None:
    address = PacsAddress("127.0.0.1", pacs.port, ae_title(AE_TITLE))
    with flowing(archive, pacs=address, webhook_url=WEBHOOK, release=NEVER) as flow:
        with archive.write() as connection:
            policies = {"release_pacs": to_the_pacs.value, "release_his": to_the_his.value}
            connection.execute(update(HOSPITAL).values(policies))
        outbox, webhook = outbox_of(flow, pixels), Webhook()
        outbox.senders = Senders(pacs=to_pacs, his=webhook)

        study = ended(flow, outcome, images_for(outcome))
        outbox.all_sent()

        assert pacs.kinds() == (GOES_TO_PACS[outcome] if to_the_pacs is AT_ONCE else [])
        assert [body["type"] for body in webhook.bodies] == ([TOLD_AS[outcome]] if to_the_his is AT_ONCE else [])
        assert [body["data"]["outcome"] for body in webhook.bodies] == ([outcome] if to_the_his is AT_ONCE else [])
        assert {each.state for each in flow.deliveries(study)} <= {DeliveryState.DELIVERED}
        kept = {ResultKind.SEG, ResultKind.SR} if outcome == "findings" else {ResultKind.SR}
        assert set(outbox.results(study)) == kept, "results are always made and kept in the centre"


def test_a_webhook_message_carries_identifiers_and_no_patient(archive: Archive, pixels: PixelPool) -> None:
    with flowing(archive, webhook_url=WEBHOOK) as flow:
        outbox, webhook = outbox_of(flow, pixels), Webhook()
        outbox.senders = Senders(pacs=to_pacs, his=webhook)
        images = chest()
        order = flow.place(study_uid=images[0].StudyInstanceUID)
        study = ended(flow, "findings", images)
        outbox.all_sent()

        (body,) = webhook.bodies
        (analysis,) = flow.analyses(study)
        assert body["data"]["study_instance_uid"] == images[0].StudyInstanceUID
        assert body["data"]["order_ids"] == [order.id]
        assert body["data"]["analysis_id"] == analysis.id
        said = json.dumps(body, ensure_ascii=False)
        for secret in ("Test", "张", "P1", "19700101"):
            assert secret not in said.replace(analysis.id, "").replace(order.id, "")


def told_orders(webhook: Webhook) -> list[set[str]]:
    return [set(body["data"]["order_ids"]) for body in webhook.bodies]


def test_an_order_that_comes_after_the_outcome_is_told_of_it_at_the_webhook_and_at_its_callback(
    archive: Archive, pixels: PixelPool
) -> None:
    with flowing(archive, webhook_url=WEBHOOK) as flow:
        outbox, webhook = outbox_of(flow, pixels), Webhook()
        outbox.senders = Senders(pacs=to_pacs, his=webhook)
        images = chest()
        study = ended(flow, "findings", images)
        outbox.all_sent()
        assert told_orders(webhook) == [set()]

        order = flow.place(study_uid=images[0].StudyInstanceUID, callback_url="http://127.0.0.1:9/order")
        flow.dispatch()
        outbox.all_sent()
        flow.place(study_uid="1.2.3")
        with archive.write() as connection:
            studies.redispatch(connection, WALL, study)
        flow.dispatch()
        outbox.all_sent()

        assert told_orders(webhook) == [set(), {order.id}, {order.id}], "each place once, however often it is looked at"
        assert {each.url for each in flow.deliveries(study)} == {WEBHOOK, "http://127.0.0.1:9/order"}
        assert len({body["data"]["analysis_id"] for body in webhook.bodies}) == 1


def test_an_order_that_comes_while_the_webhook_is_away_gets_a_message_of_its_own(
    archive: Archive, pixels: PixelPool
) -> None:
    with flowing(archive, webhook_url=WEBHOOK) as flow:
        outbox, webhook = outbox_of(flow, pixels), Webhook(failures=[PeerBusy("HTTP 503")])
        outbox.senders = Senders(pacs=to_pacs, his=webhook)
        images = chest()
        first = flow.place(study_uid=images[0].StudyInstanceUID)
        ended(flow, "no_finding", images)
        outbox.all_sent()
        second = flow.place(study_uid=images[0].StudyInstanceUID)
        flow.dispatch()
        flow.pass_time(5.0)
        outbox.all_sent()

        assert told_orders(webhook) == [{first.id}, {first.id, second.id}]


def test_a_refusal_is_told_to_the_his_once_however_many_revisions_come(archive: Archive, pixels: PixelPool) -> None:
    with flowing(archive, webhook_url=WEBHOOK) as flow:
        outbox, webhook = outbox_of(flow, pixels), Webhook()
        outbox.senders = Senders(pacs=to_pacs, his=webhook)
        images = chest(modality="MR")
        for image in images[:3]:
            study = flow.dispatched(image)
            outbox.all_sent()

        assert study.revision == 3
        assert [body["data"]["outcome"] for body in webhook.bodies] == ["refused"]


def test_a_message_that_a_later_revision_overtook_is_not_sent_any_more(archive: Archive, pixels: PixelPool) -> None:
    with flowing(archive, webhook_url=WEBHOOK) as flow:
        outbox, webhook = outbox_of(flow, pixels), Webhook(failures=[PeerBusy("HTTP 503")])
        outbox.senders = Senders(pacs=to_pacs, his=webhook)
        images = chest(count=24)
        ended(flow, "findings", images[:23])
        outbox.all_sent()
        study = flow.dispatched(images[23])
        analysis = flow.claim()
        assert analysis is not None
        flow.conclude(analysis, no_nodule(images))
        flow.pass_time(5.0)
        outbox.all_sent()

        assert [body["data"]["outcome"] for body in webhook.bodies] == ["no_finding"]
        states = sorted(each.state.value for each in flow.deliveries(study))
        assert states == ["cancelled", "delivered"]


@pytest.mark.parametrize("ends", ["busy", "lost"])
def test_a_message_that_was_overtaken_while_it_was_sent_is_not_sent_again(
    archive: Archive, pixels: PixelPool, ends: str
) -> None:
    with flowing(archive, webhook_url=WEBHOOK) as flow:
        outbox, webhook = outbox_of(flow, pixels), Webhook()
        outbox.senders = Senders(pacs=to_pacs, his=webhook)
        images = chest(count=24)
        ended(flow, "findings", images[:23])
        outbox.encode()
        (sending,) = taken_by_a_sender(outbox)
        study = flow.dispatched(images[23])
        analysis = flow.claim()
        assert analysis is not None
        flow.conclude(analysis, no_nodule(images))
        comes_back(outbox, sending, ends)
        outbox.all_sent()

        assert [body["data"]["outcome"] for body in webhook.bodies] == ["no_finding"]
        states = [each.state.value for each in flow.deliveries(study)]
        assert states == ["cancelled", "delivered"]


def taken_by_a_sender(outbox: Outbox) -> tuple[Delivery, ...]:
    with outbox.flow.archive.write() as connection:
        return deliveries.claim(connection, WALL)


def comes_back(outbox: Outbox, sending: Delivery, ends: str) -> None:
    """The peer was busy, or the sender died and its lease ran out; and then all is due."""
    if ends == "busy":
        with outbox.flow.archive.write() as connection:
            deliveries.busy(connection, WALL, sending, delay_s=1.0, error="HTTP 503")
    outbox.flow.pass_time(LEASE_S + 1.0)


@pytest.mark.parametrize("ends", ["busy", "lost"])
def test_a_refusal_whose_message_did_not_get_through_is_told_by_its_successor(
    archive: Archive, pixels: PixelPool, ends: str
) -> None:
    with flowing(archive, webhook_url=WEBHOOK) as flow:
        outbox, webhook = outbox_of(flow, pixels), Webhook()
        outbox.senders = Senders(pacs=to_pacs, his=webhook)
        images = chest(modality="MR")
        flow.dispatched(images[0])
        outbox.encode()
        (sending,) = taken_by_a_sender(outbox)
        study = flow.dispatched(images[1])
        outbox.encode()
        comes_back(outbox, sending, ends)
        outbox.all_sent()

        _, current = flow.analyses(study)
        assert [body["data"]["analysis_id"] for body in webhook.bodies] == [current.id]


@pytest.mark.parametrize("ends", ["busy", "lost"])
def test_a_refusal_whose_report_did_not_get_through_is_told_by_its_successor(
    outbox: Outbox, pacs: ScriptedPacs, ends: str
) -> None:
    images = chest(modality="MR")
    outbox.flow.dispatched(images[0])
    outbox.encode()
    (sending,) = taken_by_a_sender(outbox)
    study = outbox.flow.dispatched(images[1])
    outbox.encode()
    comes_back(outbox, sending, ends)
    outbox.all_sent()

    assert pacs.kinds() == [SR]
    assert [each.state.value for each in outbox.flow.deliveries(study)] == ["cancelled", "delivered"]


def test_a_webhook_that_is_away_is_told_once_later_and_does_not_hold_the_pacs(
    archive: Archive, pacs: ScriptedPacs, pixels: PixelPool
) -> None:
    address = PacsAddress("127.0.0.1", pacs.port, ae_title(AE_TITLE))
    with flowing(archive, pacs=address, webhook_url=WEBHOOK) as flow:
        outbox, webhook = outbox_of(flow, pixels), Webhook(failures=[PeerBusy("HTTP 503")])
        outbox.senders = Senders(pacs=to_pacs, his=webhook)
        ended(flow, "findings", chest())
        outbox.all_sent()
        assert pacs.kinds() == [SEG, SR]
        assert webhook.bodies == []

        flow.pass_time(5.0)
        outbox.all_sent()
        assert len(webhook.bodies) == 1


def test_a_webhook_that_refuses_is_shown(archive: Archive, pixels: PixelPool) -> None:
    with flowing(archive, webhook_url=WEBHOOK) as flow:
        outbox = outbox_of(flow, pixels)
        outbox.senders = Senders(pacs=to_pacs, his=Webhook(failures=[PeerRefused("HTTP 410")]))
        study = ended(flow, "no_finding", chest())
        outbox.all_sent()
        assert [(each.state, each.last_error) for each in flow.deliveries(study)] == [
            (DeliveryState.FAILED, "HTTP 410")
        ]


def test_an_analysis_that_lost_its_last_attempt_is_told_as_failed(outbox: Outbox, pacs: ScriptedPacs) -> None:
    outbox.flow.dispatched(*chest())
    for _ in range(3):
        analysis = outbox.flow.claim()
        assert analysis is not None
        lose_attempt(archive=outbox.flow.archive, bell=outbox.flow.bell, analysis=analysis, detail="process lost")
    outbox.all_sent()
    assert pacs.kinds() == [SR]


def test_a_refusal_is_told_to_the_pacs_once_however_many_revisions_come(outbox: Outbox, pacs: ScriptedPacs) -> None:
    images = chest(modality="MR")
    for image in images[:3]:
        study = outbox.flow.dispatched(image)
        outbox.all_sent()
    assert study.revision == 3
    assert pacs.kinds() == [SR]


def test_a_refusal_that_could_not_be_sent_yet_is_told_by_its_successor(outbox: Outbox, pacs: ScriptedPacs) -> None:
    images = chest(modality="MR")
    pacs.go_away()
    outbox.flow.dispatched(images[0])
    outbox.all_sent()
    study = outbox.flow.dispatched(images[1])
    outbox.encode()
    pacs.come_back()
    outbox.flow.pass_time(5.0)
    outbox.all_sent()

    assert pacs.kinds() == [SR]
    _, current = outbox.flow.analyses(study)
    with outbox.flow.archive.read() as connection:
        (made,) = results.of_analysis(connection, WALL, current.id)
    assert pacs.stored[0].sop_instance_uid == made.sop_instance_uid
    states = sorted(each.state.value for each in outbox.flow.deliveries(study))
    assert states == ["cancelled", "delivered"]


def test_a_later_reading_goes_out_beside_what_the_pacs_has_of_the_earlier_one(
    outbox: Outbox, pacs: ScriptedPacs
) -> None:
    images = chest(count=24)
    ended(outbox.flow, "findings", images[:23])
    outbox.all_sent()
    outbox.flow.dispatched(images[23])
    analysis = outbox.flow.claim()
    assert analysis is not None
    outbox.flow.conclude(analysis, no_nodule(images))
    outbox.all_sent()

    assert pacs.kinds() == [SEG, SR, SR]
    assert len({each.sop_instance_uid for each in pacs.stored}) == 3
