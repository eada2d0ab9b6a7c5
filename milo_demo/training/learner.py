"""What all recipes share: a time budget, a network with its optimiser, the one loop, checkpoints and cards.

A recipe is given minutes, not steps, so that it ends in time on any machine; learning rates follow the budget.
"""

import copy
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.optim.swa_utils import get_ema_multi_avg_fn

from milo_demo.errors import MiloError
from milo_demo.weights.card import Card
from milo_demo.weights.registry import BUNDLED, files_of, sha256

AVERAGE_OVER = 0.999
"""Weights are averaged exponentially over about a thousand steps: those are what is kept."""
WARM_UP = 100
LONGEST_STEP_S = 10.0
"""A step that took longer was interrupted."""

Network = TypeVar("Network", bound=nn.Module)
Figures = Mapping[str, Tensor]
"""What a step has to say of itself: losses, by name."""


def device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def half(where: torch.device) -> torch.autocast:
    """bfloat16 where it helps: twice as fast on CUDA and on CPUs that have it; others imitate it, twice as slowly."""
    can = torch.cpu.get_capabilities() if where.type == "cpu" else {"bf16": True}
    return torch.autocast(where.type, torch.bfloat16, any(has for name, has in can.items() if name.endswith("bf16")))


@torch.no_grad()
def mean_of(networks: Sequence[Network]) -> Network:
    """A network whose numbers are the means of others' of one shape, which must have begun from the same numbers."""
    mean = copy.deepcopy(networks[0])
    for value, *each in zip(*(network.state_dict().values() for network in (mean, *networks)), strict=True):
        if value.is_floating_point():
            value.copy_(torch.stack(each).mean(0))
    return mean


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

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.trained_s, self.steps = state["trained_s"], state["steps"]


