"""Checkpoints: a folder that exists whole or not at all, and a reader that trusts none of them unseen.

checkpoints/step-000012/ holds adapter.safetensors (float32), optimizer.safetensors (moments, random state),
state.json and, written last, manifest.json with size and SHA-256 of the others.
"""

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from torch import Tensor

from . import canonical, files, tensors
from .errors import JobError

DAMAGED = (OSError, ValueError, KeyError, TypeError)  # what reading a missing or damaged checkpoint raises

_NAME = re.compile(r"step-(\d{6,})")


@dataclass
class State:
    """Everything a run needs to go on, besides tensors. step counts optimiser steps done; seconds are of training."""

    recipe_digest: str
    data_digest: str
    base_digest: str
    trainer: str
    steps: int
    tokens_digest: str = ""  # of all tokens and their marks
    token_budget: int = 0  # tokens computed at once: they decide the last bits of the sums
    recompute: int = 0  # layers that run twice
    offload: int = 0  # layers that keep in the host's memory
    step: int = 0
    tokens: int = 0
    trained_tokens: int = 0
    seconds: float = 0.0
    first_loss: float | None = None
    last_loss: float | None = None
    eval_loss: float | None = None
    eval_step: int = -1
    best_loss: float | None = None
    best_step: int = -1
    worse: int = 0  # measurements since the best one


@dataclass(frozen=True)
class Loaded:
    state: State
    adapter: dict[str, Tensor]
    optimiser: dict[str, Tensor]
    rng: dict[str, Tensor]


class Store:
    """The checkpoints of one run."""

    def __init__(self, folder: Path):
        self._dir = folder
        folder.mkdir(parents=True, exist_ok=True)
        files.sweep(folder)

    def steps(self) -> list[int]:
        """Steps that have a checkpoint, newest first."""
        return sorted((int(m[1]) for p in self._dir.iterdir() if (m := _NAME.fullmatch(p.name))), reverse=True)

    def path(self, step: int) -> Path:
        return self._dir / f"step-{step:06d}"

    def save(
        self, state: State, weights: dict[str, Tensor], optimiser: dict[str, Tensor], rng: dict[str, Tensor]
    ) -> tuple[Path, str]:
        """Write a checkpoint, then remove those no longer kept. Returns its folder and the manifest's digest."""
        moments = optimiser | {f"rng.{k}": v for k, v in rng.items()}
        path = self.path(state.step)
        with files.new_folder(path) as tmp:
            tensors.write(tmp / "adapter.safetensors", weights)
            tensors.write(tmp / "optimizer.safetensors", moments)
            files.write_new(tmp / "state.json", canonical.dumps(asdict(state)))
            parts = {p.name: {"bytes": p.stat().st_size, "sha256": files.sha256(p)} for p in tmp.iterdir()}
            manifest = canonical.dumps({"step": state.step, "files": parts})
            files.write_new(tmp / "manifest.json", manifest)
        self._prune(state.best_step)
        return path, canonical.sha256(manifest)

    def _prune(self, best: int) -> None:
        """Keep the last two and the best."""
        for step in self.steps()[2:]:
            if step != best:
                shutil.rmtree(self.path(step), ignore_errors=True)

    def load_newest(self, warn: Callable[[str, str], None]) -> Loaded | None:
        """The newest checkpoint that is sound; warn(message, advice) about each damaged one on the way,
        and about a beginning from nothing when all are. None when there is none."""
        steps = self.steps()
        for step in steps:
            try:
                return self.load(step)
            except DAMAGED as e:
                warn(f"the checkpoint of step {step} is damaged ({e})", "Training goes on from an earlier one.")
                # Out of the way, so that it neither counts among the kept ones nor is tried again.
                shutil.rmtree(self.path(step), ignore_errors=True)
        if steps:
            warn("no checkpoint is whole: training starts from the beginning", "")
        return None

    def load(self, step: int) -> Loaded:
        """The checkpoint of a step. One of DAMAGED when it is missing or damaged."""
        path = self.path(step)
        manifest = json.loads((path / "manifest.json").read_bytes())
        for name in ("adapter.safetensors", "optimizer.safetensors", "state.json"):
            want, part = manifest["files"][name], path / name
            if part.stat().st_size != want["bytes"] or files.sha256(part) != want["sha256"]:
                raise ValueError(f"{name} differs from the manifest")
        state = State(**json.loads((path / "state.json").read_bytes()))
        if state.step != step or manifest["step"] != step:
            raise ValueError("its step differs from its name")
        weights = tensors.read(path / "adapter.safetensors")
        moments = tensors.read(path / "optimizer.safetensors")
        rng = {k.removeprefix("rng."): v for k, v in moments.items() if k.startswith("rng.")}
        return Loaded(state, weights, {k: v for k, v in moments.items() if not k.startswith("rng.")}, rng)


_SAME = (
    ("recipe_digest", "recipe"),
    ("data_digest", "data"),
    ("base_digest", "base"),
    ("tokens_digest", "tokenisation of the same data"),
)


def require_same(old: State, new: State) -> None:
    """Refuse to go on from a checkpoint of another recipe, other data or another base."""
    for name, what in _SAME:
        if getattr(old, name) != getattr(new, name):
            raise JobError(
                "refused", f"the checkpoint was made with another {what}", "Make a new run; this one cannot go on."
            )
