"""What was agreed with a hospital: what the centre does for it, what it does not, and how it ends (AC-71).

Turnaround and by whose act a report is final are of the agreement too: service.domain.hospital has them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from models.manifest import Text
from service.domain.wall import HospitalId

LEAST_KEEP_YEARS: Final = 15
"""For outpatients; inpatients' records are kept for 30 (医疗机构病历管理规定, 2013)."""
MOST_KEEP_YEARS: Final = 100


class Service(StrEnum):
    """What the centre does for a hospital."""

    ANALYSIS = "analysis"
    REPORTING = "reporting"


class ExaminationKind(StrEnum):
    """What an examination is for, as far as agreements leave some out."""

    DIAGNOSTIC = "diagnostic"
    PRENATAL = "prenatal"
    INTERVENTIONAL = "interventional"
    INTRAOPERATIVE = "intraoperative"
    FORENSIC = "forensic"


class SignedBy(StrEnum):
    """Whose physicians sign: any of the centre's, or those only who practise at the hospital."""

    CENTRE = "centre"
    HOSPITAL = "hospital"


class AtEnd(StrEnum):
    """What becomes of the hospital's data when the agreement ends. RETURN: it gets all of them first."""

    KEEP = "keep"
    RETURN = "return"


class Refusal(StrEnum):
    """Why the agreement does not let something be done. Stable: hospitals' systems decide by it."""

    ANALYSIS = "analysis-not-agreed"
    MODALITY = "modality-not-agreed"
    EXAMINATION = "examination-excluded"
    REPORTING = "reporting-not-agreed"
    SIGNATURE = "signed-at-hospital"


REFUSALS: Final[dict[Refusal, Text]] = {
    Refusal.ANALYSIS: Text(
        zh="与本院的协议不含 AI 分析：请去掉 packages 后重新下达，或与中心更改协议。",
        en="The agreement with this hospital has no analysis in it: order without packages, or change the agreement "
        "with the centre.",
    ),
    Refusal.MODALITY: Text(
        zh="与本院的协议不含该设备类型：请在本院诊断，或与中心更改协议。",
        en="The agreement with this hospital does not cover this modality: have it read at the hospital, or change "
        "the agreement with the centre.",
    ),
    Refusal.EXAMINATION: Text(
        zh="与本院的协议排除了此类检查：请在本院诊断，或与中心更改协议。",
        en="The agreement with this hospital excludes examinations of this kind: have it read at the hospital, or "
        "change the agreement with the centre.",
    ),
    Refusal.REPORTING: Text(
        zh="与该医院的协议不含诊断报告，不能在此签发；请退回医院，由其自行诊断。",
        en="The agreement with this hospital has no reports in it: nothing is signed here. Return the examination; the "
        "hospital reads it.",
    ),
    Refusal.SIGNATURE: Text(
        zh="按协议由该医院的医师签发：只有执业地点登记为该医院的医师可以签名。",
        en="By the agreement the hospital's own physicians sign: only who has it as a practice site by name does.",
    ),
}
KIND_TEXTS: Final[dict[ExaminationKind, Text]] = {
    ExaminationKind.DIAGNOSTIC: Text(zh="诊断", en="diagnostic"),
    ExaminationKind.PRENATAL: Text(zh="产前", en="prenatal"),
    ExaminationKind.INTERVENTIONAL: Text(zh="介入", en="interventional"),
    ExaminationKind.INTRAOPERATIVE: Text(zh="术中", en="intraoperative"),
    ExaminationKind.FORENSIC: Text(zh="司法鉴定", en="forensic"),
}


@dataclass(frozen=True, slots=True)
class Agreement:
    """What was agreed. modalities: those that are covered; none named: every one. keep_years: at least."""

    services: frozenset[Service] = frozenset(Service)
    modalities: frozenset[str] = frozenset()
    excluded: frozenset[ExaminationKind] = frozenset()
    signed_by: SignedBy = SignedBy.CENTRE
    keep_years: int = LEAST_KEEP_YEARS
    at_end: AtEnd = AtEnd.KEEP

    def __str__(self) -> str:
        """As the record keeps it."""
        return "; ".join(
            (
                f"services {', '.join(sorted(self.services))}",
                f"modalities {', '.join(sorted(self.modalities)) or 'every'}",
                f"excluded {', '.join(sorted(self.excluded)) or 'none'}",
                f"signed by {self.signed_by}",
                f"kept {self.keep_years} years",
                f"at end {self.at_end}",
            )
        )

    def covers(self, modality: str) -> bool:
        """Whether examinations of this modality are agreed on."""
        return not self.modalities or modality in self.modalities

    def covers_any(self, modalities: Collection[str]) -> bool:
        """Whether at least one series of an examination is of a modality that is agreed on."""
        return not self.modalities or not self.modalities.isdisjoint(modalities)

    def refuses_order(self, *, modality: str, kind: ExaminationKind, asks_analysis: bool) -> Refusal | None:
        """Why an order is not taken; None where it is. modality: empty where the order does not say it."""
        if kind in self.excluded:
            return Refusal.EXAMINATION
        if modality and not self.covers(modality):
            return Refusal.MODALITY
        return Refusal.ANALYSIS if asks_analysis and Service.ANALYSIS not in self.services else None

    def refuses_signature(self, hospital: HospitalId, sites: frozenset[HospitalId] | None) -> Refusal | None:
        """Why a physician does not sign here; None where they do. sites: of their certificate; None: every hospital."""
        if Service.REPORTING not in self.services:
            return Refusal.REPORTING
        at_hospital = sites is not None and hospital in sites
        return None if self.signed_by is SignedBy.CENTRE or at_hospital else Refusal.SIGNATURE
