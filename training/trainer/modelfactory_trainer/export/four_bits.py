"""Q4_0, four bits for each weight, with the scale of each block chosen for the least squared error.

The format: 32 numbers of a row as a scale d (float16) and 32 whole numbers q in 0 … 15; the numbers are d (q - 8).
gguf's own way takes d from the largest number alone, which loses about a quarter more on a small model.
"""

import numpy as np
import torch
from torch import Tensor

BLOCK = 32
# The largest number of a block becomes one of these whole numbers, whichever fits the others best.
TARGETS = (-9.0, -8.75, -8.5, -8.25, -8.0, -7.75, -7.5, -7.25, -7.0)


def quantise(rows: Tensor) -> np.ndarray:
    """rows (n, width) float32, width a multiple of 32 -> (n, width / 32 · 18) uint8, as a GGUF file holds them."""
    x = rows.reshape(-1, BLOCK)
    largest = x.gather(1, x.abs().argmax(1, keepdim=True))  # with its sign
    scale, numbers, error = _rounded(x, largest / TARGETS[0])
    for target in TARGETS[1:]:
        s, q, e = _rounded(x, largest / target)
        better = e < error
        scale, error = torch.where(better, s, scale), torch.where(better, e, error)
        numbers = torch.where(better, q, numbers)
    q = (numbers + 8).to(torch.uint8)
    packed = q[:, :16] | (q[:, 16:] << 4)
    out = np.concatenate([scale.half().numpy().view(np.uint8), packed.numpy()], axis=1)
    return out.reshape(*rows.shape[:-1], -1)


def _rounded(x: Tensor, scale: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """(scale as it will be stored, whole numbers, squared error of each block)."""
    scale = scale.half().float()
    inverse = torch.where(scale == 0, 0.0, 1 / scale)
    numbers = (x * inverse).round_().clamp_(-8, 7)
    return scale, numbers, (numbers * scale - x).square_().sum(1, keepdim=True)
