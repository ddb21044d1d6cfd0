"""What goes wrong in the reading room only."""

from __future__ import annotations

from typing import Final

from models.manifest import Text
from service.access.problems import Kind

CLAIMED: Final = Kind("claimed", 409, Text(zh="他人正在阅片", en="Somebody else reads it"))
STALE: Final = Kind("stale", 409, Text(zh="内容已被他人更改", en="It was changed meanwhile"))
IMPRESSION_FIRST: Final = Kind("impression-first", 409, Text(zh="请先锁定首次印象", en="Lock your impression first"))
