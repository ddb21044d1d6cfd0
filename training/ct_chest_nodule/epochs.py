"""A training run that shows where it is and goes on where it was killed.

After every epoch the whole state (weights, their moving average, optimiser, step, random state) is written beside the
checkpoint and renamed over it, so that a kill costs at most one epoch.
"""

from __future__ import annotations

import copy
import logging
import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

Batch = tuple[Tensor, Tensor]
Loss = Callable[[Tensor, Tensor], Tensor]

log = logging.getLogger("training")


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long and how fast to learn. ema_decay: of the moving average of the weights, which is what is kept."""

    epochs: int
    batches_per_epoch: int
    peak_rate: float
    weight_decay: float = 0.02
    ema_decay: float = 0.995
    warm_up: float = 0.05


@dataclass(frozen=True, slots=True)
class Learner:
    """A network while it learns, with the moving average that is kept."""

    net: nn.Module
    average: nn.Module
    optimiser: torch.optim.Optimizer


def train(
    net: nn.Module,
    epoch: Callable[[np.random.Generator], Iterable[Batch]],
    loss: Loss,
    schedule: Schedule,
    checkpoint: Path,
    *,
    seed: int,
) -> tuple[nn.Module, float]:
    """The averaged network after all epochs and the seconds it took; a finished or half-done checkpoint is taken up.

    epoch: called with a generator seeded by (seed, number of the epoch), so a resumed run sees the same batches.
    """
    optimiser = torch.optim.AdamW(net.parameters(), lr=schedule.peak_rate, weight_decay=schedule.weight_decay)
    learner = Learner(net, copy.deepcopy(net).eval(), optimiser)
    done, seconds = _resume(checkpoint, learner)
    for number in range(done, schedule.epochs):
        start = time.monotonic()
        torch.manual_seed(seed * 1000 + number)
        mean_loss = _one_epoch(learner, epoch(np.random.default_rng([seed, number])), loss, schedule, number)
        seconds += time.monotonic() - start
        _keep(checkpoint, learner, number + 1, seconds)
        log.info("%s epoch %d/%d loss %.4f, %.0f s", checkpoint.stem, number + 1, schedule.epochs, mean_loss, seconds)
    return learner.average.eval(), seconds


def _one_epoch(learner: Learner, batches: Iterable[Batch], loss: Loss, schedule: Schedule, number: int) -> float:
    net, optimiser = learner.net.train(), learner.optimiser
    losses = []
    for position, (images, truth) in enumerate(batches):
        step = number * schedule.batches_per_epoch + position
        for group in optimiser.param_groups:
            group["lr"] = _rate(step, schedule)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            said = net(images)
        value = loss(said.float(), truth)
        optimiser.zero_grad(set_to_none=True)
        value.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimiser.step()
        _follow(learner.average, net, min(schedule.ema_decay, (1 + step) / (10 + step)))
        losses.append(value.item())
    return float(np.mean(losses))


def _rate(step: int, schedule: Schedule) -> float:
    """Linear rise, then half a cosine to zero."""
    total = schedule.epochs * schedule.batches_per_epoch
    rise = max(1, int(total * schedule.warm_up))
    if step < rise:
        return schedule.peak_rate * (step + 1) / rise
    return schedule.peak_rate * 0.5 * (1 + math.cos(math.pi * min(1.0, (step - rise) / max(1, total - rise))))


@torch.no_grad()
def _follow(average: nn.Module, net: nn.Module, decay: float) -> None:
    for kept, value in zip(average.state_dict().values(), net.state_dict().values(), strict=True):
        if kept.dtype.is_floating_point:
            kept.lerp_(value, 1 - decay)
        else:
            kept.copy_(value)


def _resume(checkpoint: Path, learner: Learner) -> tuple[int, float]:
    if not checkpoint.exists():
        return 0, 0.0
    state = torch.load(checkpoint, weights_only=True)
    learner.net.load_state_dict(state["net"])
    learner.average.load_state_dict(state["average"])
    learner.optimiser.load_state_dict(state["optimiser"])
    log.info("%s taken up after epoch %d", checkpoint.stem, state["epochs"])
    return int(state["epochs"]), float(state["seconds"])


def _keep(checkpoint: Path, learner: Learner, epochs: int, seconds: float) -> None:
    part = checkpoint.with_suffix(".part")
    state = {
        "net": learner.net.state_dict(),
        "average": learner.average.state_dict(),
        "optimiser": learner.optimiser.state_dict(),
        "epochs": epochs,
        "seconds": seconds,
    }
    torch.save(state, part)
    part.replace(checkpoint)
