"""What a package said, in the words of a report: findings, impression and what stands under every unsigned result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from models.contract import Code, Presence, RefusalReason, Refused
from models.manifest import Manifest, Output, Text
from models.refusals import FAILURE_WORDS
from models.refusals import words as refusal_words
from service.domain.codes import term
from service.domain.hospital import Language
from service.domain.outcome import Failed, Said, StatedFinding, Statement
from service.domain.routing import RouteReason

NOT_VERIFIED: Final = Text(zh="AI 结果，未经医师核实", en="AI result, not verified")
_ROUTE_WORDS: Final[Mapping[RouteReason, tuple[str, str]]] = {
    RouteReason.HOSPITAL: ("要求分析（本院列表）", "is asked: the hospital asks for it"),
    RouteReason.NOT_AGREED: ("未要求分析（协议不含）", "is not asked: not part of the agreement with the hospital"),
    RouteReason.ORDER: ("要求分析（申请指定）", "is asked: the order names it"),
    RouteReason.OTHER_MODALITIES: (
        "不要求（本院仅对 {modalities} 要求）",
        "is not asked: the hospital asks for it on {modalities} only",
    ),
    RouteReason.NOT_HERE: ("不要求（中心没有此软件包）", "is not asked: the centre does not have this package"),
}
_MINUTE_AND_ZONE: Final = "%Y-%m-%d %H:%M %z"
_MINUTE: Final = "%Y-%m-%d %H:%M %Z"
_ARTICLES: Final[Mapping[Presence, str]] = {
    Presence.PRESENT: "",
    Presence.ABSENT: "no ",
    Presence.UNDETERMINED: "possible ",
}
_STOP: Final = Text(zh="。", en=".")
_COMMA: Final = Text(zh="，", en=", ")


def said(text: Text, language: Language) -> str:
    """A sentence in one of the two languages."""
    return text.zh if language is Language.ZH_CN else text.en


def figures(value: float) -> str:
    """A number for people: three significant digits, no exponent (AC-05)."""
    return f"{float(f'{value:.3g}'):.6f}".rstrip("0").rstrip(".")


def probability_words(probability: float, write: Callable[[float], str] = figures) -> str:
    """A probability for people: no finding of a package is certain, so neither 1 nor 0 is ever said."""
    if probability > 0.99:
        return ">0.99"
    return "<0.01" if probability < 0.01 else write(probability)


def concept_words(concept: Code, language: Language) -> str:
    """A concept in one word or two."""
    known = term(concept)
    return known.zh if language is Language.ZH_CN else known.en


def site_words(site: Code, laterality: Code | None, language: Language) -> str:
    """A site with its side, said once: the middle lobe is always the right lung's."""
    place = concept_words(site, language)
    side = "" if laterality is None else concept_words(laterality, language)
    if not side or side in place:
        return place
    return f"{side}{place}" if language is Language.ZH_CN else f"{side} {place}"


def refusal_sentence(reason: RefusalReason, language: Language) -> str:
    """Why a package did not read the study, for people."""
    return said(refusal_words(reason), language)


def route_reason_words(reason: RouteReason, modalities: Sequence[str]) -> Text:
    """Why a package is asked, or not. modalities: those a rule is for, where they decided."""
    zh, en = _ROUTE_WORDS[reason]
    return Text(zh=zh.format(modalities="、".join(modalities)), en=en.format(modalities=", ".join(modalities)))


def routed_words(code: str) -> Text:
    """What dispatch decided of a package, from the code its event keeps (`Routed.code`)."""
    package, _, rest = code.partition(": ")
    reason, *modalities = rest.split(" ")
    if reason not in set(RouteReason):
        return Text(zh=package, en=package)  # of an event that was written before there were codes
    why = route_reason_words(RouteReason(reason), modalities)
    return Text(zh=f"{package} {why.zh}", en=f"{package} {why.en}")


def finding_text(finding: StatedFinding, language: Language) -> str:
    """One finding of a package in one line: its number, where, what, how large, how probable."""
    chinese = language is Language.ZH_CN
    probability = f"{'AI 概率' if chinese else 'AI probability'} {probability_words(finding.probability)}"
    return f"{finding.number}. {_statement(finding, (*_measures(finding, language), probability), language)}"


def report_line(finding: StatedFinding, language: Language) -> str:
    """A finding as a physician reports it: where, what, how large."""
    return _statement(finding, tuple(_measures(finding, language)), language)


