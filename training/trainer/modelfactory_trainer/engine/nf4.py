"""Frozen matrices in four bits a number: NF4 as in QLoRA (Dettmers et al. 2023), in the layout of bitsandbytes.

A block of 64 numbers that follow one another has its largest magnitude in float32, and each number is the place of the
nearest of 16 values between -1 and 1: nine sixteenths of a byte a number. A matrix is unpacked for each product.

Packing and unpacking are plain torch and give the numbers of bitsandbytes. On graphics cards its kernel unpacks, which
moves a quarter of the bytes. On processors plain torch needs a few hundredths of the product's own time, and
bitsandbytes would take 200 MB to import.
"""

import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor

BLOCK = 64
# Numbers at a time on the CPU, so that they stay in its cache: unpacked by each thread, and packed. So few torch gives
# to one thread alone: thousands of times two threads that wait for one another take minutes on a busy machine.
UNPACKED, PACKED = 1 << 16, 1 << 14

# The quantiles of a normal distribution that the paper's appendix E lists.
VALUES = torch.tensor(
    [
        -1.0,
        -0.6961928009986877,
        -0.5250730514526367,
        -0.39491748809814453,
        -0.28444138169288635,
        -0.18477343022823334,
        -0.09105003625154495,
        0.0,
        0.07958029955625534,
        0.16093020141124725,
        0.24611230194568634,
        0.33791524171829224,
        0.44070982933044434,
        0.5626170039176941,
        0.7229568362236023,
        1.0,
    ]
)


class Scratch:
    """One buffer that all matrices of a decoder are unpacked into, each over the one before."""

    def __init__(self, dtype: torch.dtype, device: torch.device):
        self._buffer = torch.empty(0, dtype=dtype, device=device)

    def room(self, rows: int, width: int) -> Tensor:
        """(rows, width), with the numbers of whatever was there."""
        if self._buffer.numel() < rows * width:
            self._buffer = self._buffer.new_empty(rows * width)
        return self._buffer[: rows * width].view(rows, width)


class Matrix:
    """A matrix (rows, width) in four bits, filled row by row; its width is a multiple of 64.

    packed: (rows · width / 2,) uint8, the earlier of two numbers in the upper bits. absmax: (rows · width / 64,)
    float32.
    """

    def __init__(self, rows: int, width: int, scratch: Scratch):
        room = scratch.room(rows, width)
        self.shape, self.dtype, self.device = (rows, width), room.dtype, room.device
        self.packed = torch.empty(rows * width // 2, dtype=torch.uint8, device=room.device)
        self.absmax = torch.empty(rows * width // BLOCK, dtype=torch.float32, device=room.device)
        self._scratch = scratch

    def fill(self, row: int, part: Tensor) -> None:
        """Pack the rows from `row` on. part: (rows, width) of any floating-point type on the CPU, so that a base has
        the same numbers on every device."""
        numbers, first = part.reshape(-1), row * self.shape[1]

        def some(at: int) -> None:
            packed, absmax = pack(numbers[at : at + PACKED])
            begun = first + at
            self.packed[begun // 2 :][: len(packed)] = packed.to(self.device)
            self.absmax[begun // BLOCK :][: len(absmax)] = absmax.to(self.device)

        with ThreadPoolExecutor(torch.get_num_threads()) as pool:
            list(pool.map(some, range(0, len(numbers), PACKED)))

    def numbers(self) -> Tensor:
        """The matrix in the computing dtype. On the CPU it lies in the scratch and holds until the next is asked."""
        if self.device.type in ("cuda", "xpu") and (unpack := library(self.device)):
            return unpack(self.packed, self.absmax, self.dtype).view(self.shape)
        out = self._scratch.room(*self.shape)
        flat, chunk = out.view(-1), UNPACKED * (torch.get_num_threads() if self.device.type == "cpu" else 64)
        pairs = _pairs(self.device)
        for at in range(0, len(flat), chunk):
            found = torch.index_select(pairs, 0, self.packed[at // 2 : (at + chunk) // 2].int())
            blocks = found.view(torch.float32).view(-1, BLOCK)
            blocks *= self.absmax[at // BLOCK : (at + chunk) // BLOCK, None]
            flat[at : at + chunk] = blocks.view(-1)
        return out


def pack(numbers: Tensor) -> tuple[Tensor, Tensor]:
    """(packed, absmax) of whole blocks of numbers (n,) on the CPU."""
    first, threshold = _cells()
    blocks = numbers.float().view(-1, BLOCK)
    absmax = blocks.abs().amax(1)
    x = (blocks * (1 / absmax.clamp(min=1e-38))[:, None]).view(-1)
    cell = torch.add(x, 1).mul_(_SIDE).int().clamp_(0, 2 * _SIDE)
    code = torch.index_select(first, 0, cell) + (x > torch.index_select(threshold, 0, cell))
    return code[0::2] * 16 + code[1::2], absmax


_SIDE = 64  # cells between 0 and 1


@functools.cache
def _cells() -> tuple[Tensor, Tensor]:
    """The line from -1 to 1 in cells so narrow that each has one bound between two values at most: the value at a
    cell's start, and the bound within it (2 where there is none). A search among the bounds takes five times as
    long."""
    bounds = (VALUES[1:] + VALUES[:-1]) / 2
    edges = (torch.arange(2 * _SIDE + 2) - _SIDE) / _SIDE
    first = torch.bucketize(edges, bounds)
    threshold = torch.full((2 * _SIDE + 1,), 2.0)
    crossed = first[1:] > first[:-1]
    threshold[crossed] = bounds[first[:-1][crossed]]
    return first[:-1].to(torch.uint8), threshold


@functools.cache
def _pairs(device: torch.device) -> Tensor:
    """For each byte its two values, (256,) int64: two float32 read as one number, which are looked up at once."""
    byte = torch.arange(256)
    return torch.stack([VALUES[byte >> 4], VALUES[byte & 15]], 1).view(torch.int64).view(-1).to(device)


@functools.cache
def library(device: torch.device) -> Callable[[Tensor, Tensor, torch.dtype], Tensor] | None:
    """bitsandbytes' operator on this device: (packed, absmax, dtype) -> (n,). None where it is not there or gives other
    numbers."""
    try:
        import bitsandbytes  # noqa: F401

        operator = torch.ops.bitsandbytes.dequantize_4bit.default

        def unpack(packed: Tensor, absmax: Tensor, dtype: torch.dtype) -> Tensor:
            # As one row: 0.50.2 on processors unpacks rows whose width is no multiple of a block wrong.
            return operator(packed, absmax, BLOCK, "nf4", (1, 2 * len(packed)), dtype).view(-1)

        packed, absmax = torch.arange(256, dtype=torch.uint8), torch.linspace(0.5, 2, 512 // BLOCK)
        got = unpack(packed.to(device), absmax.to(device), torch.float32).cpu()
    except (ImportError, OSError, RuntimeError, AttributeError):
        return None
    pairs = torch.index_select(_pairs(torch.device("cpu")), 0, packed.int()).view(torch.float32)
    want = (pairs.view(-1, BLOCK) * absmax[:, None]).view(-1)
    return unpack if torch.allclose(got, want, rtol=1e-6, atol=0) else None
