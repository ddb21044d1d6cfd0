"""What selection, the gate and the flow say they saw, in the hospital's language.

Rows and results keep such a sentence in English, with its numbers; here stands each of them with its Chinese, as
templates whose fields are numbers, names and codes, or sentences in turn. What a package of somebody else says in words
of its own has none: the reason's own words (models.refusals) then stand alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from service.domain.hospital import Language
from service.domain.sentences import Pairs, in_chinese

_SENTENCES: Final = (
    ("{series}: chosen: {looks}", "{series}：选用：{looks}"),
    ("{series}: not chosen: fits, but {why} ({looks})", "{series}：未选用：适用，但{why}（{looks}）"),
    ("{series}: not chosen: {seen}; the package asks for {asked}", "{series}：未选用：{seen}；软件要求{asked}"),
    (
        "{series}: {seen}; the package asks for {asked} (none of {n} series fits; this one came nearest)",
        "{series}：{seen}；软件要求{asked}（{n} 个序列均不适用，此序列最接近）",
    ),
    ("{series}: {seen}; the package asks for {asked}", "{series}：{seen}；软件要求{asked}"),
    ("the study has no image series", "检查中没有影像序列"),
    ("the series has no images", "序列中没有影像"),
    ("{fault} in {n} of {all} images: {names}", "{all} 幅中有 {n} 幅{fault}：{names}"),
    ("images of different sizes: {sizes}", "图像大小不一致：{sizes}"),
    ("images differ in Pixel Representation, bits or photometry", "图像的像素表示、位数或光度解释不一致"),
    ("images of {n} frames of reference", "图像属于 {n} 个空间坐标系"),
    (
        "images of different orientations: direction cosines differ by up to {x}",
        "图像方向不一致：方向余弦最多相差 {x}",
    ),
    ("images of different Pixel Spacing", "图像的像素间距不一致"),
    (
        "{n} of {all} images lie where another one lies, and nothing tells them apart in time: {names}",
        "{all} 幅中有 {n} 幅与其他图像位置相同，且无时间信息可区分：{names}",
    ),
    ("one slice makes no volume", "单层图像不能组成容积"),
    (
        "each slice is displaced by {x} degrees; at most {most} can be a tilted gantry",
        "各层错位 {x} 度；机架倾斜最多为 {most} 度",
    ),
    (
        "{n} of {all} slices are missing, at index {places} (counted from 0)",
        "{all} 层中缺少 {n} 层，序号 {places}（从 0 起）",
    ),
    ("neighbouring slices are {low} to {high} mm apart", "相邻层间距为 {low} 至 {high} mm"),
    ("slices are shifted against each other by {x} mm in their plane", "各层在平面内相互偏移 {x} mm"),
    (
        "the gantry was tilted by {x} degrees; the package asks for at most {most}",
        "机架倾斜 {x} 度；软件要求至多 {most} 度",
    ),
    ("a volume of {shape} voxels does not fit memory", "容积 {shape} 体素超出内存"),
    ("values from {low} to {high} HU", "像素值为 {low} 至 {high} HU"),
    ("{name} has no pixel matrix (Rows and Columns)", "{name} 没有像素矩阵（行数与列数）"),
    (
        "{name} has {n} frames, but no functional groups that say where they lie",
        "{name} 有 {n} 帧，但没有说明其位置的功能组",
    ),
    ("{name} has {n} frames, but functional groups for {m}", "{name} 有 {n} 帧，但功能组为 {m} 帧"),
    ("The slices are not axial; this package reads axial series only.", "层面不是轴位；本软件仅读取轴位序列。"),
    (
        "Only {x} ml of aerated lung were found; this package reads the chest.",
        "仅找到 {x} ml 含气肺组织；本软件读取胸部影像。",
    ),
    ("package {name} is not in the centre any more", "软件包 {name} 已不在中心"),
    ("a newer revision selects other images", "新版检查选用了其他影像"),
    ("another version of the package selects other images", "软件包的另一版本选用了其他影像"),
    ("neither an order nor the hospital's packages ask for it any more", "申请单与医院的软件设置均不再要求此分析"),
    ("its images were replaced; the new revision is read instead", "影像已被替换，改为分析新版检查"),
    ("the worker stopped renewing its lease", "工作进程停止续租"),
    ("no study of this accession number or Study Instance UID has arrived", "尚未收到该检查号或检查 UID 的影像"),
    (
        "a study of this patient is there, but the patient alone is not enough; join them by a call",
        "有同一患者的检查，但仅凭患者不足以匹配；请调用 join",
    ),
    (
        "a study fits by one identifier and contradicts by another; check it, then join by a call",
        "有检查的一个标识相符而另一个矛盾；请核对后调用 join",
    ),
    ("several studies carry this accession number", "多个检查使用此检查号"),
)
_SERIES: Final = (("series {name}", "序列 {name}"),)
_WHY: Final = (
    ("another orientation", "方向不同"),
    ("not as the scanner made it", "不是设备原始图像"),
    ("a less preferred kernel", "卷积核次选"),
    ("coarser spacing", "层间距较大"),
    ("fewer slices", "层数较少"),
    ("a draw", "条件相同"),
)
_LOOKS: Final = (("{orientation}, {kernel}, {spacing}, {n} slices", "{orientation}，{kernel}，{spacing}，{n} 层"),)
_ORIENTATION: Final = (
    ("axial", "轴位"),
    ("coronal", "冠状位"),
    ("sagittal", "矢状位"),
    ("oblique", "斜位"),
    ("unknown orientation", "方向未知"),
)
_KERNEL: Final = (("kernel unknown", "卷积核未知"), ("kernel {name}", "卷积核 {name}"))
_SPACING: Final = (("unknown spacing", "层间距未知"), ("{x} mm", "{x} mm"))
_SEEN: Final = (
    ("modality unknown", "成像方式未知"),
    ("modality {code}", "成像方式 {code}"),
    ("SOP Class {uids}", "SOP 类 {uids}"),
    ("Image Type has {codes}", "图像类型含 {codes}"),
    ("body part {code}", "部位 {code}"),
    ("a younger patient", "患者年龄较小"),
    ("an older patient", "患者年龄较大"),
    ("a patient of another sex", "患者性别不符"),
    ("slices {x} mm thick", "层厚 {x} mm"),
    ("slices {x} mm apart", "层间距 {x} mm"),
    ("{n} slices", "{n} 层"),
    ("{x} mm covered", "覆盖 {x} mm"),
    ("images compressed with loss", "图像经有损压缩"),
)
_ASKED: Final = (
    ("at least {x} years", "至少 {x} 岁"),
    ("at most {x} years", "至多 {x} 岁"),
    ("at least {x} mm", "至少 {x} mm"),
    ("at most {x} mm", "至多 {x} mm"),
    ("at least {n}", "至少 {n} 层"),
    ("only {uids}", "仅 {uids}"),
    ("original slices", "原始层面"),
    ("images without loss", "无损图像"),
    ("{one} or {more}", "{one} 或 {more}"),
    ("{code}", "{code}"),
)
_FAULT: Final = (
    ("Photometric Interpretation is not of grey values", "光度解释不是灰度"),
    ("Image Position (Patient) is absent or not valid", "图像位置缺失或无效"),
    ("Frame of Reference UID is absent", "缺少空间坐标系 UID"),
    ("Image Orientation (Patient) is absent or not valid", "图像方向缺失或无效"),
    ("Pixel Spacing is absent or not valid", "像素间距缺失或无效"),
    ("Rescale Slope or Rescale Intercept is not valid", "灰度校正（Rescale）参数无效"),
)
_INNER: Final[Mapping[str, Pairs]] = {
    "series": _SERIES,
    "why": _WHY,
    "looks": _LOOKS,
    "orientation": _ORIENTATION,
    "kernel": _KERNEL,
    "spacing": _SPACING,
    "seen": _SEEN,
    "asked": _ASKED,
    "fault": _FAULT,
    "more": (("{one} or {more}", "{one} 或 {more}"), ("{code}", "{code}")),
}


def seen_in(sentence: str, language: Language) -> str | None:
    """A sentence of ours in the hospital's language; None where it has no words in it."""
    return sentence if language is Language.EN else in_chinese(sentence, _SENTENCES, _INNER)
