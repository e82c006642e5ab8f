"""AdamW, the learning rate as a pure function of the step, gradient clipping."""

import math

import torch
from torch import Tensor, nn

from .recipe import Recipe


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


class Optimiser:
    """AdamW (Loshchilov and Hutter 2019) over named float32 parameters, with a state that can be saved."""

    def __init__(self, named: list[tuple[str, nn.Parameter]], recipe: Recipe):
        self._named = named
        self._recipe = recipe
        self._adam = torch.optim.AdamW(
            [p for _, p in named],
            lr=recipe.learning_rate,
            betas=(0.9, 0.999),
            eps=1e-8,
            weight_decay=recipe.weight_decay,
        )

    def zero(self) -> None:
        self._adam.zero_grad(set_to_none=True)

    def step(self, lr: float) -> float:
        """Clip, take one step at this learning rate, and return the gradient's norm before clipping."""
        limit = self._recipe.clip_norm or math.inf
        norm = nn.utils.clip_grad_norm_([p for _, p in self._named], limit)
        if not torch.isfinite(norm):
            return float(norm)  # the weights stay as they are
        for group in self._adam.param_groups:
            group["lr"] = lr
        self._adam.step()
        return float(norm)

    def state(self) -> dict[str, Tensor]:
        """First and second moments by parameter name, float32, and the step count."""
        out = {}
        for name, p in self._named:
            s = self._adam.state.get(p)
            if s:
                for key in ("exp_avg", "exp_avg_sq", "step"):
                    out[f"{key}.{name}"] = s[key].detach().to("cpu", copy=True).contiguous()
        return out

    def load(self, state: dict[str, Tensor]) -> None:
        for name, p in self._named:
            if f"step.{name}" not in state:
                continue
            self._adam.state[p] = {
                "step": state[f"step.{name}"].clone(),
                "exp_avg": state[f"exp_avg.{name}"].to(p.device, copy=True),
                "exp_avg_sq": state[f"exp_avg_sq.{name}"].to(p.device, copy=True),
            }
