"""Rows that are computed together, behind one another without padding."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True)
class Batch:
    """A packed micro-batch.

    ids: (time,) int64. spans: (first, last + 1) of each row that has a trained token. where: (n,) int64, the positions
    whose next token is trained; targets: (n,) int64, those tokens; row_of: (n,) int64, the row each belongs to.
    """

    ids: Tensor
    spans: list[tuple[int, int]]
    where: Tensor
    targets: Tensor
    row_of: Tensor

    @property
    def positions(self) -> Tensor:
        """Position of each token in its own row, (time,) int64."""
        return torch.cat([torch.arange(b - a, device=self.ids.device) for a, b in self.spans])


def length(trained: Sequence[bool]) -> int:
    """Tokens of a row that have to be computed.

    The last trained token and what stands behind it are nobody's past: nothing that counts depends on them.
    """
    marked = np.flatnonzero(np.asarray(trained, bool)[1:])
    return int(marked[-1]) + 1 if len(marked) else 0


def pack(rows: Sequence[tuple[Sequence[int], Sequence[bool]]], device: torch.device) -> Batch:
    """Put rows of (ids, trained) behind one another. Rows without a trained token take no place."""
    ids, spans, where, targets, row_of, start = [], [], [], [], [], 0
    for number, (row_ids, trained) in enumerate(rows):
        end = length(trained)
        if end == 0:
            continue
        row_ids = np.asarray(row_ids, np.int64)
        at = np.flatnonzero(np.asarray(trained, bool)[1:])
        ids.append(row_ids[:end])
        spans.append((start, start + end))
        where.append(at + start)
        targets.append(row_ids[at + 1])
        row_of.append(np.full(len(at), number, np.int64))
        start += end
    flat = [np.concatenate(x) if x else np.zeros(0, np.int64) for x in (ids, where, targets, row_of)]
    tensors = [torch.from_numpy(x).to(device) for x in flat]
    return Batch(tensors[0], spans, *tensors[1:])


def groups(lengths: Sequence[int], budget: int) -> list[list[int]]:
    """Best-fit decreasing: row numbers in groups of at most `budget` tokens; a longer row stands alone.

    A pure function of its arguments. Groups and the rows in them keep their first row's order.
    """
    bins: list[list[int]] = []
    room: list[int] = []
    for i in sorted(range(len(lengths)), key=lambda i: (-lengths[i], i)):
        fitting = [(r, b) for b, r in enumerate(room) if r >= lengths[i]]
        if fitting:
            _, b = min(fitting)
            bins[b].append(i)
            room[b] -= lengths[i]
        else:
            bins.append([i])
            room.append(budget - lengths[i])
    return sorted(sorted(b) for b in bins)
