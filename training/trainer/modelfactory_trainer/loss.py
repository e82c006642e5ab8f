"""What a step minimises: cross-entropy of the trained tokens, or the preference of one answer over another."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from . import batch
from .batch import Batch
from .model import Model
from .recipe import Recipe
from .table import Table

Tokens = tuple[np.ndarray, np.ndarray]  # ids int32, trained bool


class Objective(Protocol):
    """A unit is what stays together in a micro-batch: one row's tokens, or the two answers of a pair."""

    def unit(self, table: Table, i: int) -> list[Tokens]: ...

    def weight(self, unit: list[Tokens]) -> int:
        """What the unit counts in the mean over a step."""
        ...

    def losses(self, model: Model, packed: Batch, units: int) -> Tensor:
        """Loss of each unit of a packed batch, (units,), to be summed and divided by the step's weights."""
        ...


class Likelihood:
    """-log p in nats, a mean over trained tokens."""

    def unit(self, table: Table, i: int) -> list[Tokens]:
        return [table.row(i)]

    def weight(self, unit: list[Tokens]) -> int:
        return int(unit[0][1][1:].sum())

    def losses(self, model: Model, packed: Batch, units: int) -> Tensor:
        return by_row(model.token_losses(packed), packed, units)


class Preference:
    """Direct preference optimisation (Rafailov et al. 2023), a mean over pairs.

    -log sigmoid(β (gain of the chosen - gain of the rejected answer)), a gain being how much more likely the adapter
    makes an answer than the bare base does.
    """

    def __init__(self, beta: float):
        self.beta = beta

    def unit(self, table: Table, i: int) -> list[Tokens]:
        return list(table.pair(i))

    def weight(self, unit: list[Tokens]) -> int:
        return 1

    def losses(self, model: Model, packed: Batch, units: int) -> Tensor:
        with torch.no_grad(), model.without_adapter():
            base = by_row(model.token_losses(packed), packed, 2 * units)
        gain = base - by_row(model.token_losses(packed), packed, 2 * units)
        return -F.logsigmoid(self.beta * (gain[0::2] - gain[1::2]))


def objective(recipe: Recipe) -> Objective:
    return Preference(recipe.beta) if recipe.objective == "dpo" else Likelihood()


def by_row(losses: Tensor, packed: Batch, rows: int) -> Tensor:
    """Sum of the token losses (n,) of each row, (rows,)."""
    return losses.new_zeros(rows).index_add(0, packed.row_of, losses)


def micro_batches(units: Sequence[list[Tokens]], budget: int) -> list[list[int]]:
    """Numbers of the units that are computed together: at most `budget` tokens, packed best-fit."""
    return batch.groups([sum(batch.length(marks) for _, marks in unit) for unit in units], budget)


def pack(units: Sequence[list[Tokens]], device: torch.device) -> Batch:
    """The rows of the units behind one another."""
    return batch.pack([row for unit in units for row in unit], device)
