"""`python -m tests.bench`: prints the table and writes build/bench.json.

Ours and the peer take turns (A B A B …) on the same machine, the same files and fresh folders; the median of each is
compared. Orthanc runs with TCP_NODELAY=1, since without it Nagle's delay is what would be measured.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

from monai.transforms import LoadImage
from pydicom import dcmread
from pydicom.uid import generate_uid

from models.contract import Refused, SeriesFile
from models.pixels import read_volume
from tests.bench import browser, paging, slices
from tests.bench.dicomweb import STORED, Client, Root, answers_a_second, getter
from tests.support.centre import AddedHospital, RunningCentre, running_centre
from tests.support.orthanc import AE_TITLE, Orthanc, orthanc
from tests.support.sender import data_set_of
from tests.support.series import write_series

ROUNDS = 3
SHORT_ROUNDS = 9
SLICES = 200
SERIES_SLICES = 300
STORESCU = "/usr/bin/storescu"


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison; ratio above 1 means that ours is better."""

    name: str
    ours: float
    peer: float
    unit: str
    ratio: float
    conditions: str


def main() -> None:
    """Measure, print, write."""
    with tempfile.TemporaryDirectory(prefix="consilium-bench-") as folder:
        root = Path(folder)
        rows = [*_against_orthanc(root), *_paging(root / "pages"), _reading(root), *_walking()]
    for row in rows:
        print(
            f"{row.name:54} ours {row.ours:8.2f}  peer {row.peer:8.2f} {row.unit:8} ratio {row.ratio:6.2f}  "
            f"{row.conditions}"
        )
    build = Path("build")
    build.mkdir(exist_ok=True)
    (build / "bench.json").write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")


def _against_orthanc(root: Path) -> list[Row]:
    with orthanc(root / "pacs", dicomweb=True) as pacs, running_centre(root / "centre", root / "none") as centre:
        hospital = centre.hospital("BENCH", calling_ae="BENCH")
        return [
            *_receiving(root, pacs, centre),
            *_serving(root, pacs, centre, hospital),
            *_viewing(root, pacs, centre, hospital),
        ]


def _receiving(root: Path, pacs: Orthanc, centre: RunningCentre) -> list[Row]:
    return [_intake(root, pacs, centre, associations) for associations in (1, 8)]


