"""The code table: every coded concept the product says, with its words in the two languages of the product."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from models.contract import (
    LEFT,
    LOWER_LOBE,
    LUNG,
    MASS,
    MIDDLE_LOBE,
    MORPHOLOGICALLY_ABNORMAL_STRUCTURE,
    NODULE,
    RIGHT,
    UPPER_LOBE,
    Code,
    Presence,
)

PNEUMOTHORAX: Final = Code("36118008", "SCT", "Pneumothorax")
PLEURAL_EFFUSION: Final = Code("60046008", "SCT", "Pleural effusion")
GROUND_GLASS_OPACITY: Final = Code("112120", "DCM", "Ground glass opacity")
HEMORRHAGE: Final = Code("50960005", "SCT", "Hemorrhage")
INTRACRANIAL_HEMORRHAGE: Final = Code("1386000", "SCT", "Intracranial hemorrhage")
LESION: Final = Code("52988006", "SCT", "Lesion")
ANATOMICAL_STRUCTURE: Final = Code("91723000", "SCT", "Anatomical Structure")
BRAIN: Final = Code("12738006", "SCT", "Brain")
LIVER: Final = Code("10200004", "SCT", "Liver")
CYST: Final = Code("367643001", "SCT", "Cyst")
LYMPHADENOPATHY: Final = Code("30746006", "SCT", "Lymphadenopathy")
ANEURYSM: Final = Code("85659009", "SCT", "aneurysm")
PLEURA: Final = Code("3120008", "SCT", "Pleura")
MEDIASTINUM: Final = Code("72410000", "SCT", "Mediastinum")
RIB: Final = Code("113197003", "SCT", "Rib")
SKULL: Final = Code("89546000", "SCT", "Skull")
KIDNEY: Final = Code("64033007", "SCT", "Kidney")
SPLEEN: Final = Code("78961009", "SCT", "Spleen")
PANCREAS: Final = Code("15776009", "SCT", "Pancreas")
ABDOMEN: Final = Code("818981001", "SCT", "Abdomen")
SPINE: Final = Code("421060004", "SCT", "Spine")

PRESENCE: Final = Code("705057003", "SCT", "Presence")
PRESENT: Final = Code("52101004", "SCT", "Present")
ABSENT: Final = Code("272519000", "SCT", "Absent")
UNDETERMINED: Final = Code("373068000", "SCT", "Undetermined")

SUMMARY_OF_ANALYSES: Final = Code("111065", "DCM", "Summary of Analyses")
SUCCEEDED: Final = Code("111222", "DCM", "Succeeded")
PARTIALLY_SUCCEEDED: Final = Code("111223", "DCM", "Partially Succeeded")
FAILED: Final = Code("111224", "DCM", "Failed")
NOT_ATTEMPTED: Final = Code("111225", "DCM", "Not Attempted")

LONG_AXIS: Final = Code("103339001", "SCT", "Long axis")
SHORT_AXIS: Final = Code("103340004", "SCT", "Short axis")
VOLUME: Final = Code("118565006", "SCT", "Volume")
AREA: Final = Code("42798000", "SCT", "Area")
ATTENUATION: Final = Code("112031", "DCM", "Attenuation Coefficient")
MEAN: Final = Code("373098007", "SCT", "Mean")
PROBABILITY: Final = Code("122157", "DCM", "Probability")
PROBABILITY_OF_CANCER: Final = Code("111047", "DCM", "Probability of cancer")

MILLIMETER: Final = Code("mm", "UCUM", "mm")
CUBIC_MILLIMETER: Final = Code("mm3", "UCUM", "cubic millimeter")
HOUNSFIELD_UNIT: Final = Code("[hnsf'U]", "UCUM", "Hounsfield unit")
NO_UNITS: Final = Code("1", "UCUM", "no units")

PRESENCE_CODES: Final[dict[Presence, Code]] = {
    Presence.PRESENT: PRESENT,
    Presence.ABSENT: ABSENT,
    Presence.UNDETERMINED: UNDETERMINED,
}


@dataclass(frozen=True, slots=True)
class Term:
    """A code with its words for people. in_ps3_16: it stands in a context group of PS3.16 (else ask for a licence)."""

    code: Code
    zh: str
    en: str
    in_ps3_16: bool = True


TERMS: Final[tuple[Term, ...]] = (
    Term(NODULE, "结节", "nodule"),
    Term(MASS, "肿块", "mass"),
    Term(PNEUMOTHORAX, "气胸", "pneumothorax"),
    Term(PLEURAL_EFFUSION, "胸腔积液", "pleural effusion"),
    Term(GROUND_GLASS_OPACITY, "磨玻璃影", "ground-glass opacity"),
    Term(HEMORRHAGE, "出血", "haemorrhage"),
    Term(INTRACRANIAL_HEMORRHAGE, "颅内出血", "intracranial haemorrhage", in_ps3_16=False),
    Term(LESION, "病变", "lesion"),
    Term(MORPHOLOGICALLY_ABNORMAL_STRUCTURE, "形态异常结构", "morphologically abnormal structure"),
    Term(ANATOMICAL_STRUCTURE, "解剖结构", "anatomical structure"),
    Term(UPPER_LOBE, "肺上叶", "upper lobe of the lung"),
    Term(MIDDLE_LOBE, "右肺中叶", "middle lobe of the right lung"),
    Term(LOWER_LOBE, "肺下叶", "lower lobe of the lung"),
    Term(LUNG, "肺", "lung"),
    Term(BRAIN, "脑", "brain"),
    Term(LIVER, "肝", "liver"),
    Term(CYST, "囊肿", "cyst"),
    Term(LYMPHADENOPATHY, "淋巴结肿大", "lymphadenopathy"),
    Term(ANEURYSM, "动脉瘤", "aneurysm"),
    Term(PLEURA, "胸膜", "pleura"),
    Term(MEDIASTINUM, "纵隔", "mediastinum"),
    Term(RIB, "肋骨", "rib"),
    Term(SKULL, "颅骨", "skull"),
    Term(KIDNEY, "肾", "kidney"),
    Term(SPLEEN, "脾", "spleen"),
    Term(PANCREAS, "胰腺", "pancreas"),
    Term(ABDOMEN, "腹部", "abdomen"),
    Term(SPINE, "脊柱", "spine"),
    Term(RIGHT, "右", "right"),
    Term(LEFT, "左", "left"),
    Term(PRESENCE, "存在情况", "presence", in_ps3_16=False),
    Term(PRESENT, "存在", "present"),
    Term(ABSENT, "不存在", "absent"),
    Term(UNDETERMINED, "不能确定", "undetermined"),
    Term(SUMMARY_OF_ANALYSES, "分析概要", "summary of analyses"),
    Term(SUCCEEDED, "成功", "succeeded"),
    Term(PARTIALLY_SUCCEEDED, "部分成功", "partially succeeded"),
    Term(FAILED, "失败", "failed"),
    Term(NOT_ATTEMPTED, "未进行", "not attempted"),
    Term(LONG_AXIS, "长径", "long axis"),
    Term(SHORT_AXIS, "短径", "short axis"),
    Term(VOLUME, "体积", "volume"),
    Term(AREA, "面积", "area"),
    Term(ATTENUATION, "CT 值", "attenuation"),
    Term(MEAN, "平均", "mean"),
    Term(PROBABILITY, "概率", "probability"),
    Term(PROBABILITY_OF_CANCER, "恶性概率", "probability of cancer"),
)

_BY_CODE: Final = {(term.code.value, term.code.scheme): term for term in TERMS}


def is_known(code: Code) -> bool:
    """Whether the table has the code: any other's meaning is text that somebody typed or a package brought."""
    return (code.value, code.scheme) in _BY_CODE


def term(code: Code) -> Term:
    """The words of a code; a code outside the table keeps its English meaning in both languages."""
    known = _BY_CODE.get((code.value, code.scheme))
    return known or Term(code, code.meaning, code.meaning.lower(), in_ps3_16=False)
