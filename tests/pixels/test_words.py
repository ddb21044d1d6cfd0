"""Words on pictures can be read: nothing is cut off, and no letter is an empty box."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from reportlab.pdfbase.ttfonts import TTFont

from models.contract import RefusalReason
from models.refusals import FAILURE_WORDS, words
from service.domain import wording
from service.pixels.glyphs import FIRST_HAN, FONT_FILES, cannot_be_drawn, file_that_draws
from service.pixels.words import width_px, wrapped, write

NO_LETTER = "\ue123"
SIGNS = "≥ ≤ × – − ± ³ ² ° µ · … № é ö ñ ß Ω α"
PLACES = "泸州 濮阳 亳州 衢州 漯河 婺源 北京协和医院 四川大学华西医院 瑞金 鑫淼"


def drawn(text: str) -> bytes:
    image = Image.new("RGB", (40, 40))
    write(ImageDraw.Draw(image), (4, 30), text, 24, (255, 255, 255))
    return image.tobytes()


def letters_without_a_shape(text: str) -> list[str]:
    boxes = {drawn(NO_LETTER), drawn("\uf8f0")}
    return [letter for letter in sorted(set(text)) if not letter.isspace() and drawn(letter) in boxes]


def test_the_measure_of_a_missing_letter_works() -> None:
    assert letters_without_a_shape(NO_LETTER) == [NO_LETTER]


@pytest.mark.parametrize("text", [SIGNS, PLACES, wording.NOT_VERIFIED.zh, wording.NOT_VERIFIED.en])
def test_signs_of_measurement_and_names_of_places_have_a_shape(text: str) -> None:
    assert letters_without_a_shape(text) == []


def test_every_sentence_about_a_refusal_or_a_failure_can_be_drawn() -> None:
    texts = [words(reason) for reason in RefusalReason] + list(FAILURE_WORDS.values())
    assert letters_without_a_shape("".join(text.zh + text.en for text in texts)) == []


def letters_of(charset: str, leads: range, trails: range) -> str:
    """All that a character set of two bytes holds."""
    pairs = (bytes((lead, trail)).decode(charset, "ignore") for lead in leads for trail in trails)
    return "".join(pair for pair in pairs if len(pair) == 1 and not pair.isascii())


GB_2312 = letters_of("gb2312", range(0xA1, 0xFF), range(0xA1, 0xFF))
GBK = letters_of("gbk", range(0x81, 0xFF), range(0x40, 0xFF))


def test_every_letter_and_every_sign_of_gb_2312_has_a_shape() -> None:
    assert len(GB_2312) == 6763 + 682, "as many as the standard has"
    assert letters_without_a_shape(GB_2312) == []


def test_every_letter_and_every_sign_of_gbk_can_be_drawn() -> None:
    assert sum("\u4e00" <= letter <= "\u9fff" for letter in GBK) == 20902, "all Han of Unicode 1.1"
    assert cannot_be_drawn(GBK) == []


@pytest.mark.parametrize(
    "text",
    [
        "BI-RADS Ⅱ类",
        "Ⅲ期",
        "①②③⑩⑪⑳",
        "39℃",
        "♀♂",
        "⑴⒇⒈⒛",
        "〈右肺〉",
        "李玥喆堃",
        "䶮",
        "右肺上葉結節，請結合臨床複查。",
        "㎜ ㎝³",
    ],
)
def test_what_reports_and_names_are_written_with_has_a_shape(text: str) -> None:
    assert letters_without_a_shape(text) == []
    assert cannot_be_drawn([text]) == []


def test_what_no_font_holds_is_named_once_and_blanks_are_not() -> None:
    assert cannot_be_drawn(["右肺𠮷\t", "a𠮷\n\N{IDEOGRAPHIC SPACE}😀"]) == ["😀", "𠮷"]


@pytest.mark.parametrize("path", FONT_FILES, ids=lambda path: path.stem)
def test_a_font_is_said_to_hold_what_another_program_finds_in_it(path: Path) -> None:
    held = {letter for letter, glyph in TTFont(path.stem, str(path)).face.charToGlyph.items() if glyph}
    ours = {letter for letter in range(0x110000) if file_that_draws(chr(letter)) == path}
    assert ours == held
    assert len({letter < FIRST_HAN for letter in ours}) == 1, "pictures choose the font by the code point"


@given(st.text(st.sampled_from("右肺上叶，。（） 长径ab12.4 mm³≥"), max_size=120), st.integers(80, 400))
def test_wrapped_lines_fit_and_lose_nothing(line: str, limit_px: int) -> None:
    parts = wrapped(line, limit_px, 17)
    assert all(width_px(part, 17) <= limit_px for part in parts)
    assert "".join("".join(parts).split()) == "".join(line.split())


def test_a_number_stays_with_its_unit_and_a_line_does_not_begin_with_a_stop() -> None:
    line = "右肺上叶见一结节，大小约 12.4 mm × 9.8 mm（长径 × 短径），体积 812 mm³，平均 CT 值 −12 HU，AI 概率 0.93。"
    for limit_px in range(200, 500, 7):
        parts = wrapped(line, limit_px, 17)
        assert not any(part[0] in "，。）" or part.startswith(("mm", "HU")) for part in parts), parts
