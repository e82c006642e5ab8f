"""Causal attention of documents that stand behind one another in a packed batch."""

import torch
from torch import Tensor
from torch.nn import functional as F

from . import compiled, varlen
from .families import Rope


class Rotation:
    """Cosine and sine of every position of a batch, (time, dim / 2), float32."""

    def __init__(self, rope: Rope, positions: Tensor):
        angle = positions.float()[:, None] * rope.inv_freq().to(positions.device)
        self.cos, self.sin, self.dim = angle.cos(), angle.sin(), rope.dim

    def turn_(self, x: Tensor, back: bool = False) -> None:
        """Rotate the heads x (time, heads, head_dim) in place; `back` undoes it."""
        if compiled.rotates(x, self.cos):
            compiled.rotate(x, self.cos, self.sin, -1 if back else 1)
            return
        half = self.dim // 2
        first, second = x[..., :half], x[..., half : self.dim]
        cos, sin = self.cos.to(x.dtype)[:, None], self.sin.to(x.dtype)[:, None]
        if back:
            sin = -sin
        turned = first * cos
        turned.addcmul_(second, sin, value=-1)
        second.mul_(cos).addcmul_(first, sin)
        first.copy_(turned)


class Rotate(torch.autograd.Function):
    """Query and key of qkv (time, heads · head_dim) turned by position, in place; value untouched."""

    @staticmethod
    def forward(ctx, qkv: Tensor, rotation: Rotation, heads: int, head_dim: int):
        ctx.rotation, ctx.heads, ctx.head_dim = rotation, heads, head_dim
        rotation.turn_(qkv[:, : heads * head_dim].view(len(qkv), heads, head_dim))
        ctx.mark_dirty(qkv)
        return qkv

    @staticmethod
    def backward(ctx, grad):
        grad = grad.contiguous()
        turned = grad[:, : ctx.heads * ctx.head_dim].view(len(grad), ctx.heads, ctx.head_dim)
        ctx.rotation.turn_(turned, back=True)
        return grad, None, None, None


def causal(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    spans: list[tuple[int, int]],
    scale: float,
    window: int = 0,
    softcap: float = 0.0,
    lengths: varlen.Lengths | None = None,
) -> Tensor:
    """q (time, heads, head_dim), k and v (time, kv heads, head_dim) -> (time, heads · head_dim).

    Each span (first, last + 1) is a document: it sees itself alone. window > 0: only that many tokens back, itself
    included. softcap > 0: scores are capped by softcap · tanh(score / softcap), as in Gemma 2.
    lengths: of the same documents, where they may go through the kernels for all at once.
    """
    if lengths is not None and lengths.take(window) and not softcap:
        return varlen.attend(q, k, v, lengths, scale, window)
    unbounded = not window or window >= max(b - a for a, b in spans)
    if q.device.type == "cpu" and unbounded and not softcap and q.dtype != torch.float64:
        return _Documents.apply(q, k, v, spans, scale)
    outs = []
    for a, b in spans:
        qs, ks, vs = (_heads_first(x[a:b]) for x in (q, k, v))
        length = b - a
        if softcap:
            out = _capped(qs, ks, vs, scale, softcap, _band(length, length, window, q.device))
        elif window and length > window:
            mask = _band(length, length, window, q.device)
            out = F.scaled_dot_product_attention(qs, ks, vs, attn_mask=mask, scale=scale, enable_gqa=True)
        else:
            out = F.scaled_dot_product_attention(qs, ks, vs, is_causal=True, scale=scale, enable_gqa=True)
        outs.append(out.squeeze(0).transpose(0, 1).reshape(length, -1))
    return outs[0] if len(outs) == 1 else torch.cat(outs)


def _heads_first(x: Tensor) -> Tensor:
    """(time, heads, head_dim) as (1, heads, time, head_dim), without a copy."""
    return x.transpose(0, 1).unsqueeze(0)


class _Documents(torch.autograd.Function):
    """On the processor: in compiled code, in float32; else torch's own flash attention, document by document, without a
    copy of the gradients of each slice."""

    @staticmethod
    def forward(ctx, q, k, v, spans, scale):
        ctx.spans, ctx.scale = spans, scale
        ctx.compiled = compiled.attends(q, k, v)
        if ctx.compiled:
            out, sums = compiled.attention(*(x.float() for x in (q, k, v)), spans, scale)
            out = out.to(q.dtype)
            ctx.save_for_backward(q, k, v, out, sums)
            return out.flatten(1)
        out = torch.empty_like(q, memory_format=torch.contiguous_format)
        sums = []
        for a, b in spans:
            part, sum_ = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(
                *(_heads_first(x[a:b]) for x in (q, k, v)), 0.0, True, scale=scale
            )
            out[a:b] = part.squeeze(0).transpose(0, 1)
            sums.append(sum_)
        ctx.save_for_backward(q, k, v, out, *sums)
        return out.flatten(1)

    @staticmethod
    def backward(ctx, grad):
        q, k, v, out, *sums = ctx.saved_tensors
        grad = (grad if grad.stride(-1) == 1 else grad.contiguous()).view(out.shape)
        if ctx.compiled:
            wide = [x.float() for x in (grad, q, k, v, out)]
            grads = compiled.attention_backward(*wide, *sums, ctx.spans, ctx.scale)
            return *(x.to(q.dtype) for x in grads), None, None
        grads = tuple(torch.empty_like(x, memory_format=torch.contiguous_format) for x in (q, k, v))
        for (a, b), sum_ in zip(ctx.spans, sums, strict=True):
            parts = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu_backward(
                *(_heads_first(x[a:b]) for x in (grad, q, k, v, out)), sum_, 0.0, True, scale=ctx.scale
            )
            for whole, part in zip(grads, parts, strict=True):
                whole[a:b] = part.squeeze(0).transpose(0, 1)
        return *grads, None, None


def cached(q: Tensor, k: Tensor, v: Tensor, scale: float, window: int = 0, softcap: float = 0.0) -> Tensor:
    """As causal, for the last len(q) positions of one document whose keys and values k, v are all there."""
    mask = _band(len(q), len(k), window, q.device)
    qs, ks, vs = (_heads_first(x) for x in (q, k, v))
    if softcap:
        out = _capped(qs, ks, vs, scale, softcap, mask)
    else:
        out = F.scaled_dot_product_attention(qs, ks, vs, attn_mask=mask, scale=scale, enable_gqa=True)
    return out.squeeze(0).transpose(0, 1).reshape(len(q), -1)


def _band(queries: int, keys: int, window: int, device: torch.device) -> Tensor:
    """Which keys a query sees, (queries, keys) bool; the queries are the last positions."""
    back = torch.arange(keys - queries, keys, device=device)[:, None] - torch.arange(keys, device=device)
    return (back >= 0) & (back < window) if window else back >= 0


def _capped(q: Tensor, k: Tensor, v: Tensor, scale: float, softcap: float, mask: Tensor) -> Tensor:
    groups = q.shape[1] // k.shape[1]
    k, v = k.repeat_interleave(groups, 1), v.repeat_interleave(groups, 1)
    scores = softcap * torch.tanh((q @ k.transpose(2, 3)) * scale / softcap)
    return torch.softmax(scores.masked_fill(~mask, float("-inf")).float(), -1).to(q.dtype) @ v
