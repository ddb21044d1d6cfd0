"""Which findings a hospital is told of at once (危急值): its rules over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Response
from fastapi.routing import APIRoute
from pydantic import Field

from models.contract import Code
from models.manifest import Text
from service.access.notice_rules import UnknownRule, add_rule, end_rule
from service.access.problems import INVALID_REQUEST, Problem, not_found
from service.access.reader_doors import ReaderDep
from service.api.room.admin.door import ADMIN, IdPath, administrator, told
from service.api.room.shape import PREFIX, CodeView, Shape
from service.archive import hospitals, notice_rules
from service.archive.notice_rules import KeptRule
from service.archive.store import Archive
from service.domain.hospital import Language
from service.domain.notice import (
    DEFAULT_DEADLINE_S,
    LEAST_DEADLINE_S,
    MAX_CONTACT_LENGTH,
    MOST_DEADLINE_S,
    MalformedRule,
    NoticeRule,
)
from service.domain.vocabulary import vocabulary
from service.domain.wall import HospitalId

_RULE: Final = Text(zh="规则", en="rule")


class ConceptBody(Shape):
    """A coded finding."""

    value: str = Field(min_length=1, max_length=64)
    scheme: str = Field(min_length=1, max_length=16)
    meaning: str = Field(min_length=1, max_length=64)


class RuleBody(Shape):
    """A rule to be. least_long_axis_mm: null where the size does not matter."""

    concept: ConceptBody
    least_long_axis_mm: float | None = Field(default=None, gt=0, le=1000)
    contact: str = Field(max_length=MAX_CONTACT_LENGTH)
    escalation_contact: str = Field(max_length=MAX_CONTACT_LENGTH)
    deadline_s: float = Field(default=DEFAULT_DEADLINE_S, ge=LEAST_DEADLINE_S, le=MOST_DEADLINE_S)

    @property
    def rule(self) -> NoticeRule:
        """As the domain has it. Raises MalformedRule."""
        return NoticeRule(
            concept=Code(self.concept.value, self.concept.scheme, self.concept.meaning),
            least_long_axis_mm=self.least_long_axis_mm,
            contact=self.contact.strip(),
            escalation_contact=self.escalation_contact.strip(),
            deadline_s=self.deadline_s,
        )


class RuleView(Shape):
    """A rule in force."""

    id: str
    concept: CodeView
    least_long_axis_mm: float | None
    contact: str
    escalation_contact: str
    deadline_s: float

    @classmethod
    def of(cls, kept: KeptRule, language: Language) -> RuleView:
        """From a row."""
        rule = kept.rule
        return cls(
            id=kept.id,
            concept=CodeView.of(rule.concept, language),
            least_long_axis_mm=rule.least_long_axis_mm,
            contact=rule.contact,
            escalation_contact=rule.escalation_contact,
            deadline_s=rule.deadline_s,
        )


class RulesView(Shape):
    """The rules of a hospital. concepts: findings that a rule can be about."""

    rules: tuple[RuleView, ...]
    concepts: tuple[CodeView, ...]


@dataclass(frozen=True, slots=True)
class NoticeRuleEndpoints:
    """The rules of one hospital."""

    archive: Archive

    def listed(self, reader: ReaderDep, hospital: IdPath) -> RulesView:
        """The rules in force."""
        wall = administrator(reader)
        with told(), self.archive.read() as connection:
            known = hospitals.known(connection, wall, HospitalId(hospital))
            rules = notice_rules.of_hospital(connection, wall, known.id)
        return RulesView(
            rules=tuple(RuleView.of(each, reader.language) for each in rules),
            concepts=tuple(CodeView.of(each, reader.language) for each in vocabulary(()).types),
        )

    def add(self, reader: ReaderDep, hospital: IdPath, body: RuleBody) -> RuleView:
        """A further rule; it counts from the next judgement on."""
        wall = administrator(reader)
        with told():
            try:
                kept = add_rule(self.archive, wall, HospitalId(hospital), body.rule)
            except MalformedRule as fault:
                detail = Text(zh="请填写联系人与升级联系人（姓名或电话）。", en=f"The rule cannot work: {fault}.")
                raise Problem(INVALID_REQUEST, detail) from fault
        return RuleView.of(kept, reader.language)

    def end(self, reader: ReaderDep, hospital: IdPath, rule: IdPath) -> Response:
        """End a rule; what it raised goes on."""
        wall = administrator(reader)
        with told():
            try:
                end_rule(self.archive, wall, HospitalId(hospital), rule)
            except UnknownRule as fault:
                raise not_found(_RULE) from fault
        return Response(status_code=204)


def routes(archive: Archive, route_class: type[APIRoute]) -> APIRouter:
    """The operations on rules."""
    endpoints = NoticeRuleEndpoints(archive)
    router = APIRouter(
        prefix=f"{PREFIX}{ADMIN}/hospitals", tags=["hospitals"], route_class=route_class, include_in_schema=False
    )
    rules = "/{hospital}/notice-rules"
    router.add_api_route(rules, endpoints.listed, methods=["GET"])
    router.add_api_route(rules, endpoints.add, methods=["POST"], status_code=201)
    router.add_api_route(f"{rules}/{{rule}}", endpoints.end, methods=["DELETE"])
    return router
