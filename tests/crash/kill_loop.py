"""SIGKILL in mid-stream, again and again: what the sender was told is there must be served, byte for byte.

`python -m tests.crash.kill_loop --times N`. Odd rounds kill the node alone, which its supervisor starts again; even
rounds kill the supervisor, and nothing of the centre may be left. Every acknowledged instance of all rounds is compared
at the end of each round.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from pydicom.uid import generate_uid

from tests.support.centre import AddedHospital, RunningCentre, alive, until
from tests.support.sender import association, data_set_of, store
from tests.support.series import write_series

SENDERS = 3
FILES = 100


@dataclass(slots=True)
class Told:
    """The data sets the node answered with Success, by (study, instance), and how streams ended that ended early."""

    acknowledged: dict[tuple[str, str], bytes] = field(default_factory=dict)
    broken_off: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


def stream(centre: RunningCentre, calling_ae: str, paths: list[Path], study_uid: str, told: Told) -> None:
    """Send files until done or until the node is gone."""
    contents = [data_set_of(path) for path in paths]
    contexts = [(sop_class, syntax) for _, sop_class, _, syntax in contents]
    try:
        with association(
            centre.host, centre.port, calling_ae=calling_ae, called_ae=centre.ae_title, contexts=contexts
        ) as opened:
            for data_set, sop_class, sop_instance, syntax in contents:
                if not opened.is_established:
                    told.broken_off.append("no association")
                    return
                answer = store(
                    opened,
                    data_set,
                    sop_class_uid=sop_class,
                    sop_instance_uid=sop_instance,
                    transfer_syntax_uid=syntax,
                )
                if answer.status == 0:
                    with told.lock:
                        told.acknowledged[study_uid, sop_instance] = data_set
    except (OSError, RuntimeError, AttributeError) as fault:
        told.broken_off.append(f"{type(fault).__name__}: {fault}")


def one_round(
    centre: RunningCentre, hospital: AddedHospital, folder: Path, told: Told, number: int, chance: random.Random
) -> int:
    """Stream, kill after a random number of answers, bring back; returns how many were acknowledged before the kill."""
    before = len(told.acknowledged)
    threads = []
    for sender in range(SENDERS):
        study_uid = generate_uid()
        _, paths = write_series(folder / f"{number}-{sender}", count=FILES, study_uid=study_uid, size=128)
        arguments = (centre, hospital.name, paths, study_uid, told)
        threads.append(threading.Thread(target=stream, args=arguments, daemon=True))
    for thread in threads:
        thread.start()
    killed_after = before + chance.randint(1, SENDERS * FILES - SENDERS)
    until(lambda: len(told.acknowledged) >= killed_after, 60, lambda: told.broken_off[-SENDERS:] or centre.logs())
    if number % 2:
        node = centre.children()["node"]
        os.kill(node, signal.SIGKILL)
        until(lambda: centre.children().get("node", node) != node, 30, centre.logs)
        until(centre.takes_associations, 60, centre.logs)
    else:
        centre.kill()
    for thread in threads:
        thread.join(60)
    if not alive(centre.pid):
        centre.start()
    return len(told.acknowledged) - before


def lost(centre: RunningCentre, hospital: AddedHospital, told: Told) -> list[str]:
    """Acknowledged instances that are not served byte for byte."""
    missing = []
    bodies: dict[str, bytes] = {}
    accept = 'multipart/related; type="application/dicom"; transfer-syntax=*'
    for (study_uid, sop_instance), data_set in told.acknowledged.items():
        if study_uid not in bodies:
            bodies[study_uid] = centre.raw(f"/dicom-web/studies/{study_uid}", hospital.api_key, accept)
        if data_set not in bodies[study_uid]:
            missing.append(sop_instance)
    return missing


def main() -> int:
    """Run the rounds; 1 when an acknowledged instance was lost or something was left behind."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash.kill_loop", description=__doc__)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    asked = parser.parse_args()
    chance = random.Random(asked.seed)
    told = Told()
    with tempfile.TemporaryDirectory(prefix="consilium-kill-") as folder:
        centre = RunningCentre(Path(folder) / "centre")
        hospital = centre.hospital("KILLER", calling_ae="KILLER")
        faults = 0
        for number in range(1, asked.times + 1):
            acknowledged = one_round(centre, hospital, Path(folder) / "files", told, number, chance)
            missing = lost(centre, hospital, told)
            faults += len(missing)
            what = "node" if number % 2 else "centre"
            print(f"round {number}: {what} killed after {acknowledged} acknowledged, lost {len(missing)}", flush=True)
        centre.stop()
    print(f"{len(told.acknowledged)} acknowledged over {asked.times} kills, lost {faults}, seed {asked.seed}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
