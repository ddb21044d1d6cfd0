"""A study of known pixels on a hospital's DICOMweb root: what the viewer asks for, and nothing else."""

from __future__ import annotations

import io
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from fastapi import APIRouter, Response
from PIL import Image
from pydicom.dataset import FileDataset

from tests.support.series import ct_slice
from tests.web.fake_room import FakeRoom, problem

STUDY, SERIES = "1.2.840.99.0", "1.2.840.99.0.1"
SIZE = 128
SLICES = 24
WATER_HU, TISSUE_HU = 0, 40
BOUNDARY = "frame-of-the-study"
PART_TYPE = "application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1"
PART_HEAD = f"--{BOUNDARY}\r\nContent-Type: {PART_TYPE}\r\n\r\n".encode()


def slice_of(index: int) -> FileDataset:
    """Index 0 lies at the feet. Left half water, right half tissue; a white square marks where in the body this is."""
    made = ct_slice(study_uid=STUDY, series_uid=SERIES, index=index, size=SIZE, spacing_mm=2.5)
    pixels = np.full((SIZE, SIZE), WATER_HU, dtype=np.int16)
    pixels[:, SIZE // 2 :] = TISSUE_HU
    pixels[4 * index : 4 * index + 4, :4] = 3000
    made.PixelData = pixels.tobytes()
    made.SeriesDescription = "<script>alert(1)</script> Lung 2.5"
    return made


@dataclass
class FakeDicomweb:
    """The study, and in which order its frames were asked for; some can be made unreadable."""

    slices: list[FileDataset] = field(default_factory=lambda: [slice_of(index) for index in range(SLICES)])
    asked: list[int] = field(default_factory=list)
    broken: set[int] = field(default_factory=set)
    delay_s: float = 0.0

    def number(self, sop_instance_uid: str) -> int:
        return next(at for at, each in enumerate(self.slices) if each.SOPInstanceUID == sop_instance_uid)

    def metadata(self, each: FileDataset) -> dict[str, Any]:
        document: dict[str, Any] = each.to_json_dict(bulk_data_threshold=1 << 20)
        document.pop("7FE00010")
        document["00083002"] = {"vr": "UI", "Value": [str(each.file_meta.TransferSyntaxUID)]}
        return document


def create_router(room: FakeRoom, web: FakeDicomweb) -> APIRouter:
    router, listed = APIRouter(prefix="/dicom-web/h/{hospital}/studies/{study}"), APIRouter()

    def refusal(hospital: str, study: str) -> Response | None:
        if not room.signed_in:
            return problem(401, "session-missing", "请重新登录。")
        return None if (hospital, study) == ("3", STUDY) else problem(404, "not-found", "没有这样的检查。")

    def series(hospital: str, study: str) -> Any:
        found = {
            "series_instance_uid": SERIES, "modality": "CT", "number": 1, "body_part": "CHEST", "has_images": True,
            "description": web.slices[0].SeriesDescription, "instance_count": len(web.slices),
        }  # fmt: skip
        report = {**found, "series_instance_uid": "1.2.9", "modality": "SR", "has_images": False}
        return refusal(hospital, study) or {"series": [found, report]}

    def metadata(hospital: str, study: str) -> Any:
        # Neither sorted nor reversed: the page has to sort by position.
        mixed = [web.slices[(7 * at) % SLICES] for at in range(SLICES)]
        return refusal(hospital, study) or [web.metadata(each) for each in mixed]

    def frame(hospital: str, study: str, instance: str) -> Response:
        refused = refusal(hospital, study)
        if refused is not None:
            return refused
        at = web.number(instance)
        web.asked.append(at)
        time.sleep(web.delay_s)
        if at in web.broken:
            return problem(500, "internal", "broken")
        content = PART_HEAD + web.slices[at].PixelData + f"\r\n--{BOUNDARY}--\r\n".encode()
        media_type = f'multipart/related; type="application/octet-stream"; boundary={BOUNDARY}'
        return Response(content, headers={"Content-Type": media_type})

    def thumbnail(hospital: str, study: str) -> Response:
        buffer = io.BytesIO()
        Image.new("L", (192, 192), 90).save(buffer, "JPEG")
        return refusal(hospital, study) or Response(buffer.getvalue(), media_type="image/jpeg")

    listed.add_api_route("/room/v1/studies/{hospital}/{study}/series", series)
    router.add_api_route(f"/series/{SERIES}/metadata", metadata)
    router.add_api_route(f"/series/{SERIES}/thumbnail", thumbnail)
    router.add_api_route(f"/series/{SERIES}/instances/{{instance}}/frames/1", frame)
    listed.include_router(router)
    return listed
