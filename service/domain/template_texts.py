"""The templates and phrases every centre begins with: normal reports in the words of the two languages.

Each says at `{findings|…}` where lines of findings go, and what stands there when there is none. They describe what a
reader looks at one after the other; a reader who saw otherwise changes the sentence.
"""

from __future__ import annotations

from typing import Final

from service.domain.hospital import Language
from service.domain.report import ReportText
from service.domain.template import Purpose, Template, TemplateKind, Wording

_ZH, _EN = Language.ZH_CN, Language.EN


def _normal(code: str, language: Language, name: str, purpose: Purpose, *, findings: str, impression: str) -> Template:
    text = ReportText(findings, f"{{findings|{impression}}}")
    wording = Wording(TemplateKind.TEMPLATE, language, name, "", purpose, text)
    return Template(f"{code}-{language.value[:2]}", wording, owner=None, hospital=None, is_built_in=True)


def _phrase(shortcut: str, language: Language, name: str, words: str) -> Template:
    wording = Wording(TemplateKind.PHRASE, language, name, shortcut, Purpose(), ReportText(words))
    return Template(f"phrase-{shortcut}-{language.value[:2]}", wording, owner=None, hospital=None, is_built_in=True)


CHEST_CT: Final = Purpose("CT", "chest")
CHEST_X_RAY: Final = Purpose("DX", "chest")
HEAD_CT: Final = Purpose("CT", "head")
ABDOMEN_CT: Final = Purpose("CT", "abdomen")