@dataclass(frozen=True, slots=True)
class ReportLines:
    """What a finding that stands writes into a report: a line of its findings, and a shorter one of its impression."""

    findings: str
    impression: str


def report_lines(finding: StatedFinding) -> Mapping[Language, ReportLines]:
    """In every language a report can be written in: which one it is, the report says, not who reads it."""
    return {each: ReportLines(report_line(finding, each), _impression_line(finding, each)) for each in Language}


def _impression_line(finding: StatedFinding, language: Language) -> str:
    place = site_words(finding.site, finding.laterality, language)
    what = concept_words(finding.concept, language)
    axes_mm = (each for each in (finding.long_axis_mm, finding.short_axis_mm) if each is not None)
    size = " × ".join(figures(round(each, 1)) for each in axes_mm)
    if language is Language.ZH_CN:
        verb = {Presence.PRESENT: "", Presence.ABSENT: "未见", Presence.UNDETERMINED: "可疑"}[finding.presence]
        return f"{place}{verb}{what}{f'，大小约 {size} mm' if size else ''}。"
    named = f"{_ARTICLES[finding.presence]}{what}"
    return f"{named[:1].upper()}{named[1:]}, {place}{f', {size} mm' if size else ''}."


def _statement(finding: StatedFinding, measures: Sequence[str], language: Language) -> str:
    place = site_words(finding.site, finding.laterality, language)
    what = said(_COMMA, language).join((concept_words(finding.concept, language), *measures))
    if language is Language.ZH_CN:
        verb = {Presence.PRESENT: "见一", Presence.ABSENT: "未见", Presence.UNDETERMINED: "见可疑"}[finding.presence]
        return f"{place}{verb}{what}。"
    return f"{place.capitalize()}: {_ARTICLES[finding.presence]}{what}."


def findings_text(outcome: Said, package: Manifest, language: Language) -> str:
    """The findings section: one line a finding, or what was looked for and not found, or why nothing was looked at."""
    if isinstance(outcome, Refused):
        return _not_analysed(outcome, language)
    if isinstance(outcome, Failed):
        return _broken(outcome, language)
    lines = [finding_text(finding, language) for finding in outcome.findings]
    return "\n".join(lines) or _nothing_found(outcome, package, language)


def conclusion(outcome: Said, package: Manifest, language: Language) -> str:
    """The outcome in one sentence: how many of what and where the largest lies, or nothing found, or why not read."""
    if isinstance(outcome, Refused):
        return _not_analysed(outcome, language)
    if isinstance(outcome, Failed):
        return _broken(outcome, language)
    suspected = tuple(f for f in outcome.findings if f.presence is not Presence.ABSENT)
    return _summary(suspected, language) if suspected else _nothing_found(outcome, package, language)


def impression_text(outcome: Said, package: Manifest, language: Language) -> str:
    """The impression section: the conclusion, then that nobody verified it, who says it and its use status."""
    return "\n".join((conclusion(outcome, package, language), *standing_lines(package, language)))


def standing_lines(package: Manifest, language: Language) -> tuple[str, str]:
    """What stands under every unsigned result: that nobody verified it, which package said it and its use status."""
    stop = said(_STOP, language)
    title, status = said(package.title, language), said(package.use_status.words, language)
    origin = f"{title} {package.release_version}{'：' if language is Language.ZH_CN else ': '}{status}"
    return said(NOT_VERIFIED, language) + stop, origin


def _not_analysed(refused: Refused, language: Language) -> str:
    words = refusal_sentence(refused.reason, language)
    return f"AI 未分析：{words}" if language is Language.ZH_CN else f"Not analysed by AI: {words}"


def _broken(failed: Failed, language: Language) -> str:
    chinese = language is Language.ZH_CN
    head = f"AI 分析失败（{failed.reason_code}）。" if chinese else f"The AI analysis failed ({failed.reason_code})."
    known = FAILURE_WORDS.get(failed.reason_code)
    return head if known is None else f"{head}{'' if chinese else ' '}{said(known, language)}"


def _nothing_found(statement: Statement, package: Manifest, language: Language) -> str:
    place = site_words(statement.target.site, None, language)
    what = concept_words(statement.target.concept, language)
    limits = _limits(_output(package, statement.target.concept), language)
    if language is Language.ZH_CN:
        return f"{place}内未检出{what}{limits}。"
    return f"{place.capitalize()}: no {what} found{limits}."


def _output(package: Manifest, concept: Code) -> Output | None:
    return next(
        (o for o in package.outputs if (o.concept.value, o.concept.scheme) == (concept.value, concept.scheme)), None
    )


