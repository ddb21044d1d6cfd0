"""Giving an examination back to the hospital (退回): why, with what the hospital is to do, and what opens it again."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from models.manifest import Text


class ReturnReason(StrEnum):
    """Why an examination cannot be read as it was sent. Stable: hospitals' systems read them."""

    IMAGES_MISSING = "images-missing"
    IMAGE_QUALITY = "image-quality"
    WRONG_PATIENT = "wrong-patient"
    WRONG_BODY_PART = "wrong-body-part"
    NO_REQUEST = "no-request"
    PRIOR_NEEDED = "prior-needed"
    NOT_IN_CONTRACT = "not-in-contract"
    OTHER = "other"


class Reopening(StrEnum):
    """What opens a returned examination again."""

    IMAGES = "images were sent"
    REQUEST = "an order was joined"
    PRIOR = "an earlier examination was sent"
    TAKEN_BACK = "a reader took the return back"


RETURN_WORDS: Final[dict[ReturnReason, Text]] = {
    ReturnReason.IMAGES_MISSING: Text(
        zh="图像不完整，请补传完整序列。", en="Images are missing: send the whole series again."
    ),
    ReturnReason.IMAGE_QUALITY: Text(
        zh="图像质量不足以诊断，请重新检查或重建。",
        en="The images are not good enough to read: repeat the examination or the reconstruction.",
    ),
    ReturnReason.WRONG_PATIENT: Text(
        zh="患者信息与申请不符，请核对后重新发送。",
        en="The patient does not fit the request: check both and send again.",
    ),
    ReturnReason.WRONG_BODY_PART: Text(
        zh="检查部位与申请不符，请核对后重新发送。",
        en="The body part does not fit the request: check both and send again.",
    ),
    ReturnReason.NO_REQUEST: Text(
        zh="缺少申请单信息（病史、检查目的），请补充。", en="History and question are missing: send the request."
    ),
    ReturnReason.PRIOR_NEEDED: Text(
        zh="需要既往影像对比，请补传。", en="An earlier examination is needed to compare: send it."
    ),
    ReturnReason.NOT_IN_CONTRACT: Text(
        zh="该检查不在服务范围内，请由本院诊断。",
        en="The examination is not covered by the contract: read it at the hospital.",
    ),
    ReturnReason.OTHER: Text(zh="见说明。", en="See the note."),
}
