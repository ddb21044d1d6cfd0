"""What a name is found by, as a rule over all names; the matcher here is written apart from the archive's."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from service.dicom.hanzi import readings, simplified
from service.dicom.name_search import MOST_DIVISIONS, MOST_SPELLINGS, keys, patterns

CHINESE = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5)
LATIN = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=8)
HANZI = st.text(CHINESE, min_size=1, max_size=3)
WHOLE_NAMES = st.one_of(
    st.builds("{}^{}".format, LATIN, LATIN),
    st.builds("{} {}".format, LATIN, LATIN),
    st.builds("={}^{}".format, HANZI, HANZI),
    st.builds("{}{}".format, HANZI, HANZI),
    st.builds("={}·{}".format, HANZI, HANZI),
    st.builds("{}^{}={}^{}".format, LATIN, LATIN, HANZI, HANZI),
)


def finds(value: str, name: str) -> bool:
    """Whether a search finds a name."""
    held = keys(name)

    def met(pattern: str, *, undivided: bool = False) -> bool:
        rule = "".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in pattern)
        return any(re.fullmatch(rule, key.text, re.DOTALL) for key in held if key.undivided or not undivided)

    return all(
        any(map(met, pattern.anywhere)) or (pattern.undivided is not None and met(pattern.undivided, undivided=True))
        for pattern in patterns(value)
    )


def full_width(text: str) -> str:
    """Latin letters, ^ and blank as Chinese input methods write them."""
    return "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" and letter != "=" else letter for letter in text)


@settings(deadline=None)  # the first call reads the tables
@example("≠")  # its base is the sign between two writings of a name
@example("₌")  # and the same of another size
@example("王＝小明")
@given(st.text(max_size=200))
def test_any_text_has_keys_and_patterns_and_none_is_too_many(text: str) -> None:
    for key in keys(text):
        assert "=" not in key.text
        assert key.text == key.text.strip(" ")
        assert key.text
    patterns(text)


def test_no_name_has_more_keys_than_an_index_can_bear() -> None:
    for name in (
        "行" * 64,
        "行 " * 32,
        "吕^" * 32,
        "行·" * 10_000,
        "吕" * 1_000_000,
        "^" * 1000,
        "=" * 1000,
        " " * 1000,
    ):
        assert len(keys(f"{name}={name}={name}")) <= 3 * MOST_DIVISIONS * MOST_SPELLINGS * 8


@given(WHOLE_NAMES)
def test_a_name_is_found_as_it_is_written(name: str) -> None:
    for written in (name, name.upper(), name.lower(), full_width(name), unicodedata.normalize("NFD", name)):
        assert finds(written, name)
        assert finds(name, written)


@given(WHOLE_NAMES)
def test_a_name_is_found_without_its_separators(name: str) -> None:
    for group in filter(None, name.split("=")):
        assert finds(re.sub(r"[\^ ·]", "", group), name)


@given(WHOLE_NAMES, st.data())
def test_a_name_is_found_by_any_part_of_a_writing_between_asterisks(name: str, data: st.DataObject) -> None:
    group = data.draw(st.sampled_from([each for each in name.split("=") if each]))
    start = data.draw(st.integers(0, len(group) - 1))
    part = group[start : data.draw(st.integers(start + 1, len(group)))].strip("^ ·")

    assert not part or finds(f"*{part}*", name)


@given(HANZI, HANZI)
def test_a_divided_and_an_undivided_writing_find_each_other(family: str, rest: str) -> None:
    assert finds(f"{family}{rest}", f"={family}^{rest}")
    if len(family) == 1 and len(rest) < 3 and all(map(readings, family + rest)):
        compound = any(len(key.text.split("^")[0]) > 1 and "^" in key.text for key in keys(family + rest))
        assert compound or finds(f"{family}^{rest}", family + rest)


@given(LATIN, LATIN)
def test_a_latin_name_is_found_by_its_own_letters_only(family: str, rest: str) -> None:
    assert {key.text for key in keys(f"{family}^{rest}")} == {f"{family}^{rest}".lower(), (family + rest).lower()}


@given(st.text(CHINESE, max_size=20))
def test_folding_is_done_once_and_keeps_the_length(text: str) -> None:
    assert simplified(simplified(text)) == simplified(text)
    assert len(simplified(text)) == len(text)


# Common surnames in both scripts, typed by hand.
SCRIPTS = """
    張张 陳陈 劉刘 楊杨 趙赵 黃黄 吳吴 孫孙 馬马 鄭郑 馮冯 蔣蒋 韓韩 許许 鄧邓 蕭萧 葉叶 呂吕 蘇苏 盧卢 賈贾 鍾钟
    陸陆 龔龚 譚谭 鄒邹 閻阎 錢钱 湯汤 嚴严 賴赖 顧顾 萬万 龍龙 賀贺 喬乔 歐欧 衞卫 衛卫 餘余 馀余 锺钟 鐘钟 於于
    範范 薑姜 後后 雲云 鬱郁 涂涂 凌凌 關关 藍蓝 齊齐 戶户 寧宁 區区 單单 員员 諸诸 閔闵 紀纪
