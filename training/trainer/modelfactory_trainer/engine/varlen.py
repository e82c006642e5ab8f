"""Attention of all documents of a packed batch in one call: torch's flash kernels for many lengths (Dao 2023), on CUDA
and ROCm, with bfloat16 or float16.

torch.nn.attention.varlen calls the same two operators, and imports torch's compiler for it. They are taken on a device
after a trial there; whatever is odd leaves the documents to be computed one after another.
"""

import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor

from .families import Shape

Spans = list[tuple[int, int]]
Loop = Callable[[Tensor, Tensor, Tensor, Spans, float, int], Tensor]  # attention.causal, document by document

DEVICES, DTYPES = ("cuda",), (torch.bfloat16, torch.float16)  # torch calls ROCm "cuda" too
# Of the trial: tokens of its documents, its window, and how far results may be from float32, relative by norm. Rounding
# to bfloat16 alone makes 0.005; a token too many in each window 0.1.
TRIED, WINDOW, TOLERANCE = (1, 130, 17, 300, 64), 40, 1e-2


@dataclass(frozen=True)
class Lengths:
    """A batch's documents as the kernels ask for them, made once for all layers.

    ends: (documents + 1,) int32, 0 and the end of each. longest: tokens of the longest. windowed: whether the kernels
    are taken with a window shorter than that.
    """

    ends: Tensor
    longest: int
    windowed: bool

    def take(self, window: int) -> bool:
        """Whether a layer with this window (0 = none) goes through the kernels."""
        return self.windowed or not window or window >= self.longest


def lengths(spans: Spans, shape: Shape, device: torch.device, dtype: torch.dtype, loop: Loop) -> Lengths | None:
    """Of the documents of a batch, which stand behind one another from 0 on; None where they are to be computed one
    after another."""
    if device.type not in DEVICES:
        return None
    longest = max(b - a for a, b in spans)
    if longest == 1:  # there the kernels take heads for positions
        return None
    if not taken(shape, device, dtype, 0, loop):
        return None
    windowed = any(shape.window_of) and taken(shape, device, dtype, WINDOW, loop)
    return Lengths(_ends(spans, device), longest, windowed)


def _ends(spans: Spans, device: torch.device) -> Tensor:
    return torch.tensor([0, *(b for _, b in spans)], dtype=torch.int32, device=device)


@functools.cache
def taken(shape: Shape, device: torch.device, dtype: torch.dtype, window: int, loop: Loop) -> bool:
    """Whether the trial went well; it is made once in a process and says so on standard error, the run's log."""
    why = trial(shape, device, dtype, window, loop)
    which = "with a window" if window else "without a window"
    how = f"one after another, since {why}" if why else "all in one call"
    print(f"attention of packed documents {which}: {how}", file=sys.stderr, flush=True)
    return not why


def trial(shape: Shape, device: torch.device, dtype: torch.dtype, window: int, loop: Loop) -> str:
    """Why the kernels are not taken for the heads of this shape, in a line; empty where they are.

    They have to give what the loop gives in float32 on the same device, forward and backward, within TOLERANCE; and
    where torch is asked for deterministic algorithms, the same bits each time.
    """
    if dtype not in DTYPES:
        return f"the kernels know no {dtype}"
    if shape.attn_softcap:
        return "the kernels cap no scores"
    h, kv, d, scale = shape.heads, shape.kv_heads, shape.head_dim, shape.scale
    ends = [sum(TRIED[: i + 1]) for i in range(len(TRIED))]
    spans = list(zip([0, *ends], ends, strict=False))
    g = torch.Generator().manual_seed(0)  # of its own: the run's draws stay as they are
    qkv = torch.randn(ends[-1], h + 2 * kv, d, generator=g).to(dtype).to(device)
    grad = torch.randn(ends[-1], h * d, generator=g).to(dtype).to(device)

    def numbers(run: Callable[..., Tensor], dtype: torch.dtype) -> list[Tensor]:
        x = qkv.to(dtype, copy=True).requires_grad_()
        with torch.enable_grad():
            out = run(*x.split([h, kv, kv], 1))
        (back,) = torch.autograd.grad(out, x, grad.to(dtype))
        return [out.detach().float(), *back.float().split([h, kv, kv], 1)]

    try:
        where = Lengths(_ends(spans, device), max(TRIED), True)
        want = numbers(lambda q, k, v: loop(q, k, v, spans, scale, window), torch.float32)
        found = [numbers(lambda q, k, v: attend(q, k, v, where, scale, window), dtype) for _ in range(3)]
        for name, a, b in zip(("result", "query", "key", "value"), found[0], want, strict=True):
            off = float((a - b).norm() / b.norm())
            if not off <= TOLERANCE:  # NaN too
                return f"the kernels are off by {off:.1e} ({name})"
        same = all(torch.equal(a, b) for other in found[1:] for a, b in zip(found[0], other, strict=True))
        if torch.are_deterministic_algorithms_enabled() and not same:
            return "the kernels give other bits each time"
    except torch.OutOfMemoryError:
        raise  # says nothing about the kernels: the step begins again with fewer tokens
    except (RuntimeError, ValueError, TypeError, AttributeError) as e:
        return f"the kernels fail: {(str(e).strip() or type(e).__name__).splitlines()[0]}"
    return ""


def attend(q: Tensor, k: Tensor, v: Tensor, where: Lengths, scale: float, window: int) -> Tensor:
    """q (time, heads, head_dim), k and v (time, kv heads, head_dim) -> (time, heads · head_dim), causal inside each
    document. window > 0: only that many tokens back, itself included."""
    return _Flash.apply(q, k, v, where, scale, window if window < where.longest else 0)


class _Flash(torch.autograd.Function):
    @staticmethod
    def forward(ctx, q, k, v, where: Lengths, scale: float, window: int):
        ctx.more = {"scale": scale}
        if window:  # the kernels count the tokens before
            ctx.more |= {"window_size_left": window - 1, "window_size_right": 0}
        # Where a window is set, its right side says that nobody sees what comes behind.
        ctx.lengths = where.ends, where.ends, where.longest, where.longest, 0.0, not window
        out, sums, *ctx.rest, _ = torch.ops.aten._flash_attention_forward(q, k, v, *ctx.lengths, False, **ctx.more)
        ctx.save_for_backward(q, k, v, out, sums)
        return out.flatten(1)

    @staticmethod
    def backward(ctx, grad):
        q, k, v, out, sums = ctx.saved_tensors
        with _in_order():
            grads = torch.ops.aten._flash_attention_backward(
                grad.reshape(out.shape), q, k, v, out, sums, *ctx.lengths, *ctx.rest, **ctx.more
            )
        return *grads, None, None, None


@contextmanager
def _in_order() -> Iterator[None]:
    """Context in which the kernels add up in one order, where deterministic algorithms are asked for. With the mode
    "warn" torch's flash attention only warns; its deterministic algorithm is behind "error" (attention_backward.cu)."""
    before = torch.get_deterministic_debug_mode()
    if not before:
        yield
        return
    torch.set_deterministic_debug_mode("error")
    try:
        yield
    finally:
        torch.set_deterministic_debug_mode(before)
