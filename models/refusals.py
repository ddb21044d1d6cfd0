"""What a refusal or a failure means and what to do next, in the two languages of the product."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from models.contract import RefusalReason
from models.manifest import Text

REFUSAL_WORDS: Final[Mapping[RefusalReason, Text]] = MappingProxyType(
    {
        RefusalReason.NO_SUITABLE_SERIES: Text(
            zh="检查中没有适合本软件分析的序列。请补传原始薄层断层序列，或由医师直接阅片。",
            en="No series of the study is of the kind the package reads. Send the original thin-slice series, "
            "or read without the package.",
        ),
        RefusalReason.WRONG_MODALITY: Text(
            zh="检查的成像方式不在本软件适用范围内。请改用适用于该成像方式的软件，或由医师直接阅片。",
            en="The package is not made for this modality. Ask for a package for this modality, or read without one.",
        ),
        RefusalReason.WRONG_BODY_PART: Text(
            zh="检查部位不在本软件适用范围内。请核对检查部位；如标注有误，请更正后重新发送。",
            en="The package is not made for this body part. Check the body part; if it is labelled wrongly, "
            "correct it and send again.",
        ),
        RefusalReason.NOT_FOR_CHILDREN: Text(
            zh="本软件不适用于儿童。请由医师直接阅片；如年龄有误，请更正后重新发送。",
            en="The package is not made for children. Read without it; if the age is wrong, correct it and send again.",
        ),
        RefusalReason.AGE_OUT_OF_RANGE: Text(
            zh="患者年龄不在本软件适用范围内。请由医师直接阅片；如年龄有误，请更正后重新发送。",
            en="The patient's age is outside what the package is made for. Read without it; if the age is wrong, "
            "correct it and send again.",
        ),
        RefusalReason.SEX_NOT_COVERED: Text(
            zh="患者性别不在本软件适用范围内。请由医师直接阅片；如性别有误，请更正后重新发送。",
            en="The package is not made for patients of this sex. Read without it; if the sex is wrong, "
            "correct it and send again.",
        ),
        RefusalReason.SLICES_TOO_THICK: Text(
            zh="层厚或层间距过大。请补传薄层重建序列。",
            en="The slices are too thick or too far apart. Send a reconstruction with thinner slices.",
        ),
        RefusalReason.TOO_FEW_SLICES: Text(
            zh="图像层数过少。请核对序列是否传输完整，或补传完整序列。",
            en="There are too few slices. Check that the series was sent whole, or send the full series.",
        ),
        RefusalReason.COVERAGE_TOO_SHORT: Text(
            zh="扫描覆盖范围不足。请补传覆盖整个部位的序列。",
            en="The series covers too little of the body. Send a series that covers the whole region.",
        ),
        RefusalReason.MISSING_SLICES: Text(
            zh="序列中缺少层面。请重新发送完整序列。",
            en="Slices are missing from the series. Send the whole series again.",
        ),
        RefusalReason.UNEVEN_SPACING: Text(
            zh="层间距不均匀，无法组成容积。请补传层间距均匀的重建序列。",
            en="The slices are not evenly spaced, so they make no volume. Send a reconstruction with even spacing.",
        ),
        RefusalReason.DUPLICATE_POSITION: Text(
            zh="同一位置存在多幅不同的图像。请将各期相分成单独的序列后重新发送。",
            en="Several different images lie at one position. Send each phase or reconstruction as its own series.",
        ),
        RefusalReason.MIXED_ORIENTATION: Text(
            zh="同一序列中混有不同方向的图像（如定位像）。请将其分成单独的序列后重新发送。",
            en="Images of different orientations, such as a localizer, are mixed in one series. "
            "Send them as separate series.",
        ),
        RefusalReason.MIXED_FRAME_OF_REFERENCE: Text(
            zh="同一序列的图像属于不同的空间坐标系。请将各次扫描分成单独的序列后重新发送。",
            en="The images of the series lie in different frames of reference. Send each scan as a series of its own.",
        ),
        RefusalReason.MIXED_MATRIX: Text(
            zh="同一序列中图像的矩阵或像素间距不一致。请补传矩阵一致的序列。",
            en="The images of the series differ in matrix or pixel spacing. Send a series with one matrix.",
        ),
        RefusalReason.MIXED_PIXEL_FORMAT: Text(
            zh="同一序列中图像的像素格式不一致。请从设备重新导出该序列。",
            en="The images of the series differ in pixel format. Export the series from the scanner again.",
        ),
        RefusalReason.BAD_ORIENTATION: Text(
            zh="图像方向信息缺失或无效。请从设备重新导出该序列。",
            en="The image orientation is absent or not valid. Export the series from the scanner again.",
        ),
        RefusalReason.BAD_POSITION: Text(
            zh="图像位置信息缺失或无效。请从设备重新导出该序列。",
            en="The image position is absent or not valid. Export the series from the scanner again.",
        ),
        RefusalReason.BAD_PIXEL_SPACING: Text(
            zh="像素间距缺失或无效。请从设备重新导出该序列。",
            en="The pixel spacing is absent or not valid. Export the series from the scanner again.",
        ),
        RefusalReason.GANTRY_TILT: Text(
            zh="扫描机架倾斜，超出本软件适用范围。请补传无机架倾斜的序列。",
            en="The gantry was tilted, which the package is not made for. Send a series without tilt.",
        ),
        RefusalReason.NOT_AN_IMAGE_VOLUME: Text(
            zh="该序列不是可组成容积的断层图像。请补传原始断层序列。",
            en="The series is not a stack of slices that makes a volume. Send the original series of slices.",
        ),
        RefusalReason.UNREADABLE_PIXELS: Text(
            zh="图像像素无法读取。请重新发送；如仍失败，请以未压缩格式发送。",
            en="The pixels cannot be read. Send the series again; if that does not help, send it uncompressed.",
        ),
        RefusalReason.LOSSY_COMPRESSION: Text(
            zh="图像经过有损压缩，不在本软件适用范围内。请补传未压缩或无损压缩的原始序列。",
            en="The images were compressed with loss, which the package is not made for. "
            "Send the original series, uncompressed or compressed without loss.",
        ),
        RefusalReason.NO_LUNG_FOUND: Text(
            zh="图像中未找到肺。请核对检查部位与序列，或由医师直接阅片。",
            en="No lung was found in the images. Check the body part and the series, or read without the package.",
        ),
        RefusalReason.IDENTITY_CONFLICT: Text(
            zh="检查中的患者身份信息不一致。请核对患者身份，解决后将自动继续。",
            en="The study's images disagree about who the patient is. Check the identity; "
            "analysis goes on when the conflict is resolved.",
        ),
        RefusalReason.VALUES_OUT_OF_RANGE: Text(
            zh="像素值超出正常范围。请核对灰度校正（Rescale）参数并从设备重新导出。",
            en="The pixel values are outside what is possible. Check the rescale values and export the series again.",
        ),
    }
)
"""Every reason a package may refuse a study for."""

FAILURE_WORDS: Final[Mapping[str, Text]] = MappingProxyType(
    {
        "attempts-exhausted": Text(
            zh="多次尝试后仍未完成分析。请在中心查看日志后重试。",
            en="The analysis was not finished after several attempts. Look into the centre's log, then retry it.",
        ),
        "package-fault": Text(
            zh="分析软件包缺失或已被改动。请重新安装软件包后重试。",
            en="The package is missing or was changed. Install it again, then retry the analysis.",
        ),
        "package-failed": Text(
            zh="分析软件运行出错。请将日志交给软件包提供方后重试。",
            en="The package broke down while reading. Pass the log to the package's maker, then retry the analysis.",
        ),
        "deadline-passed": Text(
            zh="分析超过规定时限。请检查中心负载后重试。",
            en="The analysis took longer than allowed. Check the load of the centre, then retry the analysis.",
        ),
        "unforeseen": Text(
            zh="发生未预见的错误。请在中心查看日志后重试。",
            en="An unforeseen error happened. Look into the centre's log, then retry the analysis.",
        ),
    }
)
"""Every code an analysis may fail with; unlike a refusal, something broke."""


def words(reason: RefusalReason) -> Text:
    """Why a package did not read a study and what to do next, for people."""
    return REFUSAL_WORDS[reason]
