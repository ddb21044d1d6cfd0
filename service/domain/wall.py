"""Who may see what: every archive query takes a Wall; there is no query without one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NewType

HospitalId = NewType("HospitalId", str)
_PERSON: Final = "user:"


class BehindTheWall(Exception):
    """Somebody tried to change what lies behind the wall: a fault of ours, never of the caller's input."""


class Role(StrEnum):
    """As whom somebody acts."""

    HOSPITAL = "hospital"
    PERSON = "person"
    SECURITY = "security"
    AUDIT = "audit"
    OPERATOR = "operator"
    ADMINISTRATOR = "administrator"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Wall:
    """The hospitals an actor may see; hospitals None means all of them (sweeps, node, deliveries, the operator).

    Made by service.access for people and machines; Wall.system names its reason.
    """

    hospitals: frozenset[HospitalId] | None
    role: Role
    actor: str

    @classmethod
    def person(cls, user_id: str, hospitals: frozenset[HospitalId] | None) -> Wall:
        """For somebody who signed in; hospitals None: a reader of the whole centre."""
        return cls(hospitals=hospitals, role=Role.PERSON, actor=f"{_PERSON}{user_id}")

    @classmethod
    def security(cls, user_id: str) -> Wall:
        """For the security administrator: people and their access, no patient's data."""
        return cls(hospitals=frozenset(), role=Role.SECURITY, actor=f"{_PERSON}{user_id}")

    @classmethod
    def auditor(cls, user_id: str) -> Wall:
        """For the audit administrator: what is on record about everybody's acts, no patient's data."""
        return cls(hospitals=frozenset(), role=Role.AUDIT, actor=f"{_PERSON}{user_id}")

    @classmethod
    def administrator(cls, user_id: str) -> Wall:
        """For the system administrator: settings and work of every hospital; what is shown to them names no patient."""
        return cls(hospitals=None, role=Role.ADMINISTRATOR, actor=f"{_PERSON}{user_id}")

    @property
    def user_id(self) -> str:
        """Who acts, where that is a person. Raises BehindTheWall for machines: they judge and sign nothing."""
        if self.role is not Role.PERSON:
            raise BehindTheWall(f"{self.actor} tried what only a person may do")
        return self.actor.removeprefix(_PERSON)

    @classmethod
    def system(cls, reason: str) -> Wall:
        """For sweeps, the node and deliveries only."""
        return cls(hospitals=None, role=Role.SYSTEM, actor=f"system:{reason}")

    @classmethod
    def operator(cls) -> Wall:
        """For whoever runs commands on the centre's own machine."""
        return cls(hospitals=None, role=Role.OPERATOR, actor="operator")

    def acts_as(self, user_id: str) -> bool:
        """Whether the actor is this person, in whatever role."""
        return self.actor == f"{_PERSON}{user_id}"

    def only(self, hospital: HospitalId) -> Wall:
        """The same actor before one hospital. Raises BehindTheWall where the wall does not let them."""
        self.guard(hospital)
        return Wall(hospitals=frozenset({hospital}), role=self.role, actor=self.actor)

    def guard(self, hospital: HospitalId) -> None:
        """Raises BehindTheWall when the actor may not touch this hospital's data."""
        if not self.lets(hospital):
            raise BehindTheWall(f"{self.actor} tried to change data of another hospital")

    def guard_all(self) -> None:
        """Raises BehindTheWall unless the actor acts for every hospital."""
        if self.hospitals is not None:
            raise BehindTheWall(f"{self.actor} tried what only the centre itself may do")

    def guard_people(self) -> None:
        """Raises BehindTheWall unless the actor may take people in and let them go."""
        if self.role not in {Role.SECURITY, Role.OPERATOR, Role.SYSTEM}:
            raise BehindTheWall(f"{self.actor} tried to manage people")

    def guard_record(self) -> None:
        """Raises BehindTheWall unless the actor may search what is on record."""
        if self.role not in {Role.AUDIT, Role.OPERATOR}:
            raise BehindTheWall(f"{self.actor} tried to search the record")

    def guard_names(self) -> None:
        """Raises BehindTheWall unless the actor may know which hospitals there are without seeing their patients."""
        if self.role not in {Role.SECURITY, Role.AUDIT, Role.OPERATOR, Role.ADMINISTRATOR}:
            raise BehindTheWall(f"{self.actor} tried to list hospitals")

    def lets(self, hospital: HospitalId) -> bool:
        """Whether the wall lets the actor see this hospital's data."""
        return self.hospitals is None or hospital in self.hospitals
