"""A Chinese hospital reads Chinese: codes and names aside, no sentence of an answer is English."""

from __future__ import annotations

import ast
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import models
from service.domain.hospital import Language
from service.domain.seen_words import seen_in
from service.domain.wording import routed_words
from service.flow.dispatch import dispatch_due
from tests.support.edges import Edges
from tests.support.flowing import PACKAGE

ENGLISH_WORDS = re.compile(r"[a-z]{2,} [a-z]{2,}")
ZH, EN = Language.ZH_CN, Language.EN


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        (
            "series 3 'LUNG, at 1.25': chosen: axial, kernel B60f, 1.25 mm, 300 slices",
            "序列 3 'LUNG, at 1.25'：选用：轴位，卷积核 B60f，1.25 mm，300 层",
        ),
        (
            "series 4: not chosen: fits, but coarser spacing (axial, kernel unknown, 5 mm, 60 slices)",
            "序列 4：未选用：适用，但层间距较大（轴位，卷积核未知，5 mm，60 层）",
        ),
        (
            "series 1.2.3: modality MR; the package asks for CT (none of 2 series fits; this one came nearest)",
            "序列 1.2.3：成像方式 MR；软件要求CT（2 个序列均不适用，此序列最接近）",
        ),
        (
            "series 9: not chosen: body part HEAD; the package asks for CHEST or LUNG or THORAX",
            "序列 9：未选用：部位 HEAD；软件要求CHEST 或 LUNG 或 THORAX",
        ),
        (
            "Image Position (Patient) is absent or not valid in 2 of 30 images: instance 1.2",
            "30 幅中有 2 幅图像位置缺失或无效：instance 1.2",
        ),
    ],
)
def test_what_was_seen_is_said_in_chinese_with_its_numbers(english: str, chinese: str) -> None:
    assert seen_in(english, ZH) == chinese
    assert seen_in(english, EN) == english


def test_words_of_a_package_that_have_no_chinese_are_left_out() -> None:
    assert seen_in("the spleen looked at me in a funny way", ZH) is None


def templates(path: Path) -> Iterator[str]:
    """The sentences that a module gives as the detail of a refusal, a 1 for each number in them."""
    for node in ast.walk(ast.parse(path.read_text())):
        if (
            path.stem == "geometry"
            and isinstance(node, ast.Tuple)
            and len(node.elts) == 3
            and isinstance(node.elts[0], ast.Attribute)
        ):
            fault = node.elts[1]  # one of the checks of a frame
            if isinstance(fault, ast.Constant):
                yield f"{fault.value} in 1 of 1 images: 1"
        is_refusal = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Refused" and len(node.args) == 2
        is_detail = isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "detail"
        if not is_refusal and not is_detail:
            continue
        said = node.args[1] if isinstance(node, ast.Call) else node.value  # type: ignore[attr-defined]
        if isinstance(said, ast.Constant) and isinstance(said.value, str):
            yield said.value
        elif isinstance(said, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.Constant) else "1" for part in said.values]
            if any(isinstance(part, ast.Constant) and len(part.value) > 8 for part in said.values):
                yield "".join(map(str, parts))


def test_every_refusal_of_the_product_has_chinese() -> None:
    root = Path(models.__file__).parent
    paths = [root / name for name in ("geometry.py", "runtime.py", "pixels.py", "selection.py", "heads/lungs.py")]
    paths.append(root / "heads" / "axial.py")
    said = {sentence for path in paths for sentence in templates(path)}
    said.discard("1 in 1 of 1 images: 1")  # each check of a frame stands for it
    of_a_part = {each for each in said if each.endswith("apart in time")}  # its images' names follow

    assert len(said) > 15
    assert [each for each in said - of_a_part if seen_in(each, ZH) is None] == []
    assert all(seen_in(f"{each}: 1.2.3", ZH) for each in of_a_part)


def sentences(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, each in value.items():
            if name not in {"disclaimer", "en", "meaning", "manufacturer", "description"}:
                yield from sentences(each)
    elif isinstance(value, list):
        for each in value:
            yield from sentences(each)


@pytest.mark.parametrize(("count", "modality"), [(20, "CT"), (2, "CT"), (2, "MR")])
def test_no_answer_about_a_study_has_an_english_sentence(edges: Edges, count: int, modality: str) -> None:
    hospital = edges.hospital(language=ZH)
    client = edges.client(hospital)
    order = {"accession_number": secrets.token_hex(6), "exam_class": "inpatient", "packages": [PACKAGE]}
    assert client.post("/api/v1/orders", json=order).status_code == 201
    study = edges.study(hospital, count=count, modality=modality, accession_number=order["accession_number"])
    dispatch_due(edges.archive, edges.catalogue)

    events = client.get("/api/v1/events").json()
    listed = client.get("/api/v1/analyses", params={"study_instance_uid": study.study_instance_uid}).json()
    analysis = client.get(f"/api/v1/analyses/{listed['items'][0]['id']}").json()
    answers = [events, listed, analysis, client.get(f"/api/v1/studies/{study.study_instance_uid}").json()]

    assert len(analysis["selection"]) == 1
    assert bool(analysis["detail"]) == (analysis["state"] == "refused")
    assert any(each["text"].startswith("软件包分派") for each in events["items"])
    shown = [each.replace("test series", "") for answer in answers for each in sentences(answer)]
    assert [each for each in shown if ENGLISH_WORDS.search(each)] == []


@pytest.mark.parametrize(
    ("code", "zh", "en"),
    [
        ("a: hospital-asks", "a 要求分析（本院列表）", "a is asked: the hospital asks for it"),
        (
            "a: only-on MR PT",
            "a 不要求（本院仅对 MR、PT 要求）",
            "a is not asked: the hospital asks for it on MR, PT only",
        ),
        ("a: asked: the hospital asks for it", "a", "a"),
    ],
)
def test_the_dispatch_of_a_package_is_told_in_both_languages(code: str, zh: str, en: str) -> None:
    words = routed_words(code)
    assert (words.zh, words.en) == (zh, en)
