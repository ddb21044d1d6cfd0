"""Which region of the body a Body Part Examined (0018,0015) speaks of, however a scanner words it.

Technicians type it and protocols carry it over, so it is a hint: a word that is not known here says nothing.
Source: PS3.16 annex L for the defined terms; the other words as scanners write them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_WORDS: Final = {
    "head": "ORBIT ORBITS EYE EAR FACE JAW MANDIBLE MAXILLA NOSE SINUS SINUSES PARANASALSINUS TEMPORALBONE IAC"
    " PITUITARY SELLATURCICA TEETH TOOTH DENTAL TMJ TMJOINT CIRCLEOFWILLIS 脑 鼻窦 眼眶",
    "neck": "LARYNX PHARYNX THYROID CAROTID",
    "spine": "SPINE CSPINE TSPINE LSPINE SSPINE CTSPINE TLSPINE LSSPINE CERVICALSPINE LUMBARSPINE COCCYX SACRUM 脊柱"
    " 颈椎 胸椎 腰椎 骶椎",
    "chest": "RIB RIBS STERNUM MEDIASTINUM BRONCHUS AIRWAY 肋骨",
    "heart": "HEART CARDIAC CORONARY CORONARYARTERY 心脏 冠脉 冠状动脉",
    "breast": "BREAST",
    "abdomen": "LIVER KIDNEY KIDNEYS PANCREAS SPLEEN STOMACH COLON GALLBLADDER ADRENAL DUODENUM RECTUM SMALLBOWEL",
    "pelvis": "HIP HIPS BLADDER PROSTATE UTERUS OVARY SIJOINT",
    "limbs": "KNEE KNEES ANKLE FOOT FEET TOE CALCANEUS HEEL LEG LEGS LOWERLEG UPPERLEG THIGH FEMUR PATELLA TIBIA FIBULA"
    " TIBIAFIBULA SHOULDER CLAVICLE SCAPULA ARM UPPERARM FOREARM ELBOW HUMERUS RADIUS ULNA RADIUSULNA WRIST HAND FINGER"
    " THUMB EXTREMITY LOWEREXTREMITY UPPEREXTREMITY 膝 膝关节 踝关节 肩关节 髋关节",
}
_PARTS_OF_WORDS: Final = {
    "head": ("HEAD", "BRAIN", "SKULL", "颅", "头"),
    "neck": ("NECK", "颈部"),
    "chest": ("CHEST", "THORA", "LUNG", "胸部", "胸腹", "肺"),
    "abdomen": ("ABD", "腹"),
    "pelvis": ("PELV", "盆"),
}
"""As they stand inside compounds such as NECKCHESTABDPELV or CHEST_TO_PELVIS."""

_REGION_OF: Final = {word: region for region, words in _WORDS.items() for word in words.split()}
_BETWEEN_WORDS: Final = re.compile(r"[\W_]+")


def regions(body_part: str) -> frozenset[str]:
    """The regions a Body Part Examined names; empty where it is silent, or nothing that is known here."""
    words = [word for word in _BETWEEN_WORDS.split(body_part.upper()) if word]
    known = {_REGION_OF[word] for word in (*words, "".join(words)) if word in _REGION_OF}
    inside = {region for region, parts in _PARTS_OF_WORDS.items() if any(part in "".join(words) for part in parts)}
    if "spine" in known:
        return frozenset({"spine"})
    return frozenset(known | inside)


def covers(wanted: Iterable[str], seen: str) -> bool:
    """Whether a body part is or takes in one of those wanted; a word that says nothing may be any."""
    wanted = tuple(part.strip().upper() for part in wanted)
    named = regions(seen)
    return (
        not named or seen.strip().upper() in wanted or any(regions(part) <= named for part in wanted if regions(part))
    )
