"""One matrix product for a group of linear layers and their adapters.

Linear layers that read the same input (query, key and value; gate and up) stand stacked in one matrix, and the matrix
carries spare columns that hold s·B, block by block: with W (out, in), A (k·r, in) and the tail T (out, k·r)

    Y = [X | X Aᵀ] [W | T]ᵀ          forward, the adapter added inside the product's accumulator
    [dX' | G] = dY [W | T]           backward, G = s dY B comes out of the same product
    dX = dX' + G A,  dA = Gᵀ X,  dB = s dYᵀ (X Aᵀ)

The input X is not kept for the backward pass: the prologue (a norm, a gated activation, or nothing) makes it again from
what stands in memory anyway. LoRA: Hu et al. 2021; rsLoRA's scale: Kalajdzievski 2023.

A base in four bits has no columns to spare. There W is unpacked for each product and T stands by itself: the same four
lines with [W | T] taken apart.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from . import nf4


@dataclass(frozen=True)
class Split:
    """Where a projection adds its adapter's gradient apart by group of rows, at the cost of the rank-r products alone.

    spans: (first, last + 1, group) of the rows in what the projection is given. a[group] (k·r, in) and
    b[group][part] (rows, r) are added to; over all groups the additions sum to the ordinary gradient.
    """

    spans: list[tuple[int, int, int]]
    a: list[Tensor]
    b: list[list[Tensor]]


class Projection:
    """A group of linear layers that read the same input, as one frozen matrix with room for adapters.

    parts: (name, rows) of the layers in their order. weight: (out, in + tail), the last `tail` columns are the
    adapter's. bias: (out,) or None.
    """

    def __init__(self, parts: list[tuple[str, int]], weight: Tensor, bias: Tensor | None, width: int):
        self.parts, self.weight, self.bias, self.width = parts, weight, bias, width
        self.a: Tensor | None = None  # (k·r, in), leaf
        self.b: list[Tensor] = []  # per part (rows, r), leaves
        self.rank, self.scale, self.dropout = 0, 1.0, 0.0
        self.split: Split | None = None

    @property
    def kept_scale(self) -> float:
        """What dropout multiplies the inputs with that it keeps."""
        return 1 / (1 - self.dropout)

    def numbers(self) -> Tensor:
        """The frozen W, (out, in)."""
        return self.weight[:, : self.width]

    @property
    def tail(self) -> Tensor:
        """T, (out, k·r)."""
        return self.weight[:, self.width :]

    def make_room(self, columns: int) -> None:
        """Have a tail of so many columns, zeros."""
        if self.weight.shape[1] != self.width + columns:
            wider = self.weight.new_zeros(self.weight.shape[0], self.width + columns)
            wider[:, : self.width] = self.numbers()
            self.weight = wider

    def product(self, ext: Tensor, first: Tensor | None) -> Tensor:
        """[X | X Aᵀ] [W | T]ᵀ, (time, out), plus what `first` has for each row or for all."""
        return ext @ self.weight.t() if first is None else torch.addmm(first, ext, self.weight.t())

    def back(self, grad: Tensor, wants_input: bool) -> tuple[Tensor | None, Tensor]:
        """(dX', G) of dY (time, out); None for dX' where it is not wanted."""
        if not wants_input:
            return None, grad @ self.tail
        both = grad @ self.weight
        return both[:, : self.width], both[:, self.width :].contiguous()

    def plain(self, x: Tensor) -> Tensor:
        """The bare base: (time, in) -> (time, out)."""
        return F.linear(x, self.numbers(), self.bias)

    def attach(self, a: Tensor, b: list[Tensor], scale: float, dropout: float) -> None:
        """Take the adapter's leaves; they are views of the flat float32 master."""
        self.make_room(a.shape[0])
        self.a, self.b, self.scale, self.dropout, self.rank = a, b, scale, dropout, a.shape[0] // len(self.parts)
        self.refresh()

    @torch.no_grad()
    def refresh(self) -> None:
        """Copy s·B into the tail: after every change of B."""
        row, tail = 0, self.tail
        for i, ((_, rows), b) in enumerate(zip(self.parts, self.b, strict=True)):
            at = i * self.rank
            tail[row : row + rows, at : at + self.rank] = b * self.scale
            row += rows

    def __call__(self, prologue, residual: Tensor | None, *inputs: Tensor, adapter: bool, train: bool) -> Tensor:
        """prologue(inputs) through the layers, plus the residual. With adapter=False the bare base."""
        if not adapter or self.a is None:
            y = self.plain(prologue.made(*inputs, self.width))
            return y if residual is None else residual + y
        keep = _keep_mask(len(inputs[0]), self.width, self.dropout, inputs[0].device) if train else None
        return _Project.apply(self, prologue, residual, keep, self.a, len(inputs), *inputs, *self.b)


class Packed(Projection):
    """The same with W in four bits; the tail stands by itself."""

    def __init__(self, parts: list[tuple[str, int]], packed: nf4.Matrix, bias: Tensor | None, width: int):
        super().__init__(parts, torch.empty(packed.shape[0], 0, dtype=packed.dtype, device=packed.device), bias, width)
        self.packed = packed

    def numbers(self) -> Tensor:
        return self.packed.numbers()

    @property
    def tail(self) -> Tensor:
        return self.weight

    def make_room(self, columns: int) -> None:
        self.weight = self.weight.new_zeros(self.weight.shape[0], columns)

    def product(self, ext: Tensor, first: Tensor | None) -> Tensor:
        x, low, w = ext[:, : self.width], ext[:, self.width :], self.numbers().t()
        y = x @ w if first is None else torch.addmm(first, x, w)
        return y.addmm_(low, self.tail.t())

    def back(self, grad: Tensor, wants_input: bool) -> tuple[Tensor | None, Tensor]:
        return grad @ self.numbers() if wants_input else None, grad @ self.tail


def _kept(x: Tensor, keep: Tensor | None) -> Tensor:
    """x with zeros where dropout takes it; keep (rows, width) bool or None. What stays is not scaled here: the narrow
    side of the product is."""
    # A bool converts to floating point five times slower than a byte does.
    return x if keep is None else x * keep.view(torch.uint8).to(x.dtype)


def _keep_mask(rows: int, width: int, p: float, device: torch.device) -> Tensor | None:
    """Which inputs of the adapter stay, (rows, width) bool. p is held to 1/65536. None without dropout."""
    if p == 0:
        return None
    count = rows * width
    if device.type != "cpu":
        return torch.rand(rows, width, device=device) >= p
    # Four 16-bit numbers from each drawn one: a quarter of the time.
    drawn = torch.empty(-(-count // 4), dtype=torch.int64).random_(-(2**63), None).view(torch.int16)[:count]
    return (drawn >= round(p * 65536) - 32768).view(rows, width)


class _Project(torch.autograd.Function):
    @staticmethod
    def forward(ctx, p: Projection, prologue, residual, keep, a, n, *rest):
        inputs = rest[:n]
        time, width, tail = len(inputs[0]), p.width, a.shape[0]
        ext = inputs[0].new_empty(time, width + tail)
        x = ext[:, :width]
        prologue.forward(x, *inputs)
        low = _kept(x, keep) @ a.to(x.dtype).t()  # (time, k·r)
        if keep is not None:
            low *= p.kept_scale
        ext[:, width:] = low
        y = p.product(ext, p.bias if residual is None else residual)
        if residual is not None and p.bias is not None:
            y += p.bias
        ctx.p, ctx.prologue, ctx.n, ctx.residual = p, prologue, n, residual is not None
        ctx.save_for_backward(low, keep, a, *inputs)
        return y

    @staticmethod
    def backward(ctx, grad):
        p, (low, keep, a, *inputs) = ctx.p, ctx.saved_tensors
        wants_input = any(ctx.needs_input_grad[6 : 6 + ctx.n])
        dx, g = p.back(grad, wants_input)
        if keep is not None:
            g = g * p.kept_scale
        d_inputs: tuple[Tensor | None, ...] = (None,) * ctx.n
        if wants_input:
            low_a = a.to(grad.dtype)
            if keep is None:
                dx.addmm_(g, low_a)
            else:
                dx += _kept(g @ low_a, keep)
            d_inputs, x = ctx.prologue.both(dx, *inputs, p.width)
        else:
            x = ctx.prologue.made(*inputs, p.width)
        x = _kept(x, keep)
        da, db = _adapter_gradient(p, g, x, grad, low)
        if p.split is not None:
            for first, end, group in p.split.spans:
                rows = slice(first, end)
                part_a, part_b = _adapter_gradient(p, g[rows], x[rows], grad[rows], low[rows])
                p.split.a[group].add_(part_a)
                for own, part in zip(p.split.b[group], part_b, strict=True):
                    own.add_(part)
        return (
            None,
            None,
            grad if ctx.residual else None,
            None,
            da.to(a.dtype),
            None,
            *d_inputs,
            *(b.to(a.dtype) for b in db),
        )


def _adapter_gradient(p: Projection, g: Tensor, x: Tensor, grad: Tensor, low: Tensor) -> tuple[Tensor, list[Tensor]]:
    """dA (k·r, in) and per part dB (rows, r), from G, X, dY and X Aᵀ of the same positions."""
    db, row = [], 0
    for i, (_, rows) in enumerate(p.parts):
        db.append((low[:, i * p.rank : (i + 1) * p.rank].t() @ grad[:, row : row + rows]).t() * p.scale)
        row += rows
    return g.t() @ x, db
