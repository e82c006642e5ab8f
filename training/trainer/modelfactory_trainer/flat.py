"""The adapter's numbers as one flat float32 vector, and its gradient as another."""

import hashlib

import torch
from torch import Tensor

from .errors import JobError


class Flat:
    """Named tensors that are views of one vector. `vector` and `grad` are (n,) of the master's dtype.

    The views of `leaves` take part in autograd; what it adds to their gradients lands in `grad`.
    """

    def __init__(self, shapes: dict[str, tuple[int, ...]], device: torch.device, dtype: torch.dtype = torch.float32):
        self.shapes = shapes
        total = sum(torch.Size(s).numel() for s in shapes.values())
        self.vector = torch.zeros(total, device=device, dtype=dtype)
        self.grad = torch.zeros_like(self.vector)

    def views(self, vector: Tensor) -> dict[str, Tensor]:
        """A vector of the same length, cut into the named tensors without a copy."""
        out, at = {}, 0
        for name, shape in self.shapes.items():
            count = torch.Size(shape).numel()
            out[name] = vector[at : at + count].view(shape)
            at += count
        return out

    def named(self, vector: Tensor) -> dict[str, Tensor]:
        """As views, in CPU memory and sorted by name: what goes into a file. On the processor nothing is copied."""
        return dict(sorted(self.views(vector.detach().cpu()).items()))

    def digest(self) -> str:
        """SHA-256 of the adapter's numbers."""
        return hashlib.sha256(self.vector.detach().cpu().numpy()).hexdigest()

    @torch.no_grad()
    def load(self, vector: Tensor, tensors: dict[str, Tensor]) -> None:
        """Fill a vector from named tensors. Refused when names or shapes differ."""
        own = self.views(vector)
        if own.keys() != tensors.keys() or any(own[n].shape != t.shape for n, t in tensors.items()):
            raise JobError("base", "the adapter does not fit this base", "Use the base that the adapter names.")
        for name, t in tensors.items():
            own[name].copy_(t)

    def part(self, vector: Tensor, first: str, shape: tuple[int, ...]) -> Tensor:
        """The numbers of a vector from tensor `first` on as `shape`; it may span several that follow one another."""
        at = 0
        for name, own in self.shapes.items():
            if name == first:
                break
            at += torch.Size(own).numel()
        return vector[at : at + torch.Size(shape).numel()].view(shape)

    def leaf(self, first: str, shape: tuple[int, ...]) -> Tensor:
        """The same part of `vector` as a leaf of autograd, whose gradient is the part of `grad`."""
        leaf = self.part(self.vector, first, shape).detach().requires_grad_()
        leaf.grad = self.part(self.grad, first, shape)
        return leaf
