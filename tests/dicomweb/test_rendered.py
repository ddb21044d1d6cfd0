"""Pictures for whoever has no DICOM decoder: windowed by the standard, of the asked size, no text in thumbnails."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from pydicom.dataset import FileDataset
from pydicom.uid import JPEGLSLossless, generate_uid

from tests.support.edges import Customer, Edges
from tests.support.series import ct_slice

RAMP = np.tile(np.arange(-1000, 1000, 20, dtype=np.int16)[:100], (50, 1))


def ramp(**attributes: object) -> FileDataset:
    study = generate_uid()
    image = ct_slice(study_uid=study, series_uid=f"{study[:50]}.1", index=0, size=32)
    image.Rows, image.Columns, image.PixelData = 50, 100, RAMP.tobytes()
    for keyword, value in attributes.items():
        setattr(image, keyword, value)
    return image


@pytest.fixture
def hospital(edges: Edges) -> Customer:
    return edges.hospital()


def path_of(image: FileDataset) -> str:
    return (
        f"/dicom-web/studies/{image.StudyInstanceUID}/series/{image.SeriesInstanceUID}/instances/{image.SOPInstanceUID}"
    )


def picture(edges: Edges, hospital: Customer, path: str, accept: str = "image/png") -> Image.Image:
    answer = edges.client(hospital, Accept=accept).get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == accept
    return Image.open(io.BytesIO(answer.content))


def test_a_window_shows_what_the_formula_says(edges: Edges, hospital: Customer) -> None:
    image = ramp()
    edges.receive(hospital, image)

    linear = np.asarray(picture(edges, hospital, f"{path_of(image)}/rendered?window=40,400,linear"))
    exact = np.asarray(picture(edges, hospital, f"{path_of(image)}/rendered?window=0,400,linear-exact"))
    sigmoid = np.asarray(picture(edges, hospital, f"{path_of(image)}/rendered?window=0,400,sigmoid"))

    # PS3.3 C.11.2.1.2.1: 0 HU at 40/400 is ((0 - 39.5) / 399 + 0.5) * 255 = 102
    assert linear[0, 50] == 102
    assert (linear[0, 0], linear[0, 99]) == (0, 255)
    assert exact[0, 50] == 128
    assert exact[0, 55] == round((100 / 400 + 0.5) * 255)
    assert sigmoid[0, 60] == round(255 / (1 + np.exp(-4 * 200 / 400)))


def test_the_objects_own_window_holds_where_none_is_asked_for(edges: Edges, hospital: Customer) -> None:
    image = ramp(WindowCenter="40", WindowWidth="400")
    edges.receive(hospital, image)

    assert np.asarray(picture(edges, hospital, f"{path_of(image)}/rendered"))[0, 50] == 102


def test_where_less_is_brighter_the_picture_is_turned_over_and_the_window_holds(
    edges: Edges, hospital: Customer
) -> None:
    image = ramp(PhotometricInterpretation="MONOCHROME1")
    edges.receive(hospital, image)

    assert np.asarray(picture(edges, hospital, f"{path_of(image)}/rendered?window=40,400"))[0, 50] == 255 - 102


def test_a_viewport_bounds_the_size_and_chooses_the_part(edges: Edges, hospital: Customer) -> None:
    image = ramp()
    edges.receive(hospital, image)

    small = picture(edges, hospital, f"{path_of(image)}/rendered?viewport=50,50", "image/jpeg")
    part = np.asarray(picture(edges, hospital, f"{path_of(image)}/rendered?window=0,400&viewport=20,50,40,0,20,50"))
    mirrored = np.asarray(
        picture(edges, hospital, f"{path_of(image)}/rendered?window=0,400&viewport=20,50,40,0,-20,50")
    )

    assert small.size == (50, 25)
    assert part.shape == (50, 20)
    assert np.array_equal(part[:, ::-1], mirrored)


def test_every_level_has_a_picture_and_a_thumbnail(edges: Edges, hospital: Customer) -> None:
    image = ramp()
    image.compress(JPEGLSLossless)
    edges.receive(hospital, image)
    instance = path_of(image)
    series = instance.rpartition("/instances")[0]
    for path in (instance, f"{instance}/frames/1", series, series.rpartition("/series")[0]):
        assert picture(edges, hospital, f"{path}/rendered", "image/jpeg").size == (100, 50)
        assert picture(edges, hospital, f"{path}/thumbnail?viewport=64%2C64", "image/jpeg").size == (64, 32)
        assert max(picture(edges, hospital, f"{path}/thumbnail", "image/jpeg").size) == 128


def test_text_burned_into_the_pixels_is_not_legible_in_a_thumbnail(edges: Edges, hospital: Customer) -> None:
    image = ramp(BurnedInAnnotation="YES", Rows=512, Columns=512)
    fine = (np.indices((512, 512)).sum(axis=0) % 2 * 2000 - 1000).astype(np.int16)
    image.PixelData = fine.tobytes()
    edges.receive(hospital, image)

    shown = np.asarray(picture(edges, hospital, f"{path_of(image)}/thumbnail?viewport=512,512&window=0,2000"))

    assert shown.shape == (512, 512)
    assert shown.std() < 5, "a pattern of single pixels is still there"


def test_the_accept_parameter_wins_over_a_header_meant_for_frames(edges: Edges, hospital: Customer) -> None:
    image = ramp()
    edges.receive(hospital, image)
    client = edges.client(hospital, Accept='multipart/related; type="application/octet-stream"')

    answer = client.get(f"{path_of(image)}/rendered?accept=image%2Fjpeg")

    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert client.get(f"{path_of(image)}/rendered").status_code == 406


def test_an_encapsulated_document_comes_as_what_it_is(edges: Edges, hospital: Customer) -> None:
    document = ramp()
    for keyword in ("PixelData", "Rows", "Columns", "BitsAllocated", "SamplesPerPixel"):
        delattr(document, keyword)
    document.SOPClassUID = document.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.104.1"
    document.MIMETypeOfEncapsulatedDocument, document.EncapsulatedDocument = "application/pdf", b"%PDF-1.7 test %%EOF\0"
    edges.receive(hospital, document)

    answer = edges.client(hospital, Accept="application/pdf").get(f"{path_of(document)}/rendered")

    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content == b"%PDF-1.7 test %%EOF"
    assert edges.client(hospital, Accept="image/jpeg").get(f"{path_of(document)}/thumbnail").status_code == 404


@pytest.mark.parametrize(
    "query",
    ["window=a,b", "window=1", "window=0,0", "viewport=0,5", "viewport=x", "viewport=9,9,-1,0,1,1", "quality=0",
     "quality=101", "window=nan,1", "viewport=99999,2"],
)  # fmt: skip
def test_a_parameter_that_cannot_be_read_is_named(edges: Edges, hospital: Customer, query: str) -> None:
    image = ramp()
    edges.receive(hospital, image)

    answer = edges.client(hospital, Accept="image/jpeg").get(f"{path_of(image)}/rendered?{query}")

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == f"query.{query.split('=', maxsplit=1)[0]}"
