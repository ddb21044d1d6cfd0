"""Copies in HTJ2K for viewers: given to who names them, and to nobody else."""

from __future__ import annotations

import os
import shutil

import numpy as np
import pytest
from openjpeg.utils import decode

from service.archive import viewer_copies
from service.archive.viewer_copies import HTJ2K_LOSSLESS, Made
from service.dicomweb.made_ready import make_ready, nothing_more
from service.domain.wall import BehindTheWall
from service.flow.viewer_copies import Copier
from tests.dicomweb.copying import (
    COPY,
    COPY_OR_STORED,
    NATIVE,
    ONE_COPY,
    copied,
    files,
    frames_of,
    get,
    series_of,
    slices,
    syntaxes,
    want,
)
from tests.dicomweb.test_frames import STORED, parts, several
from tests.support.edges import SYSTEM, Customer, Edges


@pytest.fixture
def hospital(edges: Edges) -> Customer:
    return edges.hospital()


def test_a_viewer_that_names_the_copy_gets_it_and_every_cell_of_it(
    edges: Edges, hospital: Customer, copier: Copier
) -> None:
    image, _ = images = slices()
    copied(edges, hospital, copier, *images)
    cells = np.frombuffer(image.PixelData, "<i2").reshape(32, 32)

    for accept in (COPY, COPY_OR_STORED, 'multipart/related; type="image/jphc"'):
        ((content_type, content),) = parts(get(edges, hospital, f"{frames_of(image)}/1", accept))
        assert content_type == ONE_COPY
        assert np.array_equal(decode(content), cells)
    single = get(edges, hospital, f"{frames_of(image)}/1", ONE_COPY)
    assert (single.headers["content-type"], np.array_equal(decode(single.content), cells)) == (ONE_COPY, True)
    octets = get(
        edges, hospital, f"{frames_of(image)}/1", f"application/octet-stream; transfer-syntax={HTJ2K_LOSSLESS}"
    )
    assert octets.content == single.content


def test_who_does_not_name_it_gets_what_is_stored(edges: Edges, hospital: Customer, copier: Copier) -> None:
    (image,) = slices(1)
    copied(edges, hospital, copier, image)

    for accept in (
        STORED,
        "multipart/related; type=application/octet-stream; transfer-syntax=*",
        "*/*",
        f"{STORED}, {COPY}",
    ):
        ((content_type, content),) = parts(get(edges, hospital, f"{frames_of(image)}/1", accept))
        assert (content_type, content) == (f"application/octet-stream; transfer-syntax={NATIVE}", image.PixelData)
    whole = get(edges, hospital, f"{series_of(image)}/instances/{image.SOPInstanceUID}", "application/dicom")
    assert image.PixelData in whole.content
    assert get(edges, hospital, f"{frames_of(image)}/1", "image/png").status_code == 406


def test_without_a_copy_the_stored_bytes_come_or_the_answer_is_no(edges: Edges, hospital: Customer) -> None:
    (image,) = slices(1)
    edges.receive(hospital, image)

    ((_, content),) = parts(get(edges, hospital, f"{frames_of(image)}/1", COPY_OR_STORED))
    assert content == image.PixelData
    assert get(edges, hospital, f"{frames_of(image)}/1", COPY).status_code == 406
    assert syntaxes(edges, hospital, image) == [NATIVE]


def test_the_frames_of_one_object_come_in_the_order_they_are_asked_for(
    edges: Edges, hospital: Customer, copier: Copier
) -> None:
    image = several()
    copied(edges, hospital, copier, image)
    cells = np.frombuffer(image.PixelData, "<i2", 3 * 35).reshape(3, 5, 7)

    found = [decode(content) for _, content in parts(get(edges, hospital, f"{frames_of(image)}/3,1,2", COPY))]

    assert all(np.array_equal(each, cells[at]) for each, at in zip(found, (2, 0, 1), strict=True))
    assert get(edges, hospital, f"{frames_of(image)}/4", COPY).status_code == 404


