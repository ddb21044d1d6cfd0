"""What goes wrong in the reading room only."""

from __future__ import annotations

from typing import Final

from models.manifest import Text
from service.access.problems import Kind

CLAIMED: Final = Kind("claimed", 409, Text(zh="他人正在阅片", en="Somebody else reads it"))
STALE: Final = Kind("stale", 409, Text(zh="内容已被他人更改", en="It was changed meanwhile"))
UNREVIEWED: Final = Kind("unreviewed", 409, Text(zh="发现尚未处理", en="Findings were not judged"))
CONTRADICTED: Final = Kind("contradicted", 409, Text(zh="报告与发现不一致", en="Text and findings disagree"))
PASSWORD_FIRST: Final = Kind("password-first", 403, Text(zh="需要密码", en="The password is needed"))
PIN_WRONG: Final = Kind("pin-wrong", 403, Text(zh="PIN 不正确", en="The PIN is not right"))
IMPRESSION_FIRST: Final = Kind("impression-first", 409, Text(zh="请先锁定首次印象", en="Lock your impression first"))
LINK_CHANGED: Final = Kind("link-changed", 422, Text(zh="链接无效", en="The link is not valid"))
LINK_EXPIRED: Final = Kind("link-expired", 410, Text(zh="链接已过期", en="The link has run out"))
LINK_USED: Final = Kind("link-used", 410, Text(zh="链接已使用", en="The link was used"))
LINK_NOT_YOURS: Final = Kind("link-not-yours", 403, Text(zh="链接不属于您", en="The link is not for you"))
NOTHING_TO_OPEN: Final = Kind("nothing-to-open", 404, Text(zh="尚无该检查", en="The examination has not come"))
