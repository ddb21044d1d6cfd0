"""Writes docs/integration/openapi.json and problems.md from the code: .venv/bin/python -m tests.support.openapi."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from models.catalogue import Catalogue
from service.access.problems import KINDS
from service.api.app import create_app
from service.archive.store import Archive
from service.flow.bell import SilentBell
from service.his.router import create_router

INTEGRATION = Path(__file__).parent.parent.parent / "docs" / "integration"
DOCUMENT = INTEGRATION / "openapi.json"
PROBLEMS = INTEGRATION / "problems.md"
VERSION = "0.1.0"


def document() -> dict[str, Any]:
    """The OpenAPI document of the whole application."""
    with tempfile.TemporaryDirectory() as folder:
        archive = Archive(Path(folder))
        router = create_router(archive, SilentBell(), Catalogue.of([]))
        app = create_app(archive=archive, routers=(router,), version=VERSION, watermark_bytes=0)
        archive.close()
        return app.openapi()


def problems() -> str:
    """The list of problem codes as Markdown."""
    rows = (
        f"| `{each.code}` | {each.status} | {each.title.zh} | {each.title.en} |" for each in sorted(KINDS, key=_rank)
    )
    return "\n".join(
        (
            "# 问题代码 / Problem codes",
            "",
            "每个错误应答为 `application/problem+json`（RFC 9457）。",
            "程序按 `code` 判断，`detail` 供人阅读，报障请附 `trace_id`。",
            "",
            "Every error is answered as `application/problem+json` (RFC 9457).",
            "Decide by `code`, show `detail`, and give the `trace_id` when you ask the centre.",
            "",
            "| code | HTTP | 中文 | English |",
            "|---|---|---|---|",
            *rows,
            "",
        )
    )


def _rank(kind: Any) -> tuple[int, str]:
    return kind.status, kind.code


if __name__ == "__main__":
    DOCUMENT.write_text(json.dumps(document(), ensure_ascii=False, indent=1) + "\n")
    PROBLEMS.write_text(problems())
