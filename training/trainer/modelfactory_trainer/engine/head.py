"""Cross-entropy on trained positions only, chunk by chunk, its gradient computed on the way."""

import torch
from torch import Tensor

from . import compiled

# Bytes of logits that exist at a time.
WORKSPACE = 96 << 20


class _TokenLosses(torch.autograd.Function):
    @staticmethod
    def forward(ctx, hidden: Tensor, weight: Tensor, targets: Tensor, softcap: float):
        n = len(hidden)
        chunk = max(1, WORKSPACE // (4 * weight.shape[0]))
        losses = hidden.new_empty(n, dtype=torch.promote_types(hidden.dtype, torch.float32))
        wants = ctx.needs_input_grad[0]
        grad = torch.empty_like(hidden) if wants else None
        for a in range(0, n, chunk):
            rows = slice(a, min(a + chunk, n))
            logits = (hidden[rows] @ weight.t()).to(losses.dtype)  # (rows, vocabulary)
            if not softcap and compiled.entropies(logits, targets[rows]):
                compiled.entropy(logits, targets[rows], losses[rows], wants)
            else:
                logits = _entropy(logits, targets[rows, None], losses[rows], wants, softcap)
            if wants:
                torch.mm(logits.to(weight.dtype), weight, out=grad[rows])
            del logits  # before the next chunk is made
        ctx.save_for_backward(grad)
        return losses

    @staticmethod
    def backward(ctx, grad_losses):
        (grad,) = ctx.saved_tensors
        return grad * grad_losses[:, None].to(grad.dtype), None, None, None


def _entropy(logits: Tensor, picked: Tensor, losses: Tensor, wants: bool, softcap: float) -> Tensor:
    """Fill losses (rows,) with -log softmax(capped logits)[picked]; what is returned is their gradient by the logits
    (rows, vocabulary) where it is wanted. The logits are spent."""
    if softcap:
        logits.div_(softcap).tanh_()
        capped = logits.clone() if wants else None  # tanh(z / cap)
        logits.mul_(softcap)
    chosen = logits.gather(1, picked).squeeze(1)
    top = logits.amax(1, keepdim=True)
    logits.sub_(top).exp_()
    total = logits.sum(1, keepdim=True)
    losses.copy_(total.squeeze(1).log() + top.squeeze(1) - chosen)
    if wants:
        logits.div_(total)
        logits.scatter_add_(1, picked, torch.full_like(picked, -1, dtype=logits.dtype))
        if softcap:
            logits.mul_(1 - capped.square())
    return logits


def token_losses(hidden: Tensor, weight: Tensor, targets: Tensor, softcap: float = 0.0) -> Tensor:
    """-log p(target) in nats for each position, (n,), at least float32.

    hidden (n, width), weight (vocabulary, width) frozen, targets (n,) int64. Softmax minus the target is known as soon
    as the logits are, so the gradient of each position is taken in the forward pass and the logits are never kept.
    """
    return _TokenLosses.apply(hidden, weight, targets, softcap)