def test_search_and_metadata_say_where_there_is_a_copy(edges: Edges, hospital: Customer, copier: Copier) -> None:
    (image,) = slices(1)
    edges.receive(hospital, image)
    client = edges.client(hospital)
    before = client.get(f"{series_of(image)}/metadata")
    assert syntaxes(edges, hospital, image) == [NATIVE]

    want(edges, edges.row(hospital, image.StudyInstanceUID))
    while copier.make_copies(SYSTEM):
        pass

    assert syntaxes(edges, hospital, image) == [NATIVE, HTJ2K_LOSSLESS]
    again = client.get(f"{series_of(image)}/metadata", headers={"If-None-Match": before.headers["etag"]})
    assert again.status_code == 200, "who holds the former text is given the new one"


def test_a_folder_that_somebody_removed_costs_nothing_but_the_copies(
    edges: Edges, hospital: Customer, copier: Copier
) -> None:
    (image,) = slices(1)
    copied(edges, hospital, copier, image)
    shutil.rmtree(edges.archive.folder / "copies" / hospital.id)

    for _ in range(2):  # by the route, then by the short way
        ((_, content),) = parts(get(edges, hospital, f"{frames_of(image)}/1", COPY_OR_STORED))
        assert content == image.PixelData
    assert get(edges, hospital, f"{frames_of(image)}/1", COPY).status_code == 406


@pytest.mark.parametrize("left_bytes", [0, 100])
def test_a_copy_that_was_cut_short_is_passed_over_for_what_is_stored(
    edges: Edges, hospital: Customer, copier: Copier, left_bytes: int
) -> None:
    (image,) = slices(1)
    copied(edges, hospital, copier, image)
    (file,) = files(edges, hospital)
    os.truncate(file, left_bytes)

    for _ in range(2):  # by the route, then by the short way
        ((_, content),) = parts(get(edges, hospital, f"{frames_of(image)}/1", COPY_OR_STORED))
        assert content == image.PixelData


def test_one_hospitals_copies_are_not_another_ones(edges: Edges, hospital: Customer, copier: Copier) -> None:
    (image,) = slices(1)
    elsewhere = edges.hospital()
    copied(edges, hospital, copier, image)
    edges.receive(elsewhere, image)

    assert get(edges, hospital, f"{frames_of(image)}/1", COPY).status_code == 200
    assert get(edges, elsewhere, f"{frames_of(image)}/1", COPY).status_code == 406
    with edges.archive.write() as connection, pytest.raises(BehindTheWall):
        viewer_copies.keep(connection, SYSTEM.only(elsewhere.id), hospital.id, list[Made]())


def test_a_copy_is_kept_by_the_browser_apart_from_what_is_stored(
    edges: Edges, hospital: Customer, copier: Copier
) -> None:
    (image,) = slices(1)
    copied(edges, hospital, copier, image)
    path = f"{frames_of(image)}/1"

    copy, stored = get(edges, hospital, path, COPY), get(edges, hospital, path, STORED)

    assert copy.headers["etag"] != stored.headers["etag"]
    assert copy.headers["vary"] == "Accept"
    assert get(edges, hospital, path, COPY, **{"If-None-Match": copy.headers["etag"]}).status_code == 304
    assert get(edges, hospital, path, COPY, **{"If-None-Match": stored.headers["etag"]}).status_code == 200


def test_the_series_metadata_that_are_ready_name_the_copies(edges: Edges, hospital: Customer, copier: Copier) -> None:
    study = edges.study(hospital, count=2)
    while make_ready(edges.archive, SYSTEM, nothing_more):
        pass
    want(edges, study)
    copier.make_copies(SYSTEM)
    while make_ready(edges.archive, SYSTEM, nothing_more):
        pass
    ready = sorted((edges.archive.folder / "metadata" / hospital.id).iterdir())

    path = f"/dicom-web/studies/{study.study_instance_uid}/series/{study.study_instance_uid}.1/metadata"
    described = edges.client(hospital).get(path).json()

    assert [each["00083002"]["Value"] for each in described] == [[NATIVE, HTJ2K_LOSSLESS]] * 2
    assert sorted((edges.archive.folder / "metadata" / hospital.id).iterdir()) == ready, "nothing had to be made"