def _intake(root: Path, pacs: Orthanc, centre: RunningCentre, associations: int) -> Row:
    rates: dict[str, list[float]] = {"ours": [], "peer": []}
    for number in range(ROUNDS):
        for who, port, called in (("ours", centre.port, centre.ae_title), ("peer", pacs.dicom_port, AE_TITLE)):
            folders = [root / f"send-{who}-{associations}-{number}-{each}" for each in range(associations)]
            for folder in folders:
                write_series(folder, count=SLICES // associations, size=512, study_uid=generate_uid())
            seconds = _timed(lambda folders=folders, port=port, called=called: _storescu(folders, port, called))
            rates[who].append(SLICES // associations * associations / seconds)
    ours, peer = statistics.median(rates["ours"]), statistics.median(rates["peer"])
    durable = "ours: bytes, name and row on the disk before Success; Orthanc: bytes only (SQLite, synchronous NORMAL)"
    conditions = f"storescu, {SLICES} slices of 512x512; {durable}; {_machine()}"
    name = f"C-STORE intake against Orthanc 1.10.1, associations: {associations}"
    return Row(name, ours, peer, "files/s", ours / peer, conditions)


def _storescu(folders: list[Path], port: int, called: str) -> None:
    """Send each folder over an association of its own, all at once."""
    environment = {**os.environ, "TCP_NODELAY": "1"}
    with ExitStack() as senders:
        for folder in folders:
            command = [STORESCU, "-aet", "BENCH", "-aec", called, "+sd", "127.0.0.1", str(port), str(folder)]
            sender = senders.enter_context(subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL))
            senders.callback(_ended_well, sender)


def _ended_well(sender: subprocess.Popen[bytes]) -> None:
    assert sender.wait() == 0, f"storescu ended with code {sender.returncode}"


def _serving(root: Path, pacs: Orthanc, centre: RunningCentre, hospital: AddedHospital) -> list[Row]:
    study_uid, paths = write_series(root / "serve", count=SLICES, size=512)
    _storescu([paths[0].parent], centre.port, centre.ae_title)
    _storescu([paths[0].parent], pacs.dicom_port, AE_TITLE)
    peer_root = f"http://127.0.0.1:{pacs.http_port}/dicom-web"
    ours_root, key = f"{centre.http}/dicom-web", hospital.api_key
    whole = f"/studies/{study_uid}"
    instances = f"/studies/{study_uid}/instances"
    part10 = 'multipart/related; type="application/dicom"; transfer-syntax=*'
    return [
        _row(
            "WADO-RS study, 200 slices, against Orthanc",
            lambda: _get(ours_root + whole, part10, key),
            lambda: _get(peer_root + whole, part10, None),
            "ours with authentication and audit",
        ),
        _row(
            "QIDO-RS instances of 200 against Orthanc",
            lambda: _get(ours_root + instances, "application/dicom+json", key),
            lambda: _get(peer_root + instances, "application/dicom+json", None),
            "each server's default attributes, ours with authentication",
        ),
    ]


def _viewing(root: Path, pacs: Orthanc, centre: RunningCentre, hospital: AddedHospital) -> list[Row]:
    study_uid, paths = write_series(root / "view", count=SERIES_SLICES, size=512)
    _storescu([paths[0].parent], centre.port, centre.ae_title)
    _storescu([paths[0].parent], pacs.dicom_port, AE_TITLE)
    headers = [dcmread(path, stop_before_pixels=True) for path in paths]
    series = f"/studies/{study_uid}/series/{headers[0].SeriesInstanceUID}"
    frames = [f"{series}/instances/{each.SOPInstanceUID}/frames/1" for each in headers]
    ours, peer = Root(int(centre.http.rpartition(":")[2]), hospital.api_key), Root(pacs.http_port, None)
    of_json = "application/dicom+json"
    same = "?includefield=" + ",".join(sorted(_attributes(peer, f"{series}/instances")))
    return [
        *(_frames(ours, peer, frames, connections) for connections in (1, 8)),
        _row(
            f"WADO-RS metadata of a series of {SERIES_SLICES} against Orthanc",
            getter(ours, f"{series}/metadata", of_json),
            getter(peer, f"{series}/metadata", of_json),
            "not compressed; ours with authentication and audit",
            rounds=SHORT_ROUNDS,
        ),
        _row(
            f"QIDO-RS of a series of {SERIES_SLICES} against Orthanc",
            getter(ours, f"{series}/instances{same}", of_json),
            getter(peer, f"{series}/instances", of_json),
            "the attributes Orthanc gives; ours with authentication and audit",
            rounds=SHORT_ROUNDS,
        ),
        _in_the_browser(pacs, centre, hospital, series),
    ]


def _paging(folder: Path) -> Iterator[Row]:
    with paging.many_studies(folder) as root:
        for words, (search, matches) in paging.SEARCHES.items():
            first_s, last_s = paging.costs_s(root, search, matches)
            yield Row(
                f"QIDO-RS of {paging.STUDIES} studies, {words}: last page",
                last_s,
                first_s,
                "s",
                first_s / last_s,
                f"peer is our first page; pages of {paging.PAGE}, with authentication and audit; {_machine()}",
            )


def _in_the_browser(pacs: Orthanc, centre: RunningCentre, hospital: AddedHospital, series: str) -> Row:
    ours = browser.signed_in(centre.data, centre.http, hospital.id)
    peer = browser.Opened(f"http://127.0.0.1:{pacs.http_port}/system", "/dicom-web", None)
    with browser.chromium() as opened:
        mine, theirs = browser.compared_s(
            opened, ours, peer, series, slices=SERIES_SLICES, frame_bytes=512 * 512 * 2, rounds=ROUNDS
        )
    conditions = (
        f"metadata, then frames of 512x512x16 bit, {browser.AT_A_TIME} at a time, an empty cache; "
        f"ours with session and audit; {_machine()}"
    )
    name = f"Chromium, series of {SERIES_SLICES}, first request to last frame, against Orthanc"
    return Row(name, mine, theirs, "s", theirs / mine, conditions)


def _attributes(root: Root, path: str) -> set[str]:
    found: list[dict[str, object]] = json.loads(bytes(Client(root.port).get(root.request(path, "application/json"))))
    return set(found[0])


def _frames(ours: Root, peer: Root, frames: list[str], connections: int) -> Row:
    rates: dict[str, list[float]] = {"ours": [], "peer": []}
    for _ in range(ROUNDS):
        for who, root in (("ours", ours), ("peer", peer)):
            requests = [root.request(path, STORED) for path in frames]
            rates[who].append(answers_a_second(root.port, requests, connections))
    mine, theirs = statistics.median(rates["ours"]), statistics.median(rates["peer"])
    conditions = f"{len(frames)} frames of 512x512x16 bit, ours with authentication and audit; {_machine()}"
    name = f"WADO-RS frames against Orthanc, connections: {connections}"
    return Row(name, mine, theirs, "frames/s", mine / theirs, conditions)


def _reading(root: Path) -> Row:
    _, paths = write_series(root / "read", count=SLICES, size=512)
    files = []
    for path in paths:
        _, sop_class, sop_instance, syntax = data_set_of(path)
        files.append(SeriesFile(path, sop_class, sop_instance, syntax))
    load = LoadImage(reader="PydicomReader", image_only=True)

    def ours() -> None:
        assert not isinstance(read_volume(files), Refused)

    return _row(
        "Reading a series of 200 against MONAI's PydicomReader",
        ours,
        lambda: load(str(paths[0].parent)),
        "CPU seconds of the process",
        clock=_cpu_s,
    )


def _walking() -> list[Row]:
    """The reading page against its own bounds: here the peer's figure is the bound."""
    walked = slices.walk()
    conditions = (
        f"Chromium, CPU path, canvas {walked.canvas}, {slices.SLICES} slices in the cache, {slices.STEPS} walked by"
        f" key, an outline on {walked.outlined} of them; {_machine()}"
    )
    frame_ms = 1000 / slices.LEAST_FPS
    return [
        _against_bound("Cached slice change, p95, against its bound", walked.p95_ms, slices.MOST_P95_MS, conditions),
        _against_bound("Main thread's time for a slice against a frame's", walked.main_thread_ms, frame_ms, conditions),
        Row(
            "Slices a second with outlines against their bound",
            walked.fps,
            slices.LEAST_FPS,
            "fps",
            walked.fps / slices.LEAST_FPS,
            conditions,
        ),
    ]


def _against_bound(name: str, took_ms: float, bound_ms: float, conditions: str) -> Row:
    return Row(name, took_ms, bound_ms, "ms", bound_ms / took_ms, conditions)


def _row(
    name: str,
    ours: Callable[[], object],
    peer: Callable[[], object],
    conditions: str,
    clock: Callable[[], float] = time.perf_counter,
    rounds: int = ROUNDS,
) -> Row:
    """Take turns; the smaller time is the better one."""
    took: dict[str, list[float]] = {"ours": [], "peer": []}
    ours()
    peer()
    for _ in range(rounds):
        took["ours"].append(_timed(ours, clock))
        took["peer"].append(_timed(peer, clock))
    mine, theirs = statistics.median(took["ours"]), statistics.median(took["peer"])
    return Row(name, mine, theirs, "s", theirs / mine, f"{conditions}, {_machine()}")


def _timed(work: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    began = clock()
    work()
    return clock() - began


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _get(url: str, accept: str, key: str | None) -> bytes:
    headers = {"Accept": accept, **({"Authorization": f"Bearer {key}"} if key else {})}
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=120) as answer:
        body: bytes = answer.read()
    return body


def _machine() -> str:
    return f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}"


if __name__ == "__main__":
    main()
    sys.exit(0)
