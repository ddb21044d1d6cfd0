"""Studies whose images were copied for viewers, and how their frames are asked for."""

from __future__ import annotations

from pathlib import Path

import httpx
from pydicom.dataset import FileDataset
from pydicom.uid import generate_uid

from service.archive import copies_due
from service.archive.studies import Study
from service.archive.viewer_copies import HTJ2K_LOSSLESS
from service.flow.viewer_copies import Copier
from tests.dicomweb.test_frames import STORED
from tests.support.edges import SYSTEM, Customer, Edges
from tests.support.series import ct_slice

COPY = f'multipart/related; type="image/jphc"; transfer-syntax={HTJ2K_LOSSLESS}'
COPY_OR_STORED = f"{COPY}, {STORED}"
ONE_COPY = f"image/jphc; transfer-syntax={HTJ2K_LOSSLESS}"
NATIVE = "1.2.840.10008.1.2.1"


def want(edges: Edges, study: Study) -> None:
    with edges.archive.write() as connection:
        copies_due.want(connection, SYSTEM, study.hospital, study.id)


def copied(edges: Edges, hospital: Customer, copier: Copier, *images: FileDataset) -> Study:
    """A study of these images whose copies were made as far as they can be."""
    edges.receive(hospital, *images)
    study = edges.row(hospital, images[0].StudyInstanceUID)
    want(edges, study)
    while copier.make_copies(SYSTEM):
        pass
    return study


def slices(count: int = 2) -> list[FileDataset]:
    study = generate_uid()
    return [ct_slice(study_uid=study, series_uid=f"{study[:50]}.1", index=index, size=32) for index in range(count)]


def series_of(image: FileDataset) -> str:
    return f"/dicom-web/studies/{image.StudyInstanceUID}/series/{image.SeriesInstanceUID}"


def frames_of(image: FileDataset) -> str:
    return f"{series_of(image)}/instances/{image.SOPInstanceUID}/frames"


def get(edges: Edges, hospital: Customer, path: str, accept: str, **headers: str) -> httpx.Response:
    return edges.client(hospital).get(path, headers={"Accept": accept, **headers})


def files(edges: Edges, hospital: Customer) -> list[Path]:
    return sorted(path for path in (edges.archive.folder / "copies" / hospital.id).rglob("*") if path.is_file())


def syntaxes(edges: Edges, hospital: Customer, image: FileDataset) -> list[str]:
    (described,) = edges.client(hospital).get(f"{series_of(image)}/metadata").json()
    (found,) = edges.client(hospital).get(f"{series_of(image)}/instances").json()
    assert described["00083002"] == found["00083002"]
    return list(described["00083002"]["Value"])
