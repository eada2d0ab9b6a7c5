"""What the ear's recipes share: a clock that training goes by, a network with its optimiser, checkpoints and cards.

A recipe is given minutes, not steps, so that it ends in time on any machine; learning rates follow the clock.
"""

import copy
import math
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from milo_demo.weights.card import Card
from milo_demo.weights.registry import sha256

AVERAGE_OVER = 0.999
"""Weights are averaged exponentially over about a thousand steps: those are what is kept."""
WARM_UP = 100
LONGEST_STEP_S = 10.0
"""A step that took longer was interrupted."""


def device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


class TimeBudget:
    """How much of the training's time is spent."""

    def __init__(self, minutes: float) -> None:
        self.budget_s = 60 * minutes
        self.trained_s = 0.0
        self.steps = 0
        self._last: float | None = None

    @property
    def progress(self) -> float:
        """0 to 1"""
        return min(1.0, self.trained_s / self.budget_s)

    @property
    def finished(self) -> bool:
        return self.trained_s >= self.budget_s

    def tick(self) -> None:
        """Count one step."""
        now = time.monotonic()
        self.trained_s += min(LONGEST_STEP_S, now - (self._last or now))
        self._last = now
        self.steps += 1

    def state_dict(self) -> dict:
        return {"trained_s": self.trained_s, "steps": self.steps}

    def load_state_dict(self, state: dict) -> None:
        self.trained_s, self.steps = state["trained_s"], state["steps"]


class Learner:
    """A network in training and the running average of its weights, which is what is kept.

    module : on the device that trains
    rates  : learning rate at its highest, of all parameters or of each group of them
    """

    def __init__(
        self, module: nn.Module, rates: float | list[tuple[list[nn.Parameter], float]], weight_decay: float = 0.02
    ) -> None:
        self.module = module.train()
        groups = rates if isinstance(rates, list) else [(list(module.parameters()), rates)]
        self._rates = [rate for _, rate in groups]
        self._optimiser = torch.optim.AdamW(
            [{"params": parameters, "lr": rate} for parameters, rate in groups], weight_decay=weight_decay
        )
        self.averaged = copy.deepcopy(module).eval()

    def step(self, loss: Tensor, clock: TimeBudget) -> None:
        """One step down the gradient of `loss`, at the rate that the clock says: a short rise, half a cosine."""
        share = min(1.0, (clock.steps + 1) / WARM_UP) * max(0.01, 0.5 + 0.5 * math.cos(math.pi * clock.progress))
        for group, rate in zip(self._optimiser.param_groups, self._rates, strict=True):
            group["lr"] = rate * share
        self._optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.module.parameters(), 5.0)
        self._optimiser.step()
        self._average(clock.steps + 1)

    @torch.no_grad()
    def _average(self, steps: int) -> None:
        pairs = list(zip(self.averaged.state_dict().values(), self.module.state_dict().values(), strict=True))
        # At first over fewer steps: the very first weights are worth nothing.
        share = 1 - min(AVERAGE_OVER, steps / (steps + 10))
        floats = [pair for pair in pairs if pair[0].is_floating_point()]
        torch._foreach_lerp_(*map(list, zip(*floats, strict=True)), share)
        for average, new in (pair for pair in pairs if not pair[0].is_floating_point()):
            average.copy_(new)

    def state_dict(self) -> dict:
        parts = {"module": self.module, "averaged": self.averaged, "optimiser": self._optimiser}
        return {name: part.state_dict() for name, part in parts.items()}

    def load_state_dict(self, state: dict) -> None:
        self.module.load_state_dict(state["module"])
        self.averaged.load_state_dict(state["averaged"])
        self._optimiser.load_state_dict(state["optimiser"])


def save_state(state: dict, path: Path) -> None:
    """Write what resuming needs, whole or not at all."""
    part = path.with_suffix(".part")
    torch.save(state, part)
    part.replace(path)


def write_checkpoint(module: nn.Module, record: Mapping[str, Any], out: Path, exact: tuple[str, ...] = ()) -> Card:
    """Write `out` (safetensors, half precision but for the values named in `exact`) and its model card beside it.

    record : the contents of the card, but for the fingerprint of the numbers

    Raises ValueError where that is no card (see `Card`).
    """

    def stored(name: str, value: Tensor) -> Tensor:
        return (value.half() if value.is_floating_point() and name not in exact else value).cpu().contiguous()

    out.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: stored(name, value) for name, value in module.state_dict().items()}, out)
    card = Card.from_record({**record, "sha256": sha256(out)})
    card.write(out.with_suffix(".json"))
    return card
