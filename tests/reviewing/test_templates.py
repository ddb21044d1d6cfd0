"""Which template is meant for which examination, and that what a centre begins with is whole in both languages."""

from __future__ import annotations

import pytest

from service.domain.hospital import Language
from service.domain.template import Examined, Purpose, TemplateKind, fitting
from service.domain.template_texts import BUILT_IN
from service.domain.wall import HospitalId

HERE = HospitalId("h1")


@pytest.mark.parametrize(
    ("examined", "name"),
    [
        (Examined("CT", "CHEST", ""), "Chest CT"),
        (Examined("CT", "", "胸部平扫"), "Chest CT"),
        (Examined("CT", "THORAX", "Thorax low dose"), "Chest CT"),
        (Examined("CR", "CHEST", "PA"), "Chest X-ray"),
        (Examined("DX", "CHEST", ""), "Chest X-ray"),
        (Examined("CT", "HEAD", ""), "Head CT"),
        (Examined("CT", "BRAIN", ""), "Head CT"),
        (Examined("CT", "ABDOMEN", ""), "Abdomen CT"),
        (Examined("CT", "ABDOMENPELVIS", ""), "Abdomen CT"),
        (Examined("MR", "KNEE", ""), None),
        (Examined("CT", "KNEE", ""), None),
        (Examined("MR", "BRAIN", ""), None),
        (Examined("", "", ""), None),
    ],
)
def test_the_built_in_template_fits_what_was_examined(examined: Examined, name: str | None) -> None:
    for language in Language:
        mine = [each for each in BUILT_IN if each.wording.language is language]
        templates = [each for each in fitting(mine, examined, HERE) if each.wording.kind is TemplateKind.TEMPLATE]
        found = templates[0].id.rsplit("-", 1)[0].replace("-", " ") if templates else None
        assert found == (None if name is None else name.lower().replace("-", " "))


def test_each_language_has_the_same_templates_with_a_place_for_findings() -> None:
    by_language = {language: [each for each in BUILT_IN if each.wording.language is language] for language in Language}
    codes = {
        language: sorted(each.id[:-3] for each in found if each.wording.kind is TemplateKind.TEMPLATE)
        for language, found in by_language.items()
    }
    assert codes[Language.ZH_CN] == codes[Language.EN] == ["abdomen-ct", "chest-ct", "chest-x-ray", "head-ct"]
    assert len({each.id for each in BUILT_IN}) == len(BUILT_IN)
    for each in BUILT_IN:
        if each.wording.kind is TemplateKind.TEMPLATE:
            assert each.wording.text.findings.count("{findings|") == 1
            assert each.wording.text.impression.count("{findings|") == 1


def test_a_purpose_that_names_nothing_fits_everything_and_says_so_least() -> None:
    examined = Examined("CT", "CHEST", "chest enhanced")
    assert Purpose().closeness(examined) == 0
    order = [Purpose("CT", "chest", "enhanced"), Purpose("CT", "chest"), Purpose("CT"), Purpose("", "chest"), Purpose()]
    closeness = [each.closeness(examined) for each in order]
    assert closeness == sorted(closeness, key=lambda each: -(each or 0))
    assert Purpose("CT", "chest", "low dose").closeness(examined) is None