"""


@pytest.mark.parametrize("pair", SCRIPTS.split())
def test_both_scripts_of_a_surname_are_one(pair: str) -> None:
    traditional, simple = pair

    assert finds(f"*{traditional}*", f"={simple}^明")
    assert finds(f"*{simple}*", f"={traditional}^明")


# Surnames and how families read them, typed by hand.
SURNAMES = """
    单shan 仇qiu 曾zeng 解xie 区ou 查zha 朴piao 任ren 华hua 薄bo 卜bu 种chong 员yun 繁po 秘bi 冼xian 折she 召shao
    盖ge 缪miao 翟zhai 覃qin 乐yue 尉wei 阚kan 万wan 俞yu 臧zang 燕yan 宁ning 纪ji 葛ge 过guo 车che 瞿qu 郇xun
    隗wei 逄pang 佴nai 乜nie 訾zi 呙guo 晁chao 沈shen 石shi 冯feng 褚chu 殷yin 强qiang 谷gu 叶ye 尹yin 贾jia
    邢xing 仉zhang 庹tuo 亓qi 厍she 昝zan 笪da
"""


@pytest.mark.parametrize(("surname", "reading"), re.findall(r"([^a-z\s])([a-z]+)", SURNAMES))
def test_a_surname_is_read_as_families_read_it(surname: str, reading: str) -> None:
    for name in (f"{surname}^芳", f"={surname}^芳", f"{surname}芳", f"{surname}　芳"):
        assert finds(f"{reading}^fang", name)
        assert finds(f"{reading}fang", name)
        assert finds(f"{reading[0]}f", name)


def test_other_readings_of_a_surname_do_not_find_it() -> None:
    for wrong, name in (
        *(("dan", "单"), ("chou", "仇"), ("ceng", "曾"), ("jie", "解"), ("qu", "区"), ("cha", "查"), ("pu", "朴")),
        *(("wei", "尉迟"), ("wanqi", "万俟"), ("changsun", "长孙"), ("danyu", "单于")),
    ):
        assert not finds(f"{wrong}*", f"={name}^明"), name
        assert not finds(f"{wrong}*", f"{name}明"), name


def test_a_given_name_that_parents_read_in_two_ways_is_found_by_both() -> None:
    for name in ("=王^乐", "王乐"):
        assert finds("wangle", name)
        assert finds("wang^yue", name)


def test_a_character_without_a_reading_stands_for_itself() -> None:
    """Extension B and later hold characters of names that no dictionary of readings has."""
    rare = next(chr(point) for point in range(0x2F800 - 1, 0x20000, -1) if not readings(chr(point)))

    assert finds(f"wang{rare}", f"=王^{rare}")
