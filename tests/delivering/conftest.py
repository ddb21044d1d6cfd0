"""A hospital with a PACS that does as it is told, and the steps from a reading to the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from pydicom.dataset import FileDataset

from service.access.onboarding import PacsAddress
from service.archive import hospitals, results
from service.archive.hospitals import Peer, new_hospital_id
from service.archive.results import EncodeStep, Result, ResultKind
from service.archive.store import Archive
from service.archive.studies import Study
from service.domain.hospital import Channel, ae_title
from service.flow.deliver import Senders, deliver_due
from service.flow.peers import PeerRefused
from service.pixels.pool import PixelPool
from tests.support.flowing import CALLED_AE, WALL, Flow, chest, flowing, one_nodule
from tests.support.pacs import AE_TITLE, ScriptedPacs, scripted_pacs
from workers.encode import Encoder
from workers.outgoing import to_pacs
from workers.result_context import Centre


def _no_his(*_: object) -> None:
    raise PeerRefused("no webhook in this test")


@dataclass
class Outbox:
    """What leaves the centre: encode steps and deliveries, done when the test says so."""

    flow: Flow
    encoder: Encoder
    senders: Senders

    def claim_step(self) -> EncodeStep | None:
        """As a flow worker."""
        with self.flow.archive.write() as connection:
            return results.claim_step(connection, WALL)

    def encode(self) -> int:
        """Encode all that is due; returns how many steps."""
        count = 0
        while step := self.claim_step():
            self.encoder.encode(step)
            count += 1
        return count

    def deliver(self) -> int:
        """One look of a delivering thread."""
        return deliver_due(self.flow.archive, self.flow.bell, self.senders)

    def all_sent(self) -> None:
        """Encode and deliver until nothing is due."""
        while self.encode() + self.deliver():
            pass

    def read(self, *images: FileDataset) -> Study:
        """A study that was read: one nodule; its objects are encoded, none sent."""
        images = images or tuple(chest())
        study = self.flow.dispatched(*images)
        claimed = self.flow.claim()
        assert claimed is not None
        self.flow.conclude(claimed, one_nodule(images))
        assert self.encode() == 1
        return study

    def results(self, study: Study) -> dict[ResultKind, Result]:
        """The result objects of a study's only analysis, by kind."""
        (analysis,) = self.flow.analyses(study)
        with self.flow.archive.read() as connection:
            return {each.kind: each for each in results.of_analysis(connection, WALL, analysis.id)}

    def add_pacs(self, port: int) -> str:
        """A second PACS of the hospital."""
        peer_id = new_hospital_id()
        with self.flow.archive.write() as connection:
            hospitals.add_peer(
                connection,
                WALL,
                Peer(
                    id=peer_id,
                    hospital=self.flow.hospital,
                    channel=Channel.PACS,
                    host="127.0.0.1",
                    port=port,
                    ae_title=ae_title(AE_TITLE),
                    calling_ae=ae_title(CALLED_AE),
                    url=None,
                    sealed_secret=None,
                ),
            )
        return peer_id


@pytest.fixture(scope="session")
def pixels() -> Iterator[PixelPool]:
    with PixelPool() as pool:
        yield pool


@pytest.fixture
def pacs() -> Iterator[ScriptedPacs]:
    with scripted_pacs() as peer:
        yield peer


def outbox_of(flow: Flow, pixels: PixelPool) -> Outbox:
    """The outbox of a flow."""
    encoder = Encoder(flow.archive, pixels, Centre("centre", "0.1.0", "+0800"))
    return Outbox(flow, encoder, Senders(pacs=to_pacs, his=_no_his))


@pytest.fixture
def outbox(archive: Archive, pacs: ScriptedPacs, pixels: PixelPool) -> Iterator[Outbox]:
    with flowing(archive, pacs=PacsAddress("127.0.0.1", pacs.port, ae_title(AE_TITLE))) as flow:
        yield outbox_of(flow, pixels)
