"""Cross-entropy over trained positions only."""

import torch
from torch import Tensor
from torch.nn import functional as F

from .model import Model


def batch_tensors(rows: list[tuple], device: torch.device) -> tuple[Tensor, Tensor]:
    """Pad rows of (ids, trained) on the right. Returns ids (batch, time) int64 and trained (batch, time) bool."""
    time = max(len(ids) for ids, _ in rows)
    ids = torch.zeros((len(rows), time), dtype=torch.int64)
    trained = torch.zeros((len(rows), time), dtype=torch.bool)
    for b, (row_ids, row_trained) in enumerate(rows):
        ids[b, : len(row_ids)] = torch.tensor(row_ids, dtype=torch.int64)
        trained[b, : len(row_ids)] = torch.tensor(row_trained, dtype=torch.bool)
    return ids.to(device), trained.to(device)


def summed(model: Model, ids: Tensor, trained: Tensor) -> Tensor:
    """Sum of -log p(token) in nats over the trained tokens, float32 scalar.

    ids (batch, time) int64, trained (batch, time) bool. The token at time t is predicted at t-1.
    """
    where = torch.zeros_like(trained)
    where[:, :-1] = trained[:, 1:]
    logits = model.logits_at(ids, where)  # (n, vocabulary)
    targets = ids[:, 1:][trained[:, 1:]]  # (n,)
    return F.cross_entropy(logits, targets, reduction="sum")
