"""Training goes on where it was killed, and ends as if nothing had happened."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from training.ct_chest_nodule.epochs import Batch, Schedule, train

SCHEDULE = Schedule(epochs=4, batches_per_epoch=5, peak_rate=1e-2)
KILLED_IN_EPOCH, KILLED_AT_BATCH = 3, 2


def batches(random: np.random.Generator) -> Iterator[Batch]:
    for _ in range(SCHEDULE.batches_per_epoch):
        images = torch.from_numpy(random.normal(size=(8, 6)).astype(np.float32))
        yield images, images.sum(1, keepdim=True)


def trained(checkpoint: Path, killed_in_epoch: int | None = None) -> dict[str, torch.Tensor]:
    torch.set_num_threads(1)
    torch.manual_seed(5)
    begun = 0

    def epoch(random: np.random.Generator) -> Iterator[Batch]:
        nonlocal begun
        begun += 1
        for number, batch in enumerate(batches(random)):
            if begun == killed_in_epoch and number == KILLED_AT_BATCH:
                os.kill(os.getpid(), signal.SIGKILL)
            yield batch

    net = nn.Sequential(nn.Linear(6, 4), nn.ReLU(), nn.Linear(4, 1))
    average, _ = train(net, epoch, nn.functional.mse_loss, SCHEDULE, checkpoint, seed=3)
    return average.state_dict()


def test_a_killed_training_loses_one_epoch_at_most_and_learns_the_same(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    killed = multiprocessing.get_context("spawn").Process(target=trained, args=(tmp_path / "net.pt", KILLED_IN_EPOCH))
    killed.start()
    killed.join(120)
    assert killed.exitcode == -signal.SIGKILL

    with caplog.at_level(logging.INFO, logger="training"):
        resumed = trained(tmp_path / "net.pt")

    assert "net taken up after epoch 2" in caplog.text
    assert "net epoch 3/4" in caplog.text
    assert "net epoch 2/4" not in caplog.text
    straight = trained(tmp_path / "other.pt")
    for name, value in straight.items():
        assert torch.equal(resumed[name], value), name


def test_a_finished_training_is_not_repeated(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    first = trained(tmp_path / "net.pt")
    with caplog.at_level(logging.INFO, logger="training"):
        again = trained(tmp_path / "net.pt")
    assert "epoch 1/4" not in caplog.text
    assert all(torch.equal(first[name], value) for name, value in again.items())
