"""Model cards: what packages are for, how well they were measured, what they were not validated for."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.routing import APIRoute
from pydantic import Field

from models.manifest import Manifest, Text, UseStatusKind
from service.access.doors import CallerDep
from service.domain.hospital import Language
from service.domain.wording import said
from service.his.desk import Desk
from service.his.operation import Operation, router
from service.his.shape import Coded, Page, Shape, both, examples


class MeasuredView(Shape):
    """A figure with its 95 % interval."""

    name: str = Field(description=both("指标", "what was measured"), examples=["sensitivity"])
    measured_on: str = Field(
        description=both("数据集", "the set it was measured on"), examples=["ct_nodule_patches val"]
    )
    value: float = Field(description=both("数值", "the figure"), examples=[0.87])
    low: float | None = Field(description=both("区间下限", "low end of the interval"), examples=[0.81])
    high: float | None = Field(description=both("区间上限", "high end of the interval"), examples=[0.92])


class OutputView(Shape):
    """One thing a package can find."""

    code: Coded = Field(description=both("发现的编码", "what it finds"))
    site: Coded = Field(description=both("部位", "where"))
    threshold: float = Field(description=both("工作点阈值", "threshold of the operating point"), examples=[0.5])
    min_size_mm: float | None = Field(description=both("最小尺寸，毫米", "smallest size looked for, mm"), examples=[5])
    max_size_mm: float | None = Field(description=both("最大尺寸，毫米", "largest size looked for, mm"), examples=[30])
    measured: tuple[MeasuredView, ...] = Field(description=both("工作点性能", "what the operating point gives"))


class CardView(Shape):
    """The card of a package's newest version."""

    model_config = examples(
        {
            "name": "ct_chest_nodule",
            "version": "1.0.0.1",
            "release_version": "1.0",
            "title": "胸部 CT 结节检出",
            "manufacturer": "consilium",
            "device_uid": "2.25.319487128756123",
            "use_status": "research",
            "use_status_number": None,
            "use_status_text": "仅供科研，不得用于临床诊断",
            "intended_use": "成人胸部 CT 中肺结节的检出",
            "modality": "CT",
            "exclusions": ["儿童"],
            "outputs": [],
            "evaluation": [
                {"name": "AUROC", "measured_on": "ct_nodule_patches val", "value": 0.97, "low": 0.96, "high": 0.98}
            ],
            "not_validated_for": ["术后肺"],
        }
    )
    name: str = Field(description=both("软件包名称", "name of the package"))
    version: str = Field(description=both("完整版本", "full version"))
    release_version: str = Field(description=both("发布版本", "release version"))
    title: str = Field(description=both("标题", "title"))
    manufacturer: str = Field(description=both("制造商", "manufacturer"))
    device_uid: str = Field(description=both("设备 UID", "Device UID"))
    use_status: UseStatusKind = Field(description=both("使用状态", "use status"))
    use_status_number: str | None = Field(description=both("注册证编号", "registration number"))
    use_status_text: str = Field(description=both("使用状态的文字说明", "the use status in words"))
    intended_use: str = Field(description=both("适用范围", "intended use"))
    modality: str = Field(description=both("成像方式", "modality"))
    exclusions: tuple[str, ...] = Field(description=both("不适用情形", "what it must not be used for"))
    outputs: tuple[OutputView, ...] = Field(description=both("可检出的内容", "what it can find"))
    evaluation: tuple[MeasuredView, ...] = Field(description=both("评价结果", "how it was measured"))
    not_validated_for: tuple[str, ...] = Field(description=both("未经验证的情形", "what it was not validated for"))


@dataclass(frozen=True, slots=True)
class CardEndpoints:
    """Reading the cards."""

    desk: Desk

    def listed(self, caller: CallerDep) -> Page[CardView]:
        """The newest version of each package, by name."""
        self.desk.catalogue.refresh()
        entries = sorted(self.desk.catalogue.available().items())
        return Page(items=tuple(card(entry.manifest, caller.language) for _, entry in entries), next=None)


def card(manifest: Manifest, language: Language) -> CardView:
    """A manifest for people."""
    status, use = manifest.use_status, manifest.intended_use
    return CardView(
        name=manifest.name,
        version=manifest.version,
        release_version=manifest.release_version,
        title=said(manifest.title, language),
        manufacturer=manifest.manufacturer,
        device_uid=manifest.device_uid,
        use_status=status.kind,
        use_status_number=status.number,
        use_status_text=said(status.words, language),
        intended_use=said(use.text, language),
        modality=use.modality,
        exclusions=tuple(said(text, language) for text in use.exclusions),
        outputs=_outputs(manifest),
        evaluation=tuple(
            MeasuredView(name=each.name, measured_on=each.set_name, value=each.value, low=each.low, high=each.high)
            for each in manifest.evaluation
        ),
        not_validated_for=tuple(said(text, language) for text in manifest.not_validated_for),
    )


def _outputs(manifest: Manifest) -> tuple[OutputView, ...]:
    views = []
    for output in manifest.outputs:
        point = output.operating_point
        figures = {"sensitivity": point.sensitivity, "false_positives_per_scan": point.false_positives_per_scan}
        views.append(
            OutputView(
                code=Coded.of(output.concept.value, output.concept.scheme, output.concept.meaning),
                site=Coded.of(output.site.value, output.site.scheme, output.site.meaning),
                threshold=point.threshold,
                min_size_mm=output.min_size_mm,
                max_size_mm=output.max_size_mm,
                measured=tuple(
                    MeasuredView(
                        name=name, measured_on=point.measured_on, value=each.value, low=each.low, high=each.high
                    )
                    for name, each in figures.items()
                ),
            )
        )
    return tuple(views)


def routes(desk: Desk, route_class: type[APIRoute]) -> APIRouter:
    """The operations on packages."""
    operation = Operation(
        "GET",
        "/models",
        CardEndpoints(desk).listed,
        Text(zh="列出模型卡", en="List model cards"),
        Text(
            zh="中心各软件包的适用范围、性能与未经验证的情形。",
            en="What each package of the centre is for, how it was measured, what it was not validated for.",
        ),
    )
    return router("models", (operation,), route_class)
