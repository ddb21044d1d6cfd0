"""The Native DICOM Model (PS3.19 annex A) of what the DICOM JSON model says: the same attributes as XML.

A private attribute has its block's bits as 00 and names who reserved the block (PS3.19 table A.1.5-2, PS3.5 7.8). What
XML 1.0 cannot hold becomes U+FFFD.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from pydicom.datadict import keyword_for_tag

from service.dicom.json_model import Json, JsonModel

NAMESPACE: Final = "http://dicom.nema.org/PS3.19/models/NativeDICOM"
_HEAD: Final = f'<?xml version="1.0" encoding="UTF-8"?>\n<NativeDicomModel xmlns="{NAMESPACE}" xml:space="preserve">'
_TAIL: Final = "</NativeDicomModel>"
_NOT_IN_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NAME_PARTS: Final = ("FamilyName", "GivenName", "MiddleName", "NamePrefix", "NameSuffix")
_WRITINGS: Final = ("Alphabetic", "Ideographic", "Phonetic")
_FIRST_IN_BLOCK: Final = 0x1000
_FIRST_BLOCK: Final = 0x10


def xml_model(model: JsonModel) -> bytes:
    """A document in UTF-8 from a model in JSON (PS3.18 annex F); nothing raises for what json_model made."""
    return "".join((_HEAD, *_data_set(model), _TAIL)).encode()


def _data_set(model: JsonModel) -> Iterator[str]:
    creators = dict(_creators(model))
    for key, attribute in model.items():
        if not isinstance(attribute, dict):
            continue
        tag, creator = _named(int(key, 16), creators)
        keyword = _keyword(int(key, 16))
        yield f'<DicomAttribute tag="{tag:08X}" vr={_quoted(attribute["vr"])}'
        yield f' keyword="{keyword}"' if keyword else ""
        yield f" privateCreator={_quoted(creator)}" if creator else ""
        yield ">"
        yield from _content(attribute)
        yield "</DicomAttribute>"


def _creators(model: JsonModel) -> Iterator[tuple[int, str]]:
    """Who reserved which blocks of private elements: group and block as one number."""
    for key, attribute in model.items():
        tag = int(key, 16)
        if _is_private(tag) and _FIRST_BLOCK <= tag & 0xFFFF <= 0xFF and isinstance(attribute, dict):
            values = attribute.get("Value")
            if isinstance(values, list) and isinstance(values[0], str):
                yield tag >> 16 << 8 | tag & 0xFF, values[0]


def _named(tag: int, creators: dict[int, str]) -> tuple[int, str]:
    """The tag as it is written, and who reserved it: nobody for standard ones and where that is not said."""
    if not _is_private(tag) or tag & 0xFFFF < _FIRST_IN_BLOCK:
        return tag, ""
    creator = creators.get(tag >> 8, "")
    return (tag & 0xFFFF00FF, creator) if creator else (tag, "")


def _is_private(tag: int) -> bool:
    return bool(tag >> 16 & 1)


@lru_cache(maxsize=4096)
def _keyword(tag: int) -> str:
    return "" if _is_private(tag) else keyword_for_tag(tag)


def _content(attribute: JsonModel) -> Iterator[str]:
    """Values in their order, items, bytes or where they are; nothing for an empty attribute."""
    if "BulkDataURI" in attribute:
        yield f"<BulkData uri={_quoted(attribute['BulkDataURI'])}/>"
    elif "InlineBinary" in attribute:
        yield f"<InlineBinary>{attribute['InlineBinary']}</InlineBinary>"
    values = attribute.get("Value")
    for number, value in enumerate(values if isinstance(values, list) else (), 1):
        if attribute["vr"] == "SQ":
            yield f'<Item number="{number}">'
            yield from _data_set(value if isinstance(value, dict) else {})
            yield "</Item>"
        elif attribute["vr"] == "PN":
            yield f'<PersonName number="{number}">{"".join(_name(value))}</PersonName>'
        else:
            yield f'<Value number="{number}">{"" if value is None else _text(value)}</Value>'


def _name(value: Json) -> Iterator[str]:
    """The component groups of a name and their components, those that are not empty (PS3.5 6.2.1)."""
    groups = value if isinstance(value, dict) else {}
    for writing in _WRITINGS:
        group = groups.get(writing)
        if isinstance(group, str):
            parts = zip(_NAME_PARTS, group.split("^"), strict=False)
            inner = "".join(f"<{name}>{_text(part)}</{name}>" for name, part in parts if part)
            yield f"<{writing}>{inner}</{writing}>"


def _text(value: Json) -> str:
    return escape(_NOT_IN_XML.sub("\ufffd", str(value)))


def _quoted(value: Json) -> str:
    return quoteattr(_NOT_IN_XML.sub("\ufffd", str(value)))
