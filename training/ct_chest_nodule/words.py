"""What the package says of itself for people, in Chinese and English, and where its data came from."""

from __future__ import annotations

from typing import Final

from models.manifest import IntendedUse, SeriesSelection, Text, TrainingSet, UseStatus, UseStatusKind

NAME: Final = "ct_chest_nodule"
VERSION: Final = "0.1.0.2"
RELEASE_VERSION: Final = "0.1"
MANUFACTURER: Final = "Consilium"

TITLE: Final = Text(zh="胸部CT肺结节检测", en="Lung nodules in chest CT")

USE_STATUS: Final = UseStatus(
    kind=UseStatusKind.RESEARCH,
    words=Text(
        zh="仅供科研使用,未经医疗器械注册,不得用于临床诊断。",
        en="For research only. Not a registered medical device; not for clinical diagnosis.",
    ),
)

INTENDED_USE: Final = IntendedUse(
    modality="CT",
    sop_class_uids=("1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.2.1"),
    body_parts=("CHEST", "THORAX", "LUNG", "CHEST_ABDOMEN", "CHESTABDOMEN", "CHEST_TO_PELVIS", "CHESTABDPELVIS"),
    min_age_years=18,
    max_age_years=None,
    sexes=None,
    max_slice_thickness_mm=3.0,
    max_slice_spacing_mm=3.0,
    min_slices=40,
    min_extent_mm=120,
    lossy_allowed=False,
    text=Text(
        zh="成人胸部CT(轴位,层厚不超过3毫米,平扫或增强)中直径3毫米及以上肺结节和肿块的检出与测量,结果须由放射科医师核实。",
        en="Finds and measures nodules and masses of 3 mm or more in axial chest CT of adults with slices of at most "
        "3 mm, with or without contrast. Every result must be checked by a radiologist.",
    ),
    exclusions=(
        Text(zh="18岁以下患者。", en="Patients younger than 18 years."),
        Text(zh="层厚大于3毫米的扫描。", en="Slices thicker than 3 mm."),
        Text(zh="非轴位重建、最大密度投影。", en="Series that are not axial, and maximum intensity projections."),
    ),
)

SELECTION: Final = SeriesSelection(
    preferred_kernels=("STANDARD", "CHEST", "B30F", "B31F", "B35F", "B45F", "LUNG", "BONE", "B50F", "B60F", "B70F")
)

NOT_VALIDATED_FOR: Final = (
    Text(
        zh="未在任何完整的独立患者扫描上验证:假阳性数仅来自一例完整扫描和仿真体模。",
        en="No whole scan of an unseen patient was measured: false positives come from the lungs of one scan and from "
        "phantoms.",
    ),
    Text(
        zh="磨玻璃结节样本很少(约10%),其检出率未单独证实。",
        en="Ground-glass nodules: only about one in ten of the nodules learned from; their sensitivity is not proven.",
    ),
    Text(
        zh="超过27毫米的肿块、肺实变、不张、胸腔积液、间质性肺病及术后肺。",
        en="Masses above 27 mm, consolidation, atelectasis, effusion, interstitial disease, lungs after surgery.",
    ),
    Text(zh="纵隔、肺门淋巴结及胸膜病变。", en="Lymph nodes of mediastinum and hilum, and lesions of the pleura."),
    Text(zh="良恶性判断:本软件不评估恶性程度。", en="Whether a nodule is malignant: nothing is said of that."),
    Text(
        zh="训练数据来自美国;其他人群、设备和剂量未验证。",
        en="The data come from the United States (LIDC-IDRI); other populations, scanners and doses were not measured.",
    ),
    Text(
        zh="随访中的体积变化:未测量重复性。",
        en="Growth between two scans: the repeatability of the volume was not measured.",
    ),
)

LIDC_CITATION: Final = (
    "Armato et al. 2015, Data From LIDC-IDRI, TCIA, doi 10.7937/K9/TCIA.2015.LO9QL9SX; Armato et al. 2011, "
    "Med Phys 38:915; Setio et al. 2017, LUNA16, Med Image Anal 42:1; Clark et al. 2013, TCIA, J Digit Imaging 26:1045"
)

TRAINING_SETS: Final = (
    TrainingSet(
        name="ct_nodule_patches",
        role="train: patch network; val: figures",
        licence="CC BY 3.0 (images, LIDC-IDRI through LUNA16); MIT (repository)",
        citation=LIDC_CITATION + "; repository swethasubramanian/LungCancerDetection",
    ),
    TrainingSet(
        name="ct_nodule_voi3d",
        role="train: outline and cube networks; val: calibration, operating point, figures",
        licence="CC BY 3.0 (images, LIDC-IDRI); GPL-2.0 (repository, its code)",
        citation=LIDC_CITATION + "; repository PabloLION/ct-slicing",
    ),
    TrainingSet(
        name="ct_lidc_nodules",
        role="train: lung background and negative examples of the cube networks; never a test case",
        licence="CC BY 3.0 (LIDC-IDRI)",
        citation=LIDC_CITATION,
    ),
    TrainingSet(
        name="thorax phantoms",
        role="train: lung background and negative examples of the cube networks; other seeds: calibration, operating "
        "point; further seeds: figures",
        licence="Apache-2.0",
        citation="made by training/phantom of this project; no patient's data",
    ),
)
