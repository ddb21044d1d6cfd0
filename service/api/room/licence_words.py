"""Why a certificate does not let a physician sign an examination, in words that say what to do."""

from __future__ import annotations

from models.manifest import Text
from service.domain.licence import Examined, Withheld
from service.domain.user import User


def withheld_words(user: User, why: Withheld, examined: Examined) -> Text:
    """What a physician is told who may not sign this examination."""
    licence = user.licence
    if licence is None or why is Withheld.NO_CERTIFICATE:
        return Text(
            zh="没有执业证书，不能签发报告；请安全管理员在“用户”页登记。",
            en="Nobody signs without a practice certificate: have the security administrator enter yours under Users.",
        )
    if why is Withheld.EXPIRED:
        until = "" if licence.until is None else licence.until.isoformat()
        return Text(
            zh=f"执业证书已于 {until} 到期，不能签发报告；续注册后请安全管理员更新有效期。",
            en=f"Your practice certificate ran out on {until}: have the security administrator enter the new date.",
        )
    if why is Withheld.OTHER_SITE:
        return Text(
            zh="执业地点不含本医院，不能签发其检查；请由在此执业的医师签发，或请安全管理员登记执业地点。",
            en="This hospital is none of your practice sites: leave it to a physician who has it, or ask the security"
            " administrator to enter it.",
        )
    lacking = ", ".join(sorted(examined.needed - licence.covers)) or "—"
    return Text(
        zh=f"执业范围“{licence.scope}”不含 {lacking} 检查；请由有相应范围的医师签发，或请安全管理员登记。",
        en=f"Your scope of practice ({licence.scope}) does not cover {lacking}: leave it to a physician whose scope"
        " does, or ask the security administrator to enter it.",
    )
