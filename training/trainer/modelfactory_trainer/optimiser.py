"""AdamW over one flat vector, the learning rate as a pure function of the step, gradient clipping."""

import math

import torch
from torch import Tensor

from .flat import Flat
from .recipe import Recipe

BETA1, BETA2, EPS = 0.9, 0.999, 1e-8
PIECE = 16384  # below what torch gives to several threads


def learning_rate(recipe: Recipe, step: int, steps: int) -> float:
    """Learning rate of optimiser step `step` (from 0) of `steps`.

    It rises in a line over the warm-up, never from zero, then falls to a tenth along a half cosine, to zero in a line,
    or stays.
    """
    warmup = round(recipe.warmup_share * steps)
    if step < warmup:
        return recipe.learning_rate * (step + 1) / (warmup + 1)
    done = (step - warmup) / max(1, steps - warmup)  # in [0, 1)
    if recipe.scheduler == "cosine":
        return recipe.learning_rate * (0.1 + 0.9 * 0.5 * (1 + math.cos(math.pi * done)))
    if recipe.scheduler == "linear":
        return recipe.learning_rate * (1 - done)
    return recipe.learning_rate


def _norm(vector: Tensor) -> float:
    """Euclidean norm, piece by piece: a sum over all of it would depend on the number of threads."""
    rows = len(vector) // PIECE
    pieces = torch.linalg.vector_norm(vector[: rows * PIECE].view(rows, PIECE), dim=1).tolist()
    return math.hypot(*pieces, float(torch.linalg.vector_norm(vector[rows * PIECE :])))


class Optimiser:
    """AdamW (Loshchilov and Hutter 2019) over the adapter's numbers, with a state that can be saved."""

    def __init__(self, flat: Flat, recipe: Recipe):
        self._flat, self._recipe = flat, recipe
        self._first, self._second = torch.zeros_like(flat.vector), torch.zeros_like(flat.vector)
        self._scratch = torch.empty_like(flat.vector)
        self._steps = 0

    def zero(self) -> None:
        self._flat.grad.zero_()

    @torch.no_grad()
    def step(self, lr: float) -> float:
        """Clip, take one step at this learning rate, and return the gradient's norm before clipping.

        Where the norm is not finite the numbers stay as they are.
        """
        p, g, m, v = self._flat.vector, self._flat.grad, self._first, self._second
        norm = _norm(g)
        if not math.isfinite(norm):
            return norm
        limit = self._recipe.clip_norm
        if limit and norm > limit:
            g.mul_(limit / (norm + 1e-6))
        self._steps += 1
        m.lerp_(g, 1 - BETA1)
        v.mul_(BETA2).addcmul_(g, g, value=1 - BETA2)
        if self._recipe.weight_decay:
            p.mul_(1 - lr * self._recipe.weight_decay)
        torch.sqrt(v, out=self._scratch).div_(math.sqrt(1 - BETA2**self._steps)).add_(EPS)
        p.addcdiv_(m, self._scratch, value=-lr / (1 - BETA1**self._steps))
        return norm

    def state(self) -> dict[str, Tensor]:
        """First and second moments by parameter name, float32, and the step count. On the processor they are views."""
        out = {"step": torch.tensor(float(self._steps))}
        for key, vector in (("exp_avg", self._first), ("exp_avg_sq", self._second)):
            out |= {f"{key}.{name}": t for name, t in self._flat.named(vector).items()}
        return out

    def load(self, state: dict[str, Tensor]) -> None:
        for key, vector in (("exp_avg", self._first), ("exp_avg_sq", self._second)):
            named = {n.removeprefix(f"{key}."): t for n, t in state.items() if n.startswith(f"{key}.")}
            self._flat.load(vector, named)
        self._steps = int(state["step"])
