"""A node on an archive of its own, in this process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from dicom_node.node import Node
from service.access.onboarding import Added, NewHospital, add_hospital
from service.archive import hospitals
from service.archive.store import Archive
from service.domain.hospital import LOOPBACK, Language, Sender, ae_title
from service.domain.wall import HospitalId, Wall
from service.flow.bell import Step

CALLED_AE = "CONSILIUM"


@dataclass
class CountingBell:
    """Remembers what was rung."""

    rung: list[Step] = field(default_factory=list)

    def ring(self, step: Step) -> None:
        self.rung.append(step)


@dataclass
class Listening:
    """A node and what belongs to it."""

    archive: Archive
    node: Node
    port: int
    bell: CountingBell

    def hospital(self, name: str, quiet_s: float | None = 2.0) -> HospitalId:
        """Let a hospital in that calls by its own name."""
        sender = Sender(ae_title(name), ae_title(CALLED_AE), LOOPBACK)
        added: Added = add_hospital(
            self.archive, Wall.operator(), NewHospital(name, Language.EN, (sender,), quiet_s=quiet_s)
        )
        with self.archive.read() as connection:
            return hospitals.get(connection, Wall.operator(), added.hospital_id).id


@pytest.fixture
def listening(archive: Archive) -> Iterator[Listening]:
    bell = CountingBell()
    node = Node(archive, bell, watermark_bytes=1 << 20)
    port = node.start("127.0.0.1", 0)
    yield Listening(archive, node, port, bell)
    node.stop(drain_s=1.0)
