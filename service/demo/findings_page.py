"""`findings.html`: what the demo found, in one file that needs nothing else and runs no script."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from html import escape
from pathlib import Path
from string import Template
from typing import Final, NewType

from models.manifest import Text
from service.demo.shown import (
    AnalysisShown,
    DeliveredObject,
    Failure,
    FindingShown,
    FindingsPage,
    Found,
    NothingFound,
    OutcomeShown,
    Refusal,
    Timeline,
)
from service.domain.hospital import Language
from service.domain.wording import probability_words

NOT_VERIFIED: Final = Text(zh="AI 结果，未经医师审核", en="AI result, not verified by a physician")
_FRAME: Final = Path(__file__).parent / "findings.html"
_NONE: Final = "—"
_Markup = NewType("_Markup", str)


def write_findings_page(path: Path, page: FindingsPage) -> None:
    """Write the page as one self-contained UTF-8 file. Raises OSError where it cannot be written."""
    path.write_bytes(findings_page(page).encode("utf-8", errors="replace"))


def findings_page(page: FindingsPage) -> str:
    """The page as HTML: no script, no address outside itself, every word from a study escaped."""
    chinese = page.language is Language.ZH_CN
    return Template(_FRAME.read_text(encoding="utf-8")).substitute(
        page_lang="zh-CN" if chinese else "en",
        zh_checked=" checked" if chinese else "",
        en_checked="" if chinese else " checked",
        window_title=_plain(page.title.zh if chinese else page.title.en),
        not_verified=_plain(f"{NOT_VERIFIED.zh}　/　{NOT_VERIFIED.en}"),
        title=_both(page.title),
        facts=_facts(page),
        analyses="\n".join(_analysis(analysis) for analysis in page.analyses),
        timeline=_timeline(page.timeline),
        delivered=_delivered(page.delivered),
    )


def _plain(words: str) -> _Markup:
    return _Markup(escape(words, quote=True))


def _foreign(words: str) -> _Markup:
    """Words from outside: escaped, and kept from turning the direction of what stands beside them."""
    return _Markup(f"<bdi>{escape(words.strip() or _NONE, quote=True)}</bdi>")


def _both(text: Text) -> _Markup:
    zh, en = _plain(text.zh), _plain(text.en)
    return _Markup(f'<span class="zh" lang="zh-CN">{zh}</span><span class="en" lang="en">{en}</span>')


def _label(zh: str, en: str) -> _Markup:
    return _both(Text(zh=zh, en=en))


def _facts(page: FindingsPage) -> _Markup:
    subject = page.subject
    phantom = _label("体模（生成的图像，不是患者）", "Phantom (generated images, not a patient)")
    pairs = (
        (_label("受检者", "Subject"), phantom if subject.is_phantom else _foreign(subject.name)),
        (_label("患者编号", "Patient ID"), _foreign(subject.patient_id)),
        (_label("检查描述", "Study description"), _foreign(page.study_description)),
    )
    return _Markup("".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in pairs))


def _analysis(analysis: AnalysisShown) -> _Markup:
    package = analysis.package
    limits = "".join(f"<li>{_both(limit)}</li>" for limit in package.not_validated_for)
    return _Markup(
        f"<section><header><h2>{_both(package.title)}</h2>"
        f'<span class="mono dim">{_plain(f"{package.name} {package.version}")}</span>'
        f'<span class="tag push">{_both(package.use_status)}</span></header>'
        f'<div class="limits"><span>{_label("未经验证的情况", "Not validated for")}</span><ul>{limits}</ul></div>'
        f"{_outcome(analysis.outcome)}</section>"
    )


def _outcome(outcome: OutcomeShown) -> _Markup:
    match outcome:
        case Found():
            return _found(outcome)
        case NothingFound():
            words = _both(outcome.statement)
            seen = _series(outcome.series_description, outcome.slice_count)
            return _verdict("absent", _label("未检出", "Absent"), words, seen)
        case Refusal():
            words = _both(outcome.reason)
            return _verdict("refused", _label("AI 未分析", "Not analysed by AI"), words, _reason(outcome))
        case Failure():
            words = _both(outcome.reason)
            return _verdict("failed", _label("AI 分析失败", "The AI analysis failed"), words, _reason(outcome))


def _verdict(state: str, head: _Markup, words: _Markup, small: _Markup) -> _Markup:
    return _Markup(
        f'<div class="outcome {state}"><p class="head">{head}</p><p>{words}</p><p class="dim">{small}</p></div>'
    )


def _reason(outcome: Refusal | Failure) -> _Markup:
    code = f'<span class="mono">{_plain(outcome.reason_code)}</span>'
    detail = outcome.detail if isinstance(outcome, Refusal) else ""
    return _Markup(f"{code} · {_foreign(detail)}" if detail else code)


def _series(description: str, slice_count: int) -> _Markup:
    count = _label(f"{slice_count} 层", f"{slice_count} slices")
    return _Markup(f"{_label('序列：', 'Series: ')}{_foreign(description)} · {count}")


def _found(outcome: Found) -> _Markup:
    count = len(outcome.findings)
    head = _label(f"检出 {count} 处", f"{count} finding{'' if count == 1 else 's'}")
    seen = _series(outcome.series_description, outcome.slice_count)
    pictures = "".join(_picture(finding, outcome) for finding in outcome.findings)
    return _Markup(
        f'<div class="outcome found"><span class="head">{head}</span>　<span class="dim">{seen}</span></div>'
        f'{_table(outcome.findings)}<div class="pictures">{pictures}</div>'
    )


def _table(findings: Iterable[FindingShown]) -> _Markup:
    words = (_label("编号", "No."), _label("类型", "Type"), _label("部位", "Place"))
    numbers = (
        _label("长径 × 短径（mm）", "Long × short axis (mm)"),
        _label("体积（mm³）", "Volume (mm³)"),
        _label("概率", "Probability"),
        _label("平均 CT 值（HU）", "Mean attenuation (HU)"),
        _label("层", "Slice"),
    )
    rows = "".join(_row(finding) for finding in findings)
    return _Markup(f'<div class="wide"><table>{_heads(words, numbers)}<tbody>{rows}</tbody></table></div>')


def _heads(words: Iterable[_Markup], numbers: Iterable[_Markup] = ()) -> _Markup:
    cells = "".join(f'<th scope="col">{word}</th>' for word in words)
    figured = "".join(f'<th scope="col" class="number">{word}</th>' for word in numbers)
    return _Markup(f"<thead><tr>{cells}{figured}</tr></thead>")


def _row(finding: FindingShown) -> _Markup:
    numbers = (
        f"{_figure(finding.long_axis_mm, 1)} × {_figure(finding.short_axis_mm, 1)}",
        _figure(finding.volume_mm3, 0),
        escape(two_decimals(finding.probability)),
        _figure(finding.mean_hu, 0),
        _figure(finding.slice_number, 0),
    )
    figured = "".join(f'<td class="number">{number}</td>' for number in numbers)
    return _Markup(
        f'<tr><td><span class="badge">{finding.number}</span></td><td>{_both(finding.kind)}</td>'
        f"<td>{_both(finding.place)}</td>{figured}</tr>"
    )


def _figure(value: float | None, decimals: int) -> str:
    """As many decimals in every row, so that a column can be compared at a glance."""
    return _NONE if value is None else f"{value:.{decimals}f}".replace("-", "−")


def two_decimals(probability: float) -> str:
    """A probability as a column shows it."""
    return probability_words(probability, "{:.2f}".format)


def _picture(finding: FindingShown, outcome: Found) -> _Markup:
    image = _label("无图像", "no picture")
    shown = f'<div class="none">{image}</div>'
    if finding.picture_png is not None:
        shown = _image(finding.picture_png, str(finding.number), "slice") + _marks(finding, outcome)
        if finding.closeup_png is not None:
            shown += _image(finding.closeup_png, f"{finding.number} ×", f"closeup {finding.closeup_side}")
    return _Markup(
        f'<figure><div class="view">{shown}</div><figcaption>'
        f'<div class="what"><span class="badge">{finding.number}</span>'
        f"<span>{_both(finding.kind)} · {_both(finding.place)}</span>"
        f'<span class="push">{_figure(finding.long_axis_mm, 1)} × {_figure(finding.short_axis_mm, 1)} mm</span></div>'
        f"{_strip(finding, outcome)}</figcaption></figure>"
    )


def _marks(finding: FindingShown, outcome: Found) -> str:
    """What a radiologist looks for at the edge of a picture: the sides of the patient, and the window."""
    marks = []
    if finding.sides is not None:
        marks += [f'<b class="side west">{finding.sides[0]}</b>', f'<b class="side north">{finding.sides[1]}</b>']
    if outcome.window_hu is not None:
        centre, width = outcome.window_hu
        marks.append(f'<span class="window">W {_figure(width, 0)} L {_figure(centre, 0)}</span>')
    return "".join(marks)


def _image(png: bytes, words: str, kind: str) -> str:
    pixels = base64.b64encode(png).decode("ascii")
    return f'<img class="{kind}" alt="{_plain(words)}" src="data:image/png;base64,{pixels}">'


def _strip(finding: FindingShown, outcome: Found) -> _Markup:
    """The series as a strip: this finding's slice bright, the others' dim."""
    if finding.slice_number is None:
        return _Markup("")
    others = (other.slice_number for other in outcome.findings if other is not finding)
    dim = "".join(f'<i style="left:{_share(n, outcome)}%"></i>' for n in others if n is not None)
    here = f'<i class="here" style="left:{_share(finding.slice_number, outcome)}%"></i>'
    where = f"{finding.slice_number} / {outcome.slice_count}"
    return _Markup(
        f'<div class="strip">{dim}{here}</div><div class="ends"><span>1</span>'
        f"<span>{_label(f'第 {where} 层', f'slice {where}')}</span><span>{outcome.slice_count}</span></div>"
    )


def _share(slice_number: int, outcome: Found) -> str:
    return f"{100 * (slice_number - 0.5) / outcome.slice_count:.2f}"


def _timeline(timeline: Timeline) -> _Markup:
    steps = (
        (_label("接收", "Received"), timeline.received_s),
        (_label("收齐", "Complete"), timeline.complete_s),
        (_label("分析", "Analysed"), timeline.analysed_s),
        (_label("送达", "Delivered"), timeline.delivered_s),
    )
    whole_s = max((moment_s for _, moment_s in steps if moment_s is not None), default=0.0) or 1.0
    rows, before_s = [], 0.0
    for name, moment_s in steps:
        rows.append(_step(name, before_s, moment_s, whole_s))
        before_s = before_s if moment_s is None else moment_s
    heads = f'<span class="head number">{_label("用时", "Took")}</span>'
    heads += f'<span class="head number">{_label("时刻", "At")}</span>'
    return _Markup(
        f"<section><header><h2>{_label('时间线', 'Timeline')}</h2>"
        f'<span class="dim">{_label("自开始发送起，秒", "seconds after sending began")}</span></header>'
        f'<div class="times"><span></span><span></span>{heads}{"".join(rows)}</div></section>'
    )


def _step(name: _Markup, before_s: float, moment_s: float | None, whole_s: float) -> _Markup:
    if moment_s is None:
        missing = _label("未到达", "not reached")
        return _Markup(
            f'<span>{name}</span><div class="track"></div><span class="number">{_NONE}</span>'
            f'<span class="number dim">{missing}</span>'
        )
    took_s = max(moment_s - before_s, 0.0)
    bar = f'<i style="left:{100 * (moment_s - took_s) / whole_s:.2f}%;width:{100 * took_s / whole_s:.2f}%"></i>'
    return _Markup(
        f'<span>{name}</span><div class="track">{bar}</div><span class="number">+{took_s:.2f} s</span>'
        f'<span class="number">{moment_s:.2f} s</span>'
    )


def _delivered(delivered: tuple[DeliveredObject, ...]) -> _Markup:
    head = f"<header><h2>{_label('已送达医院的对象', 'Delivered to the hospital')}</h2></header>"
    if not delivered:
        return _Markup(f'<section>{head}<span class="dim">{_label("没有对象。", "No objects.")}</span></section>')
    rows = "".join(
        f'<tr><td class="whole">{_both(one.sop_class)}</td>'
        f'<td class="mono">{_foreign(one.path)}</td><td class="mono whole">{_foreign(one.sop_instance_uid)}</td></tr>'
        for one in delivered
    )
    heads = _heads((_label("类别", "Class"), _label("文件", "File"), _label("SOP 实例 UID", "SOP Instance UID")))
    return _Markup(f'<section>{head}<div class="wide"><table>{heads}<tbody>{rows}</tbody></table></div></section>')