BUILT_IN: Final[tuple[Template, ...]] = (
    _normal(
        "chest-ct",
        _ZH,
        "胸部 CT",
        CHEST_CT,
        findings="胸廓对称，双肺纹理清晰，走行自然。\n"
        "{findings|双肺内未见明确结节、肿块及实变影。}\n"
        "气管及叶、段支气管通畅，管壁未见增厚。\n"
        "纵隔居中，纵隔及双侧肺门未见明确肿大淋巴结。\n"
        "心影大小、形态未见明显异常，主动脉及肺动脉管径未见明显异常。\n"
        "双侧胸腔未见积液，胸膜未见增厚。\n"
        "所见胸壁软组织及骨质未见明确异常。",
        impression="胸部 CT 未见明确异常。",
    ),
    _normal(
        "chest-ct",
        _EN,
        "Chest CT",
        CHEST_CT,
        findings="The lungs are normally expanded, with regular bronchovascular markings.\n"
        "{findings|No pulmonary nodule, mass or consolidation.}\n"
        "Trachea, lobar and segmental bronchi are patent; bronchial walls are not thickened.\n"
        "The mediastinum is central. No enlarged mediastinal or hilar lymph nodes.\n"
        "Heart size is normal. Aorta and pulmonary arteries are of normal calibre.\n"
        "No pleural effusion or pleural thickening.\n"
        "No abnormality of the chest wall or of the bones included.",
        impression="No abnormality on chest CT.",
    ),
    _normal(
        "chest-x-ray",
        _ZH,
        "胸部 X 线",
        CHEST_X_RAY,
        findings="胸廓对称，气管居中。双肺纹理清晰，走行自然。\n"
        "{findings|双肺野未见明确实变及结节影。}\n"
        "双侧肺门影不大，结构清晰。\n"
        "纵隔未见增宽，心影大小、形态未见明显异常。\n"
        "双侧膈面光整，肋膈角锐利。\n"
        "所见胸廓骨质未见明确异常。",
        impression="心肺膈未见明确异常。",
    ),
    _normal(
        "chest-x-ray",
        _EN,
        "Chest X-ray",
        CHEST_X_RAY,
        findings="The trachea is central and the lungs are normally expanded, with regular markings.\n"
        "{findings|No consolidation or nodule in either lung.}\n"
        "The hila are of normal size and outline.\n"
        "The mediastinum is not widened; the cardiac silhouette is normal in size and shape.\n"
        "The diaphragm is smooth and the costophrenic angles are sharp.\n"
        "No abnormality of the bones included.",
        impression="No abnormality of heart, lungs and diaphragm.",
    ),
    _normal(
        "head-ct",
        _ZH,
        "头颅 CT",
        HEAD_CT,
        findings="双侧大脑半球对称，灰白质分界清晰。\n"
        "{findings|脑实质内未见明确异常密度影，颅内未见出血。}\n"
        "脑室、脑池大小及形态未见明显异常，脑沟、脑裂未见增宽或变窄。\n"
        "中线结构居中。\n"
        "脑干及小脑未见明确异常。\n"
        "颅骨骨质未见明确异常，所见鼻窦及乳突含气良好。",
        impression="头颅 CT 未见明确异常。",
    ),
    _normal(
        "head-ct",
        _EN,
        "Head CT",
        HEAD_CT,
        findings="The cerebral hemispheres are symmetrical, with preserved grey-white differentiation.\n"
        "{findings|No abnormal attenuation of the brain parenchyma. No intracranial haemorrhage.}\n"
        "Ventricles and cisterns are of normal size and shape; the sulci are neither widened nor effaced.\n"
        "Midline structures are central.\n"
        "Brainstem and cerebellum are unremarkable.\n"
        "No skull fracture. The paranasal sinuses and mastoid air cells included are clear.",
        impression="No abnormality on head CT.",
    ),
    _normal(
        "abdomen-ct",
        _ZH,
        "腹部 CT",
        ABDOMEN_CT,
        findings="肝脏大小、形态未见明显异常，各叶比例协调，肝内外胆管未见扩张。\n"
        "{findings|肝实质内未见明确异常密度影。}\n"
        "胆囊不大，壁不厚，腔内未见明确异常密度影。\n"
        "胰腺大小、形态未见明显异常，胰管未见扩张，胰周脂肪间隙清晰。\n"
        "脾脏大小及密度未见明显异常。\n"
        "双侧肾上腺未见明确异常。双肾大小、形态未见明显异常，未见结石及积水。\n"
        "所见肠管未见扩张，管壁未见明显增厚。\n"
        "腹腔及腹膜后未见明确肿大淋巴结，未见积液及游离气体。\n"
        "所见骨质未见明确异常。",
        impression="腹部 CT 未见明确异常。",
    ),
    _normal(
        "abdomen-ct",
        _EN,
        "Abdomen CT",
        ABDOMEN_CT,
        findings="The liver is normal in size and outline. No dilatation of the intra- or extrahepatic bile ducts.\n"
        "{findings|No focal lesion of the liver.}\n"
        "The gallbladder is not distended; its wall is not thickened and no stone is seen.\n"
        "The pancreas is normal in size and outline; its duct is not dilated and the surrounding fat is clear.\n"
        "The spleen is normal in size and attenuation.\n"
        "The adrenal glands are unremarkable. The kidneys are normal, without stones or hydronephrosis.\n"
        "No dilated bowel loops; no thickening of the bowel wall.\n"
        "No enlarged abdominal or retroperitoneal lymph nodes, no free fluid, no free gas.\n"
        "No abnormality of the bones included.",
        impression="No abnormality on abdominal CT.",
    ),
    _phrase("nb", _ZH, "结节边缘", "边界清楚，边缘光整，密度均匀。"),
    _phrase("nb", _EN, "Nodule margins", "well defined, with smooth margins and homogeneous attenuation."),
    _phrase("db", _ZH, "与前片对比", "与前次检查对比，未见明显变化。"),
    _phrase("cmp", _EN, "Compared", "No significant change since the previous examination."),
    _phrase("fc", _ZH, "建议复查", "建议定期复查。"),
    _phrase("fu", _EN, "Follow-up", "Follow-up is recommended."),
    _phrase("lc", _ZH, "结合临床", "请结合临床及其他检查。"),
    _phrase("cc", _EN, "Clinical correlation", "Clinical correlation is recommended."),
    _phrase("wy", _ZH, "伪影", "图像可见呼吸运动伪影，细微病变显示受限。"),
    _phrase("art", _EN, "Artefact", "Respiratory motion limits the assessment of small lesions."),
)
"""Free text is no template: a report may always be begun without one."""