def _limits(output: Output | None, language: Language) -> str:
    """The sizes a negative statement is about: an absent nodule is absent only within what the package looks for."""
    if output is None or output.min_size_mm is None:
        return ""
    low = figures(output.min_size_mm)
    span = f"≥ {low} mm" if output.max_size_mm is None else f"{low}–{figures(output.max_size_mm)} mm"
    return f"（检出范围 {span}）" if language is Language.ZH_CN else f" (looked for: {span})"


def _measures(finding: StatedFinding, language: Language) -> Iterable[str]:
    chinese = language is Language.ZH_CN
    if size := _size(finding, language):
        yield size
    if finding.volume_mm3 is not None:
        yield f"{'体积' if chinese else 'volume'} {figures(finding.volume_mm3)} mm³"
    if finding.mean_hu is not None:
        yield f"{'平均 CT 值' if chinese else 'mean attenuation'} {figures(finding.mean_hu)} HU"


def _size(finding: StatedFinding, language: Language) -> str:
    """Long by short axis as a radiologist writes them, to a tenth of a millimetre; the codes keep the full figures."""
    chinese = language is Language.ZH_CN
    axes = {
        "长径" if chinese else "long axis": finding.long_axis_mm,
        "短径" if chinese else "short axis": finding.short_axis_mm,
    }
    known = {name: f"{figures(round(axis_mm, 1))} mm" for name, axis_mm in axes.items() if axis_mm is not None}
    if len(known) < 2:
        return "".join(f"{name}{'约' if chinese else ''} {length}" for name, length in known.items())
    lengths, names = " × ".join(known.values()), " × ".join(known)
    return f"大小约 {lengths}（{names}）" if chinese else f"{lengths} ({names})"


def _summary(findings: tuple[StatedFinding, ...], language: Language) -> str:
    counts = Counter(finding.concept for finding in findings)
    largest = max(findings, key=lambda f: (f.long_axis_mm or 0.0, f.probability))
    place = site_words(largest.site, largest.laterality, language)
    size = said(_COMMA, language) + measured if (measured := _size(largest, language)) else ""
    if language is Language.ZH_CN:
        found = "、".join(f"{concept_words(concept, language)} {count} 处" for concept, count in counts.items())
        which = "最大者位于" if len(findings) > 1 else "位于"
        return f"AI 检出{found}，{which}{place}{size}。"
    found = ", ".join(f"{concept_words(concept, language)} ({count})" for concept, count in counts.items())
    which = "the largest in the" if len(findings) > 1 else "in the"
    return f"AI found: {found}, {which} {place}{size}."


def provisional_words(audit_due_at: datetime, language: Language) -> str:
    """What stands on a report that is out before its audit (AC-72). audit_due_at: in the zone it is read in."""
    words = Text(
        zh="临时报告：尚未审核，须于 {due} 前由上级医师审核；以审核后的正式报告为准。",
        en="Provisional report: not audited yet, a senior physician is to audit it by {due}; the final one counts.",
    )
    return said(words, language).format(due=audit_due_at.strftime(_MINUTE_AND_ZONE))


@dataclass(frozen=True, slots=True)
class Communicated:
    """An urgent finding as a report tells of it. told_at, heard: None where nobody was reached, or nobody answered."""

    contact: str
    raised_at: datetime
    told_at: datetime | None
    heard: tuple[str, datetime] | None


def communication_line(told: Communicated, language: Language) -> str:
    """To whom an urgent finding was told, and who heard it when; as it stood when the report was signed (AC-74)."""
    if told.heard is not None:
        words = Text(
            zh="{raised} 起通知 {contact}，{who} 于 {heard} 确认。",
            en="{contact} was to be told from {raised} on; {who} acknowledged at {heard}.",
        )
    elif told.told_at is not None:
        words = Text(
            zh="{told} 已通知 {contact}，签名时尚未确认。",
            en="{contact} was told at {told}; not acknowledged when this was signed.",
        )
    else:
        words = Text(
            zh="{raised} 起应通知 {contact}，签名时尚未通知到。",
            en="{contact} was to be told from {raised} on; not reached when this was signed.",
        )
    who, heard_at = told.heard or ("", told.raised_at)
    return said(words, language).format(
        contact=told.contact,
        raised=told.raised_at.strftime(_MINUTE),
        told=(told.told_at or told.raised_at).strftime(_MINUTE),
        who=who,
        heard=heard_at.strftime(_MINUTE),
    )