class Learner(Generic[Network]):
    """A network in training and the running average of its weights, which is what is kept.

    module : on the device that trains
    rates  : learning rate at its highest, of all parameters or of each group of them
    """

    def __init__(
        self, module: Network, rates: float | list[tuple[list[nn.Parameter], float]], weight_decay: float = 0.02
    ) -> None:
        self.module = module.train()
        groups = rates if isinstance(rates, list) else [(list(module.parameters()), rates)]
        self._rates = [rate for _, rate in groups]
        self._optimiser = torch.optim.AdamW(
            [{"params": parameters, "lr": rate} for parameters, rate in groups], weight_decay=weight_decay
        )
        self.averaged = copy.deepcopy(module).eval()

    def step(self, loss: Tensor, budget: TimeBudget) -> None:
        """One step down the gradient of `loss`, at the rate that the budget says: a short rise, half a cosine."""
        share = min(1.0, (budget.steps + 1) / WARM_UP) * max(0.01, 0.5 + 0.5 * math.cos(math.pi * budget.progress))
        for group, rate in zip(self._optimiser.param_groups, self._rates, strict=True):
            group["lr"] = rate * share
        self._optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.module.parameters(), 5.0)
        self._optimiser.step()
        self._average(budget.steps + 1)

    @torch.no_grad()
    def _average(self, steps: int) -> None:
        pairs = list(zip(self.averaged.state_dict().values(), self.module.state_dict().values(), strict=True))
        floats = [pair for pair in pairs if pair[0].is_floating_point()]
        # At first over fewer steps: the very first weights are worth nothing.
        average_into = get_ema_multi_avg_fn(min(AVERAGE_OVER, steps / (steps + 10)))
        average_into([average for average, _ in floats], [new for _, new in floats], None)
        for average, new in (pair for pair in pairs if not pair[0].is_floating_point()):
            average.copy_(new)

    def state_dict(self) -> dict:
        parts = {"module": self.module, "averaged": self.averaged, "optimiser": self._optimiser}
        return {name: part.state_dict() for name, part in parts.items()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.module.load_state_dict(state["module"])
        self.averaged.load_state_dict(state["averaged"])
        self._optimiser.load_state_dict(state["optimiser"])


def fit(
    steps: Iterator[Figures],
    learners: Mapping[str, Learner],
    budget: TimeBudget,
    *,
    resume_file: Path | None = None,
    resume: bool = True,
    notes: Mapping[str, Any] | None = None,
    say_every: int = 100,
    save_every: int = 1000,
) -> None:
    """Train until the time is spent.

    steps       : without end; each item is one step of every learner taken, and what it has to say. Nothing of it runs
                  before an earlier run's state is restored, so where it begins may depend on the budget's steps
    learners    : by the names that they are saved under
    resume_file : where what resuming needs is written to, now and then and in the end; without one, nowhere
    resume      : go on from what lies there, if anything does
    notes       : what else the recipe wants to read there when it resumes

    Raises MiloError where what lies there is the state of other learners.

    >>> learner, budget = Learner(nn.Linear(1, 1), rates=0.1), TimeBudget(minutes=1e-6)
    >>> def steps():
    ...     while True:
    ...         loss = (learner.module(torch.ones(4, 1)) - 3).square().mean()
    ...         learner.step(loss, budget)
    ...         yield {"loss": loss}
    >>> fit(steps(), {"learner": learner}, budget)
    >>> budget.finished
    True
    """
    state = read_state(resume_file) if resume and resume_file is not None else None
    if state is not None:
        kept = state.get("learners", {})
        if strangers := sorted(learners.keys() - kept.keys()):
            raise MiloError(f"{resume_file} is of another training, without {', '.join(strangers)}: delete it.")
        for name, learner in learners.items():
            learner.load_state_dict(kept[name])
        budget.load_state_dict(state["budget"])
    while not budget.finished:
        figures = next(steps)
        budget.tick()
        if budget.steps % say_every == 0:
            said = "  ".join(f"{name} {value:.3f}" for name, value in figures.items())
            print(f"{budget.trained_s / 60:5.1f} min  step {budget.steps}  {said}", flush=True)
        if budget.steps % save_every == 0 and resume_file is not None:
            save_state(resume_file, learners, budget, notes)
    if resume_file is not None:
        save_state(resume_file, learners, budget, notes)


def save_state(
    resume_file: Path, learners: Mapping[str, Learner], budget: TimeBudget, notes: Mapping[str, Any] | None = None
) -> None:
    """Write what resuming needs, whole or not at all."""
    parts = {name: learner.state_dict() for name, learner in learners.items()}
    part = resume_file.with_suffix(".part")
    torch.save({"learners": parts, "budget": budget.state_dict(), "notes": dict(notes or {})}, part)
    part.replace(resume_file)


def read_state(resume_file: Path) -> dict[str, Any] | None:
    """What `save_state` wrote: the parts ``learners``, ``budget`` and ``notes``; None where there is no such file."""
    return torch.load(resume_file, map_location="cpu", weights_only=True) if resume_file.is_file() else None


def recipe_notes(model: str, seed: int, budget: TimeBudget) -> dict[str, Any]:
    """What the card of an ear's model says of how it was trained."""
    minutes = budget.trained_s / 60
    return {
        "seed": seed,
        "recipe": f"python -m milo_demo train {model} --data DIR --out FILE --seed {seed} --minutes {minutes:.0f}",
        "trained_s": round(budget.trained_s),
        "steps": budget.steps,
    }


def write_numbers(module: nn.Module, out: Path, exact: tuple[str, ...] = ()) -> None:
    """Write `out` (safetensors): half precision but for the values named in `exact`.

    Raises ValueError where a number is too large for it.
    """

    def stored(name: str, value: Tensor) -> Tensor:
        kept = value.half() if value.is_floating_point() and name not in exact else value
        if not kept.isfinite().all():
            raise ValueError(f"{name} does not fit into half precision: name it in `exact`")
        return kept.cpu().contiguous()

    out.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: stored(name, value) for name, value in module.state_dict().items()}, out)


def write_checkpoint(module: nn.Module, record: Mapping[str, Any], out: Path, exact: tuple[str, ...] = ()) -> Card:
    """Write a network's numbers (see `write_numbers`) and its model card beside them.

    record : the contents of the card, but for the fingerprint of the numbers and, unless it is somebody else's, the
             version, which is one above that of the bundled model

    Raises ValueError where that is no card (see `Card`).
    """
    write_numbers(module, out, exact)
    version = record.get("version") or _next_version(record["role"])
    card = Card.from_record({**record, "version": version, "sha256": sha256(out)})
    card.write(out.with_suffix(".json"))
    return card


def _next_version(role: str) -> str:
    _, bundled = files_of(role)
    return str(int(Card.read(BUNDLED / bundled).version) + 1) if (BUNDLED / bundled).is_file() else "1"
