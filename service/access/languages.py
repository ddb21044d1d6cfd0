"""Which of the two languages a caller is answered in (RFC 9110 section 12.5.4)."""

from __future__ import annotations

from service.domain.hospital import Language

_MAX_LENGTH = 512


def preferred(accept_language: str | None, otherwise: Language) -> Language:
    """The language a header asks for most, else the given one; never raises."""
    best, best_quality = otherwise, 0.0
    for part in (accept_language or "")[:_MAX_LENGTH].split(","):
        tag, _, rest = part.strip().partition(";")
        language = _language(tag)
        quality = _quality(rest)
        if language is not None and quality > best_quality:
            best, best_quality = language, quality
    return best


def _language(tag: str) -> Language | None:
    primary = tag.strip().lower().partition("-")[0]
    return {"zh": Language.ZH_CN, "en": Language.EN}.get(primary)


def _quality(rest: str) -> float:
    name, _, value = rest.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        quality = float(value)
    except ValueError:
        return 0.0
    return quality if 0.0 <= quality <= 1.0 else 0.0
